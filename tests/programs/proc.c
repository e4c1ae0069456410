/* What programs read in /proc: that it is there, has Linux's form, and tells the truth about this process. */
#include "oracle.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#define PAGE	  4096ul
#define TEXT_SIZE 65536

static char text[TEXT_SIZE];

/* A file of /proc, whole, read in two pieces as procps does. */
static bool get(const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t len = fd < 0 ? -1 : read(fd, text, 100), more;

	while (len > 0 && len < TEXT_SIZE - 1 &&
		(more = read(fd, text + len, (size_t)(TEXT_SIZE - 1 - len))) > 0) {
		len += more;
	}
	if (fd >= 0) {
		close(fd);
	}
	text[len < 0 ? 0 : len] = 0;
	if (len < 0) {
		printf("%s: %s\n", path, oracle_error(errno));
	}
	return len >= 0;
}

/* The rest of the line that begins with a name, NULL if there is none. */
static char *value(const char *name)
{
	size_t len = strlen(name);

	for (char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		if (!strncmp(line, name, len)) {
			return line + len;
		}
	}
	return NULL;
}

static int words(const char *line)
{
	int count = 0;

	for (bool was_space = true; *line && *line != '\n'; line++) {
		bool is_space = *line == ' ' || *line == '\t';

		count += was_space && !is_space;
		was_space = is_space;
	}
	return count;
}

static void has(const char *path, const char *const *names)
{
	if (!get(path)) {
		return;
	}
	for (; *names; names++) {
		char *found = value(*names);

		printf("%s %s: %d words\n", path, *names, found ? words(found) : -1);
	}
	fflush(stdout);
}

#define HAS(path, ...) has(path, (const char *const[]){ __VA_ARGS__, NULL })

/* ---- this process ------------------------------------------------------------------------------ */

static void stat_of(const char *path, int number)
{
	int pid = 0, parent = 0, group = 0;
	char state = 0, name[64] = "";
	char *end;

	if (!get(path)) {
		return;
	}
	end = strrchr(text, ')');
	sscanf(text, "%d (%63[^)]", &pid, name);
	sscanf(end + 2, "%c %d %d", &state, &parent, &group);
	/* A thread that waits may still be on its way there. */
	printf("stat: number %d, (%s), %c, parent %d, group %d, %d words\n", pid == number, name,
		number == getpid()	      ? state
			: strchr("RS", state) ? '-'
					      : state,
		parent == getppid(), group == getpgrp(), words(end + 2));
}

static void status_shows(void)
{
	char *blocked;

	HAS("/proc/self/status",
		"Name:", "Umask:", "State:", "Tgid:", "Pid:", "PPid:", "TracerPid:", "Uid:", "Gid:",
		"FDSize:", "VmPeak:", "VmSize:", "VmRSS:", "VmData:", "VmStk:", "Threads:",
		"SigPnd:", "ShdPnd:", "SigBlk:", "SigIgn:", "SigCgt:", "NoNewPrivs:",
		"Cpus_allowed_list:", "voluntary_ctxt_switches:", "nonvoluntary_ctxt_switches:");
	blocked = value("SigBlk:\t");
	printf("blocked %.16s\n", blocked ? blocked : "-");
}

static void on_signal(int signal)
{
}

/* Signals 32 and 33, which nobody else can set: they are as whoever began us left them. */
#define OF_THE_LIBRARY (3ull << 31)

static void signals(void)
{
	const char *const names[] = { "SigPnd:\t", "ShdPnd:\t", "SigBlk:\t", "SigIgn:\t",
		"SigCgt:\t" };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGUSR2, SIG_IGN);
	signal(SIGALRM, on_signal);
	kill(getpid(), SIGHUP);
	raise(SIGUSR1);
	get("/proc/self/status");
	for (unsigned i = 0; i < 5; i++) {
		const char *set_of = value(names[i]);

		printf("%s%016llx\n", names[i],
			set_of ? strtoull(set_of, NULL, 16) & ~OF_THE_LIBRARY : 0);
	}
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void auxv(void)
{
	unsigned long word[2] = { 1, 0 };
	int fd = open("/proc/self/auxv", O_RDONLY);
	bool has_entry = false, has_random = false, has_end = false;

	while (read(fd, word, sizeof(word)) == sizeof(word)) {
		if (word[0] == 6) {
			printf("page size %lu\n", word[1]);
		}
		has_entry |= word[0] == 9 && word[1];
		has_random |= word[0] == 25 && word[1];
		has_end |= word[0] == 0;
	}
	close(fd);
	printf("auxv: entry %d random %d end %d\n", has_entry, has_random, has_end);
}

static void *write_more(void *out)
{
	char buf[300] = "";

	write(*(int *)out, buf, sizeof(buf));
	return NULL;
}

/* What programs measure themselves by: the reading itself comes first. A thread counts, also when it has ended. */
static void io_counts(void)
{
	unsigned long lens[4] = { 0 }, before[4];
	const char *const names[] = { "rchar: ", "wchar: ", "syscr: ", "syscw: " };
	char buf[1000];
	int in = open("/dev/zero", O_RDONLY), out = open("f", O_RDWR | O_CREAT, 0600);
	pthread_t thread;

	for (int round = 0; round < 2; round++) {
		memcpy(before, lens, sizeof(lens));
		get("/proc/self/io");
		for (int i = 0; i < 4; i++) {
			lens[i] = value(names[i]) ? strtoul(value(names[i]), NULL, 10) : 0;
		}
		if (!round) {
			read(in, buf, sizeof(buf));
			write(out, buf, 500);
			write(out, buf, 7);
			write(-1, buf, 7);
			pthread_create(&thread, NULL, write_more, &out);
			pthread_join(thread, NULL);
		}
	}
	printf("written %lu in %lu, read %d\n", lens[1] - before[1], lens[3] - before[3],
		lens[0] - before[0] >= 1000 && lens[0] - before[0] < 1500);
	printf("read in %d\n", lens[2] - before[2] >= 3);
	close(in);
	close(out);
}

/* ---- memory -------------------------------------------------------------------------------------- */

static void smaps_of(const char *what, char *at)
{
	static const char *const names[] = { "Size:", "Rss:", "Shared_Dirty:", "Private_Clean:",
		"Private_Dirty:", "Anonymous:", "Swap:" };
	char start[32], *line, *found;

	snprintf(start, sizeof(start), "%08lx-", (unsigned long)at);
	if (!get("/proc/self/smaps")) {
		return;
	}
	line = value(start);
	printf("%s: %.4s", what, line && strchr(line, ' ') ? strchr(line, ' ') + 1 : "none");
	for (unsigned i = 0; line && i < sizeof(names) / sizeof(names[0]); i++) {
		found = strstr(line, names[i]);
		printf(" %s%lu", names[i],
			found ? strtoul(found + strlen(names[i]), NULL, 10) : 999);
	}
	printf("\n");
	fflush(stdout);
}

/* With a hole on either side, so that it is an area of its own. */
static char *area(int flags)
{
	char *at = mmap(NULL, 6 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mmap(at + PAGE, 4 * PAGE, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS | MAP_FIXED,
		-1, 0);
}

static void forked(void)
{
	char *at = area(MAP_PRIVATE);
	int status;

	memset(at, 1, 4 * PAGE);
	if (!fork()) {
		at[0] = 2;
		smaps_of("a child has", at);
		_exit(0);
	}
	wait(&status);
	smaps_of("its parent has", at);
}

/* What is mapped of this program's file says so: its code does. */
static void named(void)
{
	char path[4096] = "", *line;
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *end;

	get("/proc/self/maps");
	line = strstr(text, "r-xp");
	end = line ? strchr(line, '\n') : NULL;
	printf("code is of the program's file: %d\n",
		len > 0 && end && end - text > len && !memcmp(end - len, path, (size_t)len));
}

/* The end of the line of what is mapped there, cut off. */
static void line_show(const char *at, size_t skip)
{
	char start[32], *line, *end;

	snprintf(start, sizeof(start), "%08lx-", (unsigned long)at);
	get("/proc/self/maps");
	line = value(start);
	end = line ? strchr(line, '\n') : NULL;
	if (!end) {
		printf("it is not there\n");
		return;
	}
	*end = 0;
	line = strchr(line, '/');
	printf("  %s\n", line && strlen(line) > skip ? line + skip : "has no name");
}

/* Of a file that is mapped the name is the one that it has now. */
static void renamed(void)
{
	int fd = file_make("mapped", "text");
	char *at = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0), here[4096];
	size_t len = strlen(getcwd(here, sizeof(here)));

	close(fd);
	line_show(at, len);
	rename("mapped", "another");
	line_show(at, len);
	unlink("another");
	line_show(at, len);
	munmap(at, PAGE);
}

/* Device and number of what is mapped are those that stat() tells; what is no file has none. */
static void identified(void)
{
	int fd = (int)syscall(SYS_memfd_create, "numbered", 0);
	unsigned major, minor;
	unsigned long number, offset;
	struct stat st;
	char start[32], *at, *line;

	TRY(ftruncate(fd, 4 * PAGE));
	at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 2 * PAGE);
	fstat(fd, &st);
	line_show(at, 0);
	snprintf(start, sizeof(start), "%08lx-", (unsigned long)at);
	line = value(start);
	if (!line ||
		sscanf(line, "%*x r--s %lx %x:%x %lu", &offset, &major, &minor, &number) != 4) {
		printf("the line has another form\n");
		return;
	}
	printf("offset %lx, device %d, number %d\n", offset,
		(st.st_dev >> 8 & 0xfff) == major &&
			((st.st_dev & 0xff) | (st.st_dev >> 12 & 0xfff00)) == minor,
		number == (unsigned long)st.st_ino);
	munmap(at, PAGE);
	close(fd);
	get("/proc/self/maps");
	line = strstr(text, "[stack]");
	while (line && line > text && line[-1] != '\n') {
		line--;
	}
	printf("the stack's: %d\n",
		line &&
			sscanf(line, "%*x-%*x rw-p %lx %x:%x %lu", &offset, &major, &minor,
				&number) == 4 &&
			!(offset | major | minor | number));
}

static unsigned long kib_of(const char *name)
{
	char *found = value(name);

	return found ? strtoul(found, NULL, 10) : 0;
}

/* Within what a kernel may count late. */
#define ABOUT 1024

/* What a process once had is told when it has it no more. */
static void peaks(void)
{
	unsigned long size, rss, high, len = 4096;
	char *at;

	get("/proc/self/status");
	rss = kib_of("VmRSS:");
	at = mmap(NULL, len * 1024, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(at, 1, len * 1024);
	get("/proc/self/status");
	size = kib_of("VmSize:");
	high = kib_of("VmHWM:");
	printf("the peak is above what was there: %d, of addresses too: %d\n",
		high + ABOUT >= rss + len, kib_of("VmPeak:") >= size);
	munmap(at, len * 1024);
	get("/proc/self/status");
	printf("and stays: %d, where less is there: %d", kib_of("VmHWM:") + ABOUT >= high,
		kib_of("VmRSS:") + len <= high + ABOUT);
	printf("; of addresses too: %d, %d\n", kib_of("VmPeak:") >= size,
		kib_of("VmSize:") + len == size);
}

static void memory(void)
{
	char *private = area(MAP_PRIVATE), *shared = area(MAP_SHARED);

	madvise(private, 4 * PAGE, MADV_NOHUGEPAGE);
	smaps_of("untouched", private);
	private[0] = private[2 * PAGE] = 1; /* beside each other they could be three */
	smaps_of("two pages", private);
	printf("%d\n", private[PAGE]);
	mprotect(private, 4 * PAGE, PROT_READ);
	smaps_of("read-only", private);
	shared[0] = 1;
	smaps_of("shared", shared);
	fflush(stdout);
	forked();
	named();
	renamed();
	identified();
	peaks();
	HAS("/proc/self/statm", "");
}

/* ---- threads -------------------------------------------------------------------------------------- */

static pthread_barrier_t barrier;
static int thread_number;

static void *thread_run(void *arg)
{
	char name[16] = "";

	thread_number = (int)syscall(SYS_gettid);
	prctl(PR_SET_NAME, "other", 0, 0, 0);
	prctl(PR_GET_NAME, name, 0, 0, 0);
	printf("I am %s\n", name);
	fflush(stdout);
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	return NULL;
}

static void tasks_list(void)
{
	DIR *folder = opendir("/proc/self/task");
	struct dirent *entry;
	int count = 0, known = 0;

	while (folder && (entry = readdir(folder))) {
		int number = atoi(entry->d_name);

		count += number > 0;
		known += number == getpid() || number == thread_number;
	}
	printf("%d threads, %d known\n", count, known);
	if (folder) {
		closedir(folder);
	}
}

static void threads(void)
{
	pthread_t thread;
	char path[64];

	prctl(PR_SET_NAME, "first", 0, 0, 0);
	pthread_barrier_init(&barrier, NULL, 2);
	pthread_create(&thread, NULL, thread_run, NULL);
	pthread_barrier_wait(&barrier);
	tasks_list();
	get("/proc/self/comm");
	printf("process: %s", text);
	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", thread_number);
	get(path);
	printf("thread: %s", text);
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", thread_number);
	stat_of(path, thread_number);
	snprintf(path, sizeof(path), "/proc/self/task/%d/status", thread_number);
	get(path);
	printf("of its group %d, its number %d, threads%.3s\n", atoi(value("Tgid:")) == getpid(),
		atoi(value("Pid:")) == thread_number, value("Threads:"));
	snprintf(path, sizeof(path), "/proc/self/task/%d/task", thread_number);
	TRY(access(path, F_OK));
	TRY(access("/proc/self/task/1234567", F_OK));
	TRY(access("/proc/thread-self/stat", F_OK));
	pthread_barrier_wait(&barrier);
	pthread_join(thread, NULL);
	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", thread_number);
	/* Who joins a thread is told of its end a moment before it is gone, on Linux as well. */
	for (int looks = 0; looks < 1000 && !access(path, F_OK); looks++) {
		usleep(1000);
	}
	tasks_list();
	TRY(access(path, F_OK));
}

/* ---- the machine -------------------------------------------------------------------------------------- */

/* The first number of a line. */
static unsigned long number_of(const char *path, const char *name)
{
	char *found = get(path) ? value(name) : NULL;

	return found ? strtoul(found, NULL, 10) : 0;
}

/* A column for each CPU, a line for each source, with a number or a name in front; and what all come to. */
static void interrupts(void)
{
	unsigned long before = number_of("/proc/stat", "intr "), sum = 0;
	int cpus = get("/proc/interrupts") ? words(text) : 0, odd = 0;
	char *line = text;

	printf("interrupts: %s\n", strstr(text, "CPU0") && cpus > 0 ? "CPUs" : "no CPUs");
	while ((line = strchr(line, '\n')) &&
		strchr(++line, '\n')) { /* the last may be cut short */
		char *colon = strchr(line, ':');

		odd += !colon || words(line) < 2;
		sum += colon ? strtoul(colon + 1, NULL, 10) : 0;
	}
	printf("%d lines are of another form, and there were %s\n", odd, sum ? "some" : "none");
	for (int i = 0; i < 20; i++) {
		usleep(1000);
	}
	printf("after a while there were %s\n",
		number_of("/proc/stat", "intr ") > before ? "more" : "no more");
}

static void machine(void)
{
	interrupts();
	HAS("/proc/stat", "cpu ", "cpu0 ", "ctxt ", "btime ", "processes ", "procs_running ",
		"procs_blocked ");
	HAS("/proc/meminfo", "MemTotal:", "MemFree:", "MemAvailable:", "Buffers:", "Cached:",
		"SReclaimable:", "SwapTotal:", "SwapFree:", "Shmem:", "Slab:");
	HAS("/proc/vmstat", "pgpgin ", "pgpgout ", "pswpin ", "pswpout ", "nr_free_pages ");
	HAS("/proc/loadavg", "");
	HAS("/proc/uptime", "");
	HAS("/proc/swaps", "Filename");
	HAS("/proc/partitions", "major");
	HAS("/proc/sys/kernel/cap_last_cap", "");
	HAS("/proc/sys/kernel/overflowuid", "65534");
	HAS("/proc/sys/kernel/ngroups_max", "65536");
	HAS("/proc/sys/kernel/pid_max", "");
	HAS("/proc/sys/vm/max_map_count", "");
	HAS("/proc/sys/fs/nr_open", "");
	TRY(access("/proc/diskstats", R_OK));
	get("/proc/self/mountinfo");
	printf("mountinfo: %d words or more, %s\n", 10,
		words(text) >= 10 && strstr(text, " - ") ? "of its form" : "of another");
	HAS("/proc/self/limits", "Max open files", "Max stack size", "Max cpu time");
}

int main(void)
{
	prctl(PR_SET_NAME, "a) name", 0, 0, 0);
	stat_of("/proc/self/stat", getpid());
	status_shows();
	signals();
	auxv();
	io_counts();
	memory();
	threads();
	machine();
	return 0;
}
