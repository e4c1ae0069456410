/*
 * processes.c - processes that come and go. The parent has 1000 pages that it has written to, as a
 * program of some size would.
 */
#include "bench.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES 1000u

static char *memory;

static void memory_touch(const struct row *row)
{
	memory = mmap(
		NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	require(memory != MAP_FAILED, "mmap");
	for (unsigned i = 0; i < PAGES; i++) {
		memory[i * PAGE] = 1;
	}
}

static void memory_drop(const struct row *row)
{
	munmap(memory, PAGES * PAGE);
}

static void child_await(pid_t child)
{
	int status;

	require(child > 0, "fork");
	require(waitpid(child, &status, 0) == child && status == 0, "the child failed");
}

static void fork_run(const struct row *row, unsigned count)
{
	while (count--) {
		pid_t child = fork();

		if (!child) {
			_exit(0);
		}
		child_await(child);
	}
}

static void program_run(const char *path, char *const *argv)
{
	static char *const environment[] = { NULL };
	pid_t child = fork();

	if (!child) {
		execve(path, argv, environment);
		_exit(127);
	}
	child_await(child);
}

static void exec_run(const struct row *row, unsigned count)
{
	static char name[] = "nothing";
	static char *const argv[] = { name, NULL };

	while (count--) {
		program_run("/bin/nothing", argv);
	}
}

static void shell_run(const struct row *row, unsigned count)
{
	static char shell[] = "sh", option[] = "-c", command[] = "/bin/nothing";
	static char *const argv[] = { shell, option, command, NULL };

	while (count--) {
		program_run("/bin/sh", argv);
	}
}

const struct row rows_processes[] = {
	{ .name = "fork-exit",
		.count = 20,
		.begin = memory_touch,
		.run = fork_run,
		.end = memory_drop },
	{ .name = "fork-exec",
		.count = 20,
		.begin = memory_touch,
		.run = exec_run,
		.end = memory_drop },
	{ .name = "shell",
		.count = 5,
		.begin = memory_touch,
		.run = shell_run,
		.end = memory_drop },
	{ .name = NULL },
};
