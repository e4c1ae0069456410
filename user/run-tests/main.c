/*
 * run-tests - process 1 of the tests' guests: runs programs one after the other and marks on the
 * console where each one's output begins and ends.
 *
 *     run-tests [-t SECONDS] PROGRAM...
 *
 * Each has an empty folder under /tmp to itself, a session of its own, no input, a pipe for its
 * output, and so many seconds; then it and what it left running is killed. One that hangs or dies
 * takes no other with it. The runner does the same with the same programs on the host.
 *
 *     #=#=# begin NAME
 *     ...
 *     #=#=# end NAME exit 0        or "signal 11", "timeout"
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK	   "#=#=#"
#define SLICE_MS   100
#define LINGER_MS  2000 /* for the output of what outlives the program itself */
#define NAME_SPACE 64

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && !strcmp(text + len - end_len, end);
}

static void child(const char *program, const char *name, const char *folder, int output)
{
	int input = open("/dev/null", O_RDONLY);

	setsid();
	if (input < 0 || dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0 ||
		mkdir(folder, 0755) || chdir(folder)) {
		perror(folder);
		_exit(126);
	}
	close_range(3, ~0u, 0);
	if (ends_with(program, ".sh")) {
		execlp("sh", "sh", program, NULL);
	} else if (ends_with(program, ".bash")) {
		execlp("bash", "bash", program, NULL);
	} else {
		execl(program, name, NULL);
	}
	perror(program);
	_exit(127);
}

/* Process 1 inherits orphans: all that have ended go. True when `pid` is among them. */
static bool reap(pid_t pid, int *status)
{
	bool is_found = false;
	pid_t ended;
	int its;

	while ((ended = waitpid(-1, &its, WNOHANG)) > 0) {
		if (ended == pid) {
			is_found = true;
			*status = its;
		}
	}
	return is_found;
}

/* The program's last line, which has not ended yet. */
static char kept[4096];
static size_t kept_len;

/*
 * What comes through the pipe goes to the console, in whole lines: what the kernel has to say comes between them.
 * False at its end.
 */
static bool pass_on(int from)
{
	ssize_t len = read(from, kept + kept_len, sizeof(kept) - kept_len);
	size_t whole, done = 0;

	if (len <= 0) {
		return false;
	}
	kept_len += (size_t)len;
	for (whole = kept_len; whole && kept[whole - 1] != '\n';) {
		whole--;
	}
	if (!whole && kept_len == sizeof(kept)) {
		whole = kept_len;
	}
	while (done < whole) {
		ssize_t part = write(1, kept + done, whole - done);

		if (part < 0) {
			exit(1);
		}
		done += (size_t)part;
	}
	kept_len -= whole;
	memmove(kept, kept + whole, kept_len);
	return true;
}

/* Until the program ended and its pipe too, or time is up (false). */
static bool watch(pid_t pid, int output, long limit_ms, int *status)
{
	long deadline = now_ms() + limit_ms;
	bool has_ended = false, is_open = true;

	while (is_open || !has_ended) {
		struct pollfd fd = { .fd = is_open ? output : -1, .events = POLLIN };

		if (poll(&fd, 1, SLICE_MS) > 0) {
			is_open = pass_on(output);
		}
		if (!has_ended && reap(pid, status)) {
			has_ended = true;
			deadline = now_ms() + LINGER_MS;
		}
		if (now_ms() > deadline) {
			break;
		}
	}
	return has_ended;
}

static void run(const char *program, long limit_ms)
{
	const char *slash = strrchr(program, '/'), *name = slash ? slash + 1 : program;
	char folder[NAME_SPACE];
	int fds[2], status = 0;
	bool has_ended;
	pid_t pid;

	snprintf(folder, sizeof(folder), "/tmp/%s", name);
	printf(MARK " begin %s\n", name);
	fflush(stdout);
	if (pipe2(fds, O_CLOEXEC)) {
		perror("pipe");
		exit(1);
	}
	pid = fork();
	if (pid < 0) {
		perror("fork");
		exit(1);
	}
	if (pid == 0) {
		child(program, name, folder, fds[1]);
	}
	close(fds[1]);
	has_ended = watch(pid, fds[0], limit_ms, &status);
	kill(-pid, SIGKILL);
	if (!has_ended) {
		waitpid(pid, &status, 0);
	}
	close(fds[0]);
	reap(0, &status);
	fwrite(kept, 1, kept_len, stdout);
	kept_len = 0;
	if (!has_ended) {
		printf(MARK " end %s timeout\n", name);
	} else if (WIFSIGNALED(status)) {
		printf(MARK " end %s signal %d\n", name, WTERMSIG(status));
	} else {
		printf(MARK " end %s exit %d\n", name, WEXITSTATUS(status));
	}
	fflush(stdout);
}

int main(int argc, char **argv)
{
	long limit = 60;
	int at = 1;

	if (argc > 2 && !strcmp(argv[1], "-t")) {
		limit = strtol(argv[2], NULL, 10);
		at = 3;
	}
	/* As every Linux has it; the kernel knows no links in /dev. */
	symlink("/proc/self/fd", "/dev/fd");
	for (; at < argc; at++) {
		run(argv[at], limit * 1000);
	}
	return 0;
}
