/*
 * random.c - random system calls with arguments of the right kind, and often of the wrong one.
 *
 *     random SEED ROUNDS
 *
 * Only for a guest: it runs as root and means it. In each round a child, the leader of a
 * session and half the time not root, makes some hundred calls chosen by a generator that
 * the seed and the round's number start, so a round can be repeated by itself (ROUNDS is
 * "N" or "FROM-TO"). The last calls stand in a page that the parent shares, which says them
 * when the child does not end when killed, or when afterwards the machine does not work: pipes,
 * processes, files and memory are tried after each round.
 *
 * Left out is only what would end the machine or the test: reboot(), setting the clock,
 * signals to others (kill(-1), to process 1's family).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <machine.h>

#define CALLS_EACH  300
#define ROUND_MS    1500
#define DEATH_MS    20000
#define AREA	    0x20000000ul /* where most addresses point to */
#define AREA_LEN    (4ul << 20)
#define BUFFER	    0x10000000ul
#define BUFFER_LEN  65536ul
#define TRACE_COUNT 16

enum kind {
	KIND_none,
	KIND_fd,
	KIND_path,
	KIND_ptr,
	KIND_len,
	KIND_off,
	KIND_flags,
	KIND_mode,
	KIND_int,
	KIND_uint,
	KIND_long,
	KIND_ulong
};

struct argument {
	enum kind kind;
	const char *name;
	long value;
};

struct call {
	int nr;
	const char *name;
	unsigned count;
	struct argument args[6];
};

#define SANE_fd	      0
#define SANE_fd_other 0
#define SANE_fd_dir   0
#define SANE_path     0
#define SANE_ptr      0
#define SANE_len      0
#define SANE_off      0
#define SANE_flags    0
#define SANE_mode     0
#define SANE_int      0
#define SANE_uint     0
#define SANE_long     0
#define SANE_ulong    0
static void *const page_rw = NULL;

#define CALL(call_nr, call_name, argc, ...)                                                        \
	calls[n++] = (struct call){ call_nr, #call_name, argc, { __VA_ARGS__ } };
#define CALL_LEFT_OUT CALL

static struct call calls[512];

static unsigned calls_fill(void)
{
	unsigned n = 0;

#include "calls.h"
	return n;
}

static unsigned call_count;

/* What the child did last; shared with the parent. */
struct trace {
	unsigned count;
	struct {
		unsigned call;
		long args[6], result;
	} last[TRACE_COUNT];
};

static struct trace *trace;
static uint64_t state;
static pid_t first_tid;

/* ---- chance ------------------------------------------------------------------------- */

/* xorshift64*, Marsaglia and Vigna. */
static uint64_t chance(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dull;
}

static uint64_t below(uint64_t n)
{
	return (chance() >> 16) % n;
}

static bool one_in(unsigned n)
{
	return !below(n);
}

#define PICK(list) (list)[below(sizeof(list) / sizeof((list)[0]))]

static long any_number(void)
{
	static const long edges[] = { -1, 0x7fffffff, (long)0x80000000, (long)0xffffffff, LONG_MAX,
		LONG_MIN, 4095, 4096, 4097, LONG_MAX / 65536, (long)(1ull << 32),
		(long)(1ull << 40) };

	switch (below(4)) {
	case 0:
		return PICK(edges);
	case 1:
		return (long)chance();
	case 2:
		return (long)(1ull << below(64));
	default:
		return (long)below(64);
	}
}

static long any_pointer(void)
{
	static const unsigned long wild[] = { WILD_POINTERS };

	switch (below(8)) {
	case 0:
		return (long)PICK(wild);
	case 1:
		return (long)(AREA + below(AREA_LEN));
	case 2: /* close to the end, behind which is nothing */
		return (long)(BUFFER + BUFFER_LEN - below(64));
	default:
		return (long)(BUFFER + below(BUFFER_LEN / 16) * 16);
	}
}

static long any_address(void)
{
	return one_in(8) ? any_pointer() & ~4095l : (long)(AREA + (below(AREA_LEN) & ~4095ul));
}

static long any_path(void)
{
	static const char *const paths[] = { "a", "b", "dir", "dir/a", "dir/b", "link", ".", "..",
		"", "a/b", "dir/../a", "loop", "fifo", "/dev/null", "/dev/zero", "/dev/full",
		"/proc/self/maps", "/proc/meminfo", "/proc/self/fd", "/proc/self/fd/3", "/proc",
		"/proc/self/stat", "deep/deep", "/proc/self/mem", "tmpfs", "/dev/urandom" };

	return one_in(12) ? any_pointer() : (long)PICK(paths);
}

/* Nobody but oneself and what is nobody. */
static long any_process(void)
{
	const long list[] = { 0, getpid(), syscall(SYS_gettid), -getpid(), 99999, -99999, INT32_MIN,
		0x7fffffff };

	return PICK(list);
}

/* Words of memory that calls read: small numbers, pointers, times. */
static void buffer_fill(void)
{
	uint64_t *words = (uint64_t *)BUFFER;

	for (unsigned i = 0; i < 64; i++) {
		uint64_t word =
			one_in(2) ? below(4) : (uint64_t)(one_in(2) ? any_pointer() : any_number());

		words[below(BUFFER_LEN / sizeof(*words))] = word;
	}
}

static long any_argument(const struct argument *a)
{
	if (!strcmp(a->name, "pid") || !strcmp(a->name, "tid")) {
		return any_process();
	}
	if (!strcmp(a->name, "mask_size")) {
		return one_in(16) ? any_number() : 8;
	}
	switch (a->kind) {
	case KIND_fd:
		return one_in(12) ? (one_in(2) ? -100 : any_number()) : (long)below(24);
	case KIND_path:
		return any_path();
	case KIND_ptr:
		return any_pointer();
	case KIND_len:
		return one_in(6) ? any_number() : (long)below(one_in(2) ? 64 : 20000);
	case KIND_off:
	case KIND_long:
		return one_in(4) ? any_number() : (long)below(8) * 4096;
	case KIND_flags:
		return one_in(3)
			? 0
			: (one_in(2) ? 1l << below(32) : (long)(chance() & chance() & 0xffffffff));
	case KIND_mode:
		return one_in(4) ? any_number()
				 : (long)(below(010000) | (one_in(4) ? below(16) << 12 : 0));
	case KIND_int:
	case KIND_uint:
		return one_in(6) ? any_number() : (long)below(20);
	default:
		return one_in(4) ? any_number() : (one_in(2) ? any_address() : (long)below(64));
	}
}

/* ---- the child ------------------------------------------------------------------------ */

static bool is_any_of(const char *name, const char *const *list, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (!strcmp(list[i], name)) {
			return true;
		}
	}
	return false;
}

#define IS_ANY_OF(name, ...)                                                                       \
	is_any_of((name), (const char *const[]){ __VA_ARGS__ },                                    \
		sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

/* Not at all, or not so often. */
static bool is_left_out(const char *name)
{
	if (IS_ANY_OF(name, "reboot", "settimeofday", "clock_settime", "clock_settime64", "stime",
		    "sethostname", "setdomainname")) {
		return true;
	}
	if (IS_ANY_OF(name, "exit", "exit_group", "pause", "rt_sigsuspend", "sigsuspend",
		    "rt_sigreturn", "sigreturn", "execve", "execveat", "vfork", "munmap", "sync")) {
		return !one_in(20);
	}
	if (IS_ANY_OF(name, "fork", "clone", "clone3")) {
		return syscall(SYS_gettid) != first_tid || !one_in(4);
	}
	/* Who left the session would not be found in the end. */
	return IS_ANY_OF(name, "setsid", "setpgid");
}

static void call_random(void)
{
	unsigned chosen = (unsigned)below(call_count);
	const struct call *c = &calls[chosen];
	unsigned slot = trace->count % TRACE_COUNT;
	long *a = trace->last[slot].args;

	if (is_left_out(c->name)) {
		return;
	}
	for (unsigned i = 0; i < 6; i++) {
		a[i] = i < c->count ? any_argument(&c->args[i]) : (long)chance();
	}
	if (IS_ANY_OF(c->name, "mmap", "mmap2", "mremap", "mprotect", "madvise", "munmap", "brk")) {
		a[0] = any_address();
		a[3] |= !strncmp(c->name, "mmap", 4) && one_in(2) ? MAP_ANONYMOUS | MAP_PRIVATE : 0;
	}
	if (!strcmp(c->name, "kill") && a[0] == -1) {
		a[0] = 0;
	}
	trace->last[slot].call = chosen;
	trace->last[slot].result = -9999;
	trace->count++;
	trace->last[slot].result = syscall(c->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (syscall(SYS_gettid) != first_tid && one_in(4)) {
		syscall(SYS_exit, 0); /* a fork or a thread: some calls, and away */
	}
}

static void tick(int signo)
{
}

static void files_prepare(void)
{
	int ends[2];

	close(0);
	close(1);
	close(2);
	open("/dev/null", O_RDWR);
	open("/dev/null", O_RDWR);
	open("/dev/zero", O_RDWR);
	open("a", O_RDWR | O_CREAT, 0666);
	if (!pipe2(ends, O_NONBLOCK)) {
		dup(ends[0]);
	}
	mkdir("dir", 0777);
	symlink("dir", "link");
	symlink("loop", "loop");
	mkfifo("fifo", 0666);
	mkdir("tmpfs", 0777);
	open("dir", O_RDONLY);
	open(".", O_PATH);
	open("b", O_RDWR | O_CREAT, 0666);
	open("/proc/self/maps", O_RDONLY);
	open("/proc/self", O_RDONLY);
	open("/proc/meminfo", O_RDONLY);
	open("fifo", O_RDWR | O_NONBLOCK);
}

static void child(uint64_t seed, const char *folder)
{
	struct sigaction action = { .sa_handler = tick };
	struct itimerval often = { { 0, 20000 }, { 0, 20000 } };
	struct rlimit files = { 64, 64 }, core = { 0, 0 }, tasks = { 24, 24 },
		      room = { 32 << 20, 32 << 20 };

	state = seed | 1;
	first_tid = (pid_t)syscall(SYS_gettid);
	setsid();
	mkdir(folder, 0777);
	if (chdir(folder)) {
		_exit(1);
	}
	files_prepare();
	setrlimit(RLIMIT_NOFILE, &files);
	setrlimit(RLIMIT_CORE, &core);
	setrlimit(RLIMIT_NPROC, &tasks);
	setrlimit(RLIMIT_AS, &room);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	mmap((void *)BUFFER, BUFFER_LEN, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	mmap((void *)AREA, AREA_LEN / 2, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (one_in(2) && setresuid(1000, 1000, 1000)) {
		_exit(1);
	}
	for (unsigned i = 0; i < CALLS_EACH; i++) {
		if (one_in(4)) {
			buffer_fill();
		}
		call_random();
	}
	_exit(0);
}

/* ---- the parent ------------------------------------------------------------------------- */

static void trace_say(void)
{
	unsigned first = trace->count > TRACE_COUNT ? trace->count - TRACE_COUNT : 0;

	for (unsigned i = first; i < trace->count; i++) {
		const long *a = trace->last[i % TRACE_COUNT].args;
		const struct call *c = &calls[trace->last[i % TRACE_COUNT].call % call_count];

		printf("random: call %u: %s(", i, c->name);
		for (unsigned j = 0; j < c->count; j++) {
			printf("%s%s %#lx", j ? ", " : "", c->args[j].name, (unsigned long)a[j]);
		}
		printf(") = %ld\n", trace->last[i % TRACE_COUNT].result);
	}
}

static void fail(const char *why)
{
	printf("random: FAILED: %s\n", why);
	trace_say();
	exit(1);
}

static void pause_ms(unsigned ms)
{
	struct timespec span = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&span, NULL);
}

static bool ended_within(pid_t pid, unsigned ms)
{
	for (unsigned waited = 0; waited < ms; waited += 5) {
		if (waitpid(pid, NULL, WNOHANG) == pid) {
			return true;
		}
		pause_ms(5);
	}
	return false;
}

/* Until the whole session is gone. */
static void session_end(pid_t sid)
{
	for (unsigned waited = 0; waited < DEATH_MS; waited += 5) {
		if (kill(-sid, SIGKILL) && errno == ESRCH) {
			return;
		}
		kill(-sid, SIGCONT);
		while (waitpid(-1, NULL, WNOHANG) > 0) {
		}
		pause_ms(5);
	}
	fail("what the child made does not end when killed");
}

static void machine_try(void)
{
	int ends[2], status;
	char text[6] = "";
	FILE *file;
	pid_t pid;
	char *room;

	if (pipe(ends) || write(ends[1], "hello", 5) != 5 || read(ends[0], text, 5) != 5 ||
		strcmp(text, "hello")) {
		fail("a pipe does not work");
	}
	close(ends[0]);
	close(ends[1]);
	pid = fork();
	if (!pid) {
		_exit(42);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 42 << 8) {
		fail("a process does not work");
	}
	file = fopen("/tmp/random.file", "w");
	if (!file || fputs("text", file) < 0 || fclose(file) || unlink("/tmp/random.file")) {
		fail("a file does not work");
	}
	room = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED) {
		fail("memory does not work");
	}
	for (size_t i = 0; i < 1 << 20; i += 4096) {
		if (room[i]) {
			fail("fresh memory is not zero");
		}
		room[i] = 1;
	}
	munmap(room, 1 << 20);
}

static int node_remove(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	while (!umount2(path, MNT_DETACH)) {
	}
	chmod(path, 0777);
	return remove(path) ? 0 : 0;
}

static void folder_remove(const char *folder)
{
	for (int i = 0; i < 3; i++) { /* what was mounted hid what is below */
		nftw(folder, node_remove, 16, FTW_DEPTH | FTW_PHYS);
	}
}

static void round_run(uint64_t seed, unsigned round)
{
	char folder[32];
	pid_t pid;

	snprintf(folder, sizeof(folder), "/tmp/random.%u", round);
	memset(trace, 0, sizeof(*trace));
	pid = fork();
	if (!pid) {
		child(seed * 0x9e3779b97f4a7c15ull + round * 0xbf58476d1ce4e5b9ull, folder);
	}
	if (pid < 0) {
		fail("no process for the next round");
	}
	if (!ended_within(pid, ROUND_MS)) {
		kill(pid, SIGKILL);
		if (!ended_within(pid, DEATH_MS)) {
			fail("the child does not end when killed");
		}
	}
	session_end(pid);
	machine_try();
	folder_remove(folder);
}

static unsigned long free_kib(void)
{
	unsigned long kib = 0;
	char line[128];
	FILE *file = fopen("/proc/meminfo", "r");

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "MemFree: %lu kB", &kib) == 1) {
			break;
		}
	}
	if (file) {
		fclose(file);
	}
	return kib;
}

int main(int argc, char **argv)
{
	unsigned long seed, from = 0, to, before, after;

	if (argc != 3 || access("/bin/all-random", X_OK)) {
		fprintf(stderr, "random SEED ROUNDS, in a guest that was made for it\n");
		return 2;
	}
	seed = strtoul(argv[1], NULL, 0);
	if (sscanf(argv[2], "%lu-%lu", &from, &to) != 2) {
		from = 0;
		to = strtoul(argv[2], NULL, 0);
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	call_count = calls_fill();
	trace = mmap(
		NULL, sizeof(*trace), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	printf("random: seed %lu, rounds %lu to %lu\n", seed, from, to);
	round_run(seed, (unsigned)from); /* makes what stays for good */
	before = free_kib();
	for (unsigned long round = from + 1; round < to; round++) {
		printf("random: round %lu\n", round);
		round_run(seed, (unsigned)round);
	}
	pause_ms(100);
	after = free_kib();
	printf("random: free memory: %lu kB, then %lu kB\n", before, after);
	if (after + 512 < before) {
		fail("memory was lost");
	}
	printf("random: done\n");
	return 0;
}
