/* calls.c - system calls that do little, and signals. */
#include "bench.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <system_call.h>
#include <unistd.h>

static int zero_fd, null_fd;
static char byte;

static void files_open(const struct row *row)
{
	zero_fd = open("/dev/zero", O_RDONLY);
	null_fd = open("/dev/null", O_WRONLY);
	require(zero_fd >= 0 && null_fd >= 0, "no /dev/zero or /dev/null");
}

static void files_close(const struct row *row)
{
	close(zero_fd);
	close(null_fd);
}

static void null_run(const struct row *row, unsigned count)
{
	while (count--) {
		system_call(NR_GETPPID, 0, 0, 0);
	}
}

static void read_run(const struct row *row, unsigned count)
{
	while (count--) {
		require(system_call(NR_READ, zero_fd, (long)&byte, 1) == 1, "read");
	}
}

static void write_run(const struct row *row, unsigned count)
{
	while (count--) {
		require(system_call(NR_WRITE, null_fd, (long)&byte, 1) == 1, "write");
	}
}

static void stat_run(const struct row *row, unsigned count)
{
	struct stat info;

	while (count--) {
		require(!stat("/bin/nothing", &info), "stat");
	}
}

static void open_run(const struct row *row, unsigned count)
{
	while (count--) {
		int fd = open("/bin/nothing", O_RDONLY);

		require(fd >= 0, "open");
		close(fd);
	}
}

static void clock_run(const struct row *row, unsigned count)
{
	struct timespec now;

	while (count--) {
		clock_gettime(CLOCK_MONOTONIC, &now);
	}
}

/* ---- signals --------------------------------------------------------------- */

static void handle(int signo)
{
}

static void handler_set(int signo, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler };

	require(!sigaction(signo, &action, NULL), "sigaction");
}

static void install_run(const struct row *row, unsigned count)
{
	while (count--) {
		handler_set(SIGUSR1, handle);
	}
}

static void deliver_begin(const struct row *row)
{
	handler_set(SIGUSR1, handle);
}

static void deliver_run(const struct row *row, unsigned count)
{
	pid_t self = getpid();

	while (count--) {
		kill(self, SIGUSR1);
	}
}

static void deliver_end(const struct row *row)
{
	handler_set(SIGUSR1, SIG_DFL);
}

const struct row rows_calls[] = {
	{ .name = "null", .count = 5000, .run = null_run },
	{ .name = "read", .count = 3000, .begin = files_open, .run = read_run, .end = files_close },
	{ .name = "write",
		.count = 3000,
		.begin = files_open,
		.run = write_run,
		.end = files_close },
	{ .name = "stat", .count = 2000, .run = stat_run },
	{ .name = "open-close", .count = 1000, .run = open_run },
	{ .name = "clock-gettime", .count = 5000, .run = clock_run },
	{ .name = "signal-install", .count = 3000, .run = install_run },
	{ .name = "signal-deliver",
		.count = 1000,
		.begin = deliver_begin,
		.run = deliver_run,
		.end = deliver_end },
	{ .name = NULL },
};
