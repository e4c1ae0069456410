/* What one thread changes while others look at it or copy it: where a process stands, what it runs, which pages a file has, whose a lock is. */
#include "oracle.h"

#include <pthread.h>
#include <sys/mman.h>

#define ROUNDS 400
#define EXECS  "60"
#define PAGE   4096l
#define PAGES  32l
#define PUNCH  3 /* FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE */

static char base[4096];
static int over; /* atomic */

static int is_over(void)
{
	return __atomic_load_n(&over, __ATOMIC_ACQUIRE);
}

static int begin(pthread_t *thread, void *(*work)(void *arg))
{
	__atomic_store_n(&over, 0, __ATOMIC_RELEASE);
	return pthread_create(thread, NULL, work, NULL);
}

static void *end(const char *wrong)
{
	__atomic_store_n(&over, 1, __ATOMIC_RELEASE);
	return (void *)wrong;
}

static void tell(const char *what, pthread_t thread, const char *wrong)
{
	void *also;

	pthread_join(thread, &also);
	wrong = wrong ? wrong : also;
	printf("%s: %s\n", what, wrong ? wrong : "right");
}

/* ---- where we are --------------------------------------------------------------------- */

static void *move(void *arg)
{
	const char *wrong = NULL;

	for (int i = 0; i < ROUNDS && !wrong; i++) {
		if (mkdir("inner", 0755) || chdir("inner") || chdir("..") || rmdir("inner")) {
			wrong = "a step fails";
		}
	}
	return end(wrong);
}

static const char *place_check(void)
{
	static char found[2 * sizeof(base)];
	ssize_t len = readlink("/proc/self/cwd", found, sizeof(found) - 1);
	size_t base_len = strlen(base);

	if (len < (ssize_t)base_len) {
		return "no place, or a shorter one";
	}
	found[len] = '\0';
	if (memcmp(found, base, base_len)) {
		return "somewhere else";
	}
	/* For a child it may be gone. */
	if (found[base_len] && strcmp(found + base_len, "/inner") &&
		strcmp(found + base_len, "/inner (deleted)")) {
		return found;
	}
	return NULL;
}

static const char *child_check(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		const char *wrong = place_check();

		if (wrong) {
			printf("a child: %s\n", wrong);
			fflush(stdout);
		}
		_exit(wrong != NULL);
	}
	return pid < 0 || waitpid(pid, &status, 0) != pid || status ? "a child stands elsewhere"
								    : NULL;
}

static void places(void)
{
	const char *wrong = NULL;
	pthread_t mover;

	if (!getcwd(base, sizeof(base)) || begin(&mover, move)) {
		printf("no thread\n");
		return;
	}
	for (int i = 0; !is_over() && !wrong; i++) {
		wrong = i % 8 ? place_check() : child_check();
	}
	tell("places", mover, wrong);
}

/* ---- what we run -------------------------------------------------------------------------- */

static void exec_again(const char *left)
{
	char next[16];

	snprintf(next, sizeof(next), "%d", atoi(left) - 1);
	if (atoi(left) > 0) {
		execl("/proc/self/exe", "races", next, NULL);
		_exit(1);
	}
	_exit(0);
}

static void programs(void)
{
	char link[64], found[4096], ours[4096];
	ssize_t len = readlink("/proc/self/exe", ours, sizeof(ours)), now;
	const char *wrong = NULL;
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		exec_again(EXECS);
	}
	snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		now = readlink(link, found, sizeof(found));
		if (now > 0 && (now != len || memcmp(found, ours, (size_t)len))) {
			wrong = "another program";
		}
	}
	printf("programs: %s\n", wrong ? wrong : status ? "a child fails" : "right");
}

/* ---- which pages a file has ------------------------------------------------------------------ */

static int fd;

static void *read_always(void *arg)
{
	static char bytes[PAGES * PAGE];
	const char *wrong = NULL;

	while (!is_over() && !wrong) {
		ssize_t len = pread(fd, bytes, sizeof(bytes), 0);

		for (ssize_t i = 0; i < len; i += PAGE) {
			wrong = bytes[i] == 0 || bytes[i] == 7 ? wrong
							       : "reads what was never there";
		}
	}
	return (void *)wrong;
}

static const char *punch_all(volatile const char *mapped)
{
	static char page[PAGE];

	memset(page, 7, sizeof(page));
	for (long i = 0; i < PAGES; i++) {
		if (pwrite(fd, page, sizeof(page), i * PAGE) != PAGE || mapped[i * PAGE] != 7) {
			return "what is written is not mapped";
		}
	}
	if (fallocate(fd, PUNCH, 0, PAGES * PAGE)) {
		return "no holes";
	}
	for (long i = 0; i < PAGES; i++) {
		if (mapped[i * PAGE]) {
			return "mapped where the hole is";
		}
	}
	return NULL;
}

static void holes(void)
{
	const char *wrong = NULL;
	volatile const char *mapped;
	pthread_t reader;

	fd = open("file", O_RDWR | O_CREAT, 0644);
	if (fd < 0 || ftruncate(fd, PAGES * PAGE) || begin(&reader, read_always)) {
		printf("no file\n");
		return;
	}
	mapped = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	for (int i = 0; i < ROUNDS / 4 && !wrong; i++) {
		wrong = punch_all(mapped);
	}
	end(NULL);
	tell("holes", reader, wrong);
}

/* ---- who has a lock ------------------------------------------------------------------------- */

static int lock(int wait)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, wait ? F_SETLKW : F_SETLK, &all) ? errno : 0;
}

static void *lock_wait(void *arg)
{
	return (void *)(long)lock(1);
}

/* Another process has it until something comes through the pipe. */
static pid_t lock_elsewhere(int until)
{
	int ready[2];
	char c = 0;
	pid_t pid = pipe(ready) ? -1 : fork();

	if (pid == 0) {
		_exit(lock(0) || write(ready[1], &c, 1) != 1 || read(until, &c, 1) != 1);
	}
	if (pid > 0 && read(ready[0], &c, 1) != 1) {
		printf("no other has it\n");
	}
	return pid;
}

/* Who closed the file while a thread waited for the lock does not have it afterwards. */
static void locks(void)
{
	int until[2], status = -1;
	pthread_t waiter;
	void *result;
	pid_t pid;

	fd = file_make("locked", "");
	pid = pipe(until) ? -1 : lock_elsewhere(until[0]);
	if (pid < 0 || pthread_create(&waiter, NULL, lock_wait, NULL)) {
		printf("no process, or no thread\n");
		return;
	}
	usleep(50000); /* so that it waits, most likely; if not, it finds the file closed */
	close(fd);
	if (write(until[1], "x", 1) != 1) {
		printf("the lock is not given up\n");
	}
	pthread_join(waiter, &result);
	printf("who waited: %s\n", result ? oracle_error((int)(long)result) : "has it");
	waitpid(pid, &status, 0);
	show_end("who had it", status);
	pid = fork();
	if (pid == 0) {
		fd = open("locked", O_RDWR);
		_exit(lock(0));
	}
	waitpid(pid, &status, 0);
	show_end("who wants it next", status);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		exec_again(argv[1]);
	}
	places();
	programs();
	holes();
	locks();
	return 0;
}
