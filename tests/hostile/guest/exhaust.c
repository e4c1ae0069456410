/*
 * exhaust.c - taking all there is of everything: stack, memory, page tables, processes,
 * threads, descriptors, pipes, files, names, timers, arguments. Only for a guest.
 *
 * Each attempt is a child; what it got at the end is an errno or a signal, and which
 * of them is fixed. Afterwards other processes go on, and memory is back.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define IS_WIDE (sizeof(long) == 8)
/* More than has tables in this memory, or nearly half of a process' addresses; and room for areas. */
#define LARGE	  ((size_t)1 << (IS_WIDE ? 44 : 30))
#define AREAS	  (IS_WIDE ? (unsigned long)0x100000000ull : 0x10000000ul)
#define AREAS_END (IS_WIDE ? (unsigned long)0x7f0000000000ull : 0x70000000ul)

static unsigned long free_kib(void)
{
	unsigned long kib = 0;
	char text[256] = "";
	const char *at;
	int fd = open("/proc/meminfo", O_RDONLY);

	if (fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 && (at = strstr(text, "MemFree:"))) {
		kib = strtoul(at + 8, NULL, 10);
	}
	close(fd);
	return kib;
}

static void pause_ms(long ms)
{
	struct timespec span = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&span, NULL);
}

/* Memory comes back when the last of what was made is gone, which may take a moment. */
static bool is_back(unsigned long before)
{
	for (int i = 0; i < 200; i++) {
		if (free_kib() + 256 >= before) {
			return true;
		}
		pause_ms(50);
	}
	return false;
}

/* One of two answers is as good as another: which memory ran out first is chance. */
static void answer(int error)
{
	_exit(error == EAGAIN || error == ENOMEM
			? 1
			: (error == ENOSPC ? 2 : (error == EMFILE ? 3 : 100 + error)));
}

static void attempt(const char *what, void (*child)(void))
{
	unsigned long before = free_kib();
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		setsid();
		child();
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		printf("%s: no process: %s\n", what, strerror(errno));
		return;
	}
	while (!kill(-pid, SIGKILL)) {
		while (waitpid(-1, NULL, WNOHANG) > 0) {
		}
		pause_ms(5);
	}
	printf("%s: %s %d, memory %s\n", what, WIFSIGNALED(status) ? "signal" : "status",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
		is_back(before) ? "is back" : "is lost");
}

/* ---- memory --------------------------------------------------------------------------- */

#pragma GCC diagnostic ignored "-Winfinite-recursion"
static int deeper(volatile char *above)
{
	volatile char here[4096];

	here[0] = above[0];
	return deeper(here) + here[0];
}

static void stack_exhaust(void)
{
	volatile char start = 0;

	_exit(deeper(&start));
}

static void on_overflow(int signo)
{
	_exit(7);
}

static void stack_exhaust_handled(void)
{
	static char alternate[65536];
	stack_t stack = { .ss_sp = alternate, .ss_size = sizeof(alternate) };
	struct sigaction action = { .sa_handler = on_overflow, .sa_flags = SA_ONSTACK };

	sigaltstack(&stack, NULL);
	sigaction(SIGSEGV, &action, NULL);
	stack_exhaust();
}

/* The same handler without a stack of its own cannot run. */
static void stack_exhaust_unhandled(void)
{
	signal(SIGSEGV, on_overflow);
	stack_exhaust();
}

static void stack_exhaust_without_limit(void)
{
	struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_STACK, &none);
	stack_exhaust();
}

static void memory_touch(void)
{
	for (;;) {
		char *room = mmap(
			NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (room == MAP_FAILED) {
			answer(errno);
		}
		memset(room, 1, 1 << 20);
	}
}

static void memory_populate(void)
{
	for (;;) {
		if (mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0) == MAP_FAILED) {
			answer(errno);
		}
	}
}

/* Addresses only, until none is left. */
static void addresses(void)
{
	for (size_t len = LARGE; len >= 4096; len /= 2) {
		while (mmap(NULL, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			       0) != MAP_FAILED) {
		}
	}
	answer(errno);
}

/* Areas that cannot be joined. */
static void areas(void)
{
	for (unsigned long i = 0;; i++) {
		if (AREAS + i * 8192 > AREAS_END) {
			answer(ENOMEM); /* the next would be the stack's */
		}
		if (mmap((void *)(AREAS + i * 8192), 4096, i % 2 ? PROT_READ : PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) {
			answer(errno);
		}
	}
}

/* Where a process has not addresses enough for it, its child goes on; they end alike. */
static void tables_of_children(void (*more)(void))
{
	pid_t pid = fork();
	int status = 0;

	if (!pid) {
		more();
	}
	waitpid(pid, &status, 0);
	if (pid < 0 || WIFSIGNALED(status)) {
		raise(SIGKILL);
	}
	_exit(WEXITSTATUS(status));
}

/* A page every 2 MiB: a table for each. */
static void tables(void)
{
	static char *all; /* the parent's, in a child */

	if (all) {
		munmap(all, LARGE);
	}
	all = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		-1, 0);
	if (all == MAP_FAILED) {
		answer(errno);
	}
	for (size_t i = 0; i < LARGE >> 21; i++) {
		*(volatile char *)(all + (i << 21)); /* reading the page of zeroes */
	}
	if (IS_WIDE) {
		_exit(9);
	}
	tables_of_children(tables);
}

/* ---- processes --------------------------------------------------------------------------- */

static void forks(void)
{
	for (;;) {
		pid_t pid = fork();

		if (pid < 0) {
			answer(errno);
		}
		if (!pid) {
			pause();
		}
	}
}

/* Every child does as its parent does, until it cannot. The session is killed from outside. */
static void fork_bomb(void)
{
	pid_t first = getpid();

	while (fork() >= 0) {
	}
	if (getpid() == first) {
		answer(errno);
	}
	pause();
}

static void fork_limit(void)
{
	struct rlimit few = { 10, 10 };
	int count = 0;

	setrlimit(RLIMIT_NPROC, &few);
	if (setresuid(1234, 1234, 1234)) {
		answer(errno);
	}
	for (;;) {
		pid_t pid = fork();

		if (!pid) {
			pause();
		}
		if (pid < 0) {
			_exit(errno == EAGAIN && count == 9 ? 0 : 50);
		}
		count++;
	}
}

static void *thread_wait(void *arg)
{
	pause();
	return NULL;
}

static void threads(void)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 16384);
	for (;;) {
		int err = pthread_create(&thread, &attr, thread_wait, NULL);

		if (err) {
			answer(err);
		}
	}
}

/* ---- files ----------------------------------------------------------------------------------- */

static void descriptors(void)
{
	struct rlimit many = { 4096, 4096 };

	setrlimit(RLIMIT_NOFILE, &many);
	while (open("/dev/null", O_RDONLY) >= 0) {
	}
	answer(errno);
}

static void pipes(void)
{
	static char data[65536];
	struct rlimit many = { 4096, 4096 };

	setrlimit(RLIMIT_NOFILE, &many);
	for (;;) {
		int ends[2];

		if (pipe2(ends, O_NONBLOCK)) {
			answer(errno == EMFILE
					? ENOMEM
					: errno); /* or the descriptors were less than the memory */
		}
		while (write(ends[1], data, sizeof(data)) > 0) {
		}
		if (errno != EAGAIN && errno != ENOMEM) {
			answer(errno);
		}
	}
}

static void file_fill(void)
{
	static char data[65536];
	int fd = open("/tmp/exhaust", O_CREAT | O_RDWR, 0600);
	int error;

	unlink("/tmp/exhaust");
	while (write(fd, data, sizeof(data)) > 0) {
	}
	error = errno;
	close(fd);
	answer(error == ENOMEM ? ENOSPC : error);
}

static void many_files(void)
{
	char name[64];
	unsigned count;
	int error = 0;

	mkdir("/tmp/many", 0700);
	for (count = 0; !error; count++) {
		int fd;

		snprintf(name, sizeof(name), "/tmp/many/%u-and-a-name-that-is-long-enough", count);
		fd = open(name, O_CREAT | O_RDWR, 0600);
		error = fd < 0 ? errno : 0;
		close(fd);
	}
	while (count-- > 0) {
		snprintf(name, sizeof(name), "/tmp/many/%u-and-a-name-that-is-long-enough", count);
		unlink(name);
	}
	rmdir("/tmp/many");
	answer(error == ENOMEM ? ENOSPC : error);
}

static void deep_folders(void)
{
	int depth = 0, error;

	if (mkdir("/tmp/deep", 0700) || chdir("/tmp/deep")) {
		answer(errno);
	}
	while (depth < 20000 && !mkdir("d", 0700) && !chdir("d")) {
		depth++;
	}
	error = depth == 20000 ? 0 : errno;
	while (depth-- > 0 && !chdir("..") && !rmdir("d")) {
	}
	if (chdir("/") || rmdir("/tmp/deep")) {
		answer(errno);
	}
	_exit(error && error != ENOMEM && error != ENOSPC ? 50 : 0);
}

static void timers(void)
{
	for (;;) {
		struct sigevent event = { .sigev_notify = SIGEV_NONE };
		timer_t timer;

		if (timer_create(CLOCK_MONOTONIC, &event, &timer)) {
			answer(errno);
		}
	}
}

/* Whatever was forbidden, the machine goes on. */
static void works(void)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		_exit(5);
	}
	_exit(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 5 ? 0 : 1);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	attempt("warm", works);
	attempt("stack", stack_exhaust);
	attempt("stack, handled", stack_exhaust_handled);
	attempt("stack, a handler without a stack", stack_exhaust_unhandled);
	attempt("stack without limit", stack_exhaust_without_limit);
	attempt("memory, touched", memory_touch);
	attempt("memory, populated", memory_populate);
	attempt("addresses", addresses);
	attempt("areas", areas);
	attempt("page tables", tables);
	attempt("processes", forks);
	attempt("processes of processes", fork_bomb);
	attempt("processes of a user", fork_limit);
	attempt("threads", threads);
	attempt("descriptors", descriptors);
	attempt("pipes", pipes);
	attempt("a file", file_fill);
	attempt("files", many_files);
	attempt("folders in folders", deep_folders);
	attempt("timers", timers);
	attempt("in the end", works);
	return 0;
}
