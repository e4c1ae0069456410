/*
 * operations.c - whole operations of an operating system, under each limit of the kernel's batches.
 *
 * The rows of a table that tests/bench/main.c runs. Where there is the knob, each operation is a row for
 * every limit, NAME/LIMIT; elsewhere, and on Linux, there is one, NAME. Of a process' life each
 * part is measured by itself: what comes before and after it is done between the samples.
 */
#include "../../bench/bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define KNOB	     "/proc/paravane/batch"
#define LIMIT_MAX    1024u
#define LIMITS	     11	   /* 1, 2, 4 ... LIMIT_MAX */
#define PAGES	     1000u /* that the parent has written to */
#define REGION_PAGES 256u
#define CHILDREN_MAX 64u

/* ---- processes ---------------------------------------------------------------- */

static char *memory;
static pid_t children[CHILDREN_MAX];
static unsigned child_count;
static int gate[2]; /* children end when it is closed */

static void memory_write(void)
{
	for (unsigned i = 0; i < PAGES; i++) {
		memory[i * PAGE] = 1;
	}
}

/* A child waits at the gate, and does then what it is for. */
static void child_make(void (*then)(void))
{
	pid_t child = fork();
	char none;

	if (!child) {
		close(gate[1]);
		if (read(gate[0], &none, 1) == 0) {
			then();
		}
		_exit(1);
	}
	require(child > 0, "fork");
	require(child_count < CHILDREN_MAX, "children");
	children[child_count++] = child;
}

static void children_await(void)
{
	int status;

	while (child_count) {
		pid_t child = children[--child_count];

		require(waitpid(child, &status, 0) == child && status == 0, "the child failed");
	}
}

static void gate_open(void)
{
	close(gate[0]);
	close(gate[1]);
	children_await();
}

static void gate_make(void)
{
	require(pipe(gate) == 0, "pipe");
}

static void end(void)
{
	_exit(0);
}

static void program(void)
{
	static char name[] = "nothing";
	static char *const argv[] = { name, NULL }, *const environment[] = { NULL };

	execve("/bin/nothing", argv, environment);
}

/*
 * fork() alone: the child of the sample before ends first, and the pages are the parent's alone again, and
 * writable, as they are before any fork: to protect them all is most of what fork asks of Xen.
 */
static void fork_prepare(const struct row *row, unsigned count)
{
	if (child_count) {
		gate_open();
	}
	memory_write();
	gate_make();
}

static void fork_run(const struct row *row, unsigned count)
{
	while (count--) {
		child_make(end);
	}
}

static void fork_end(const struct row *row)
{
	gate_open();
}

/* The end of processes, with their parent's waiting; and the same after another program was loaded. */
static void waiting_children_make(unsigned count, void (*then)(void))
{
	gate_make();
	while (count--) {
		child_make(then);
	}
	usleep(1000); /* all of them wait */
}

static void exit_prepare(const struct row *row, unsigned count)
{
	waiting_children_make(count, end);
}

static void exec_prepare(const struct row *row, unsigned count)
{
	waiting_children_make(count, program);
}

static void exit_run(const struct row *row, unsigned count)
{
	gate_open();
}

static void shell_run(const struct row *row, unsigned count)
{
	static char shell[] = "sh", script[] = "/etc/study.sh", path[] = "PATH=/bin";
	static char *const argv[] = { shell, script, NULL };
	static char *const environment[] = { path, NULL };

	while (count--) {
		pid_t child = fork();

		if (!child) {
			execve("/bin/sh", argv, environment);
			_exit(127);
		}
		children[child_count++] = child;
		children_await();
	}
}

/* ---- memory ------------------------------------------------------------------- */

static char *regions[CHILDREN_MAX];

static char *region_map(void)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
	char *region = mmap(NULL, REGION_PAGES * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);

	require(region != MAP_FAILED, "mmap");
	return region;
}

static void regions_drop(void)
{
	for (unsigned i = 0; i < CHILDREN_MAX; i++) {
		if (regions[i]) {
			munmap(regions[i], REGION_PAGES * PAGE);
			regions[i] = NULL;
		}
	}
}

static void mmap_prepare(const struct row *row, unsigned count)
{
	regions_drop();
}

static void regions_prepare(const struct row *row, unsigned count)
{
	regions_drop();
	for (unsigned i = 0; i < count; i++) {
		regions[i] = region_map();
	}
}

static void mmap_run(const struct row *row, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		regions[i] = region_map();
	}
}

static void munmap_run(const struct row *row, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		munmap(regions[i], REGION_PAGES * PAGE);
		regions[i] = NULL;
	}
}

static void mprotect_run(const struct row *row, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		mprotect(regions[i], REGION_PAGES * PAGE, PROT_READ);
	}
}

static void regions_end(const struct row *row)
{
	regions_drop();
}

/* ---- rows --------------------------------------------------------------------- */

/* row->size is the limit; 0: none is set. */
static void limit_set(const struct row *row)
{
	int knob = row->size ? open(KNOB, O_WRONLY) : -1;
	char text[16];

	if (row->size) {
		int len = snprintf(text, sizeof(text), "%u\n", row->size);

		require(knob >= 0 && write(knob, text, (size_t)len) == len, "the limit");
		close(knob);
	}
}

static void processes_begin(const struct row *row)
{
	limit_set(row);
	memory = mmap(
		NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	require(memory != MAP_FAILED, "mmap");
	memory_write();
}

static void processes_end(const struct row *row)
{
	if (child_count) {
		fork_end(row);
	}
	munmap(memory, PAGES * PAGE);
}

static const struct row operations[] = {
	{ .name = "fork",
		.count = 1,
		.begin = processes_begin,
		.prepare = fork_prepare,
		.run = fork_run,
		.end = processes_end },
	{ .name = "exec",
		.count = 4,
		.begin = processes_begin,
		.prepare = exec_prepare,
		.run = exit_run,
		.end = processes_end },
	{ .name = "exit",
		.count = 4,
		.begin = processes_begin,
		.prepare = exit_prepare,
		.run = exit_run,
		.end = processes_end },
	{ .name = "mmap",
		.count = 8,
		.begin = limit_set,
		.prepare = mmap_prepare,
		.run = mmap_run,
		.end = regions_end },
	{ .name = "munmap",
		.count = 8,
		.begin = limit_set,
		.prepare = regions_prepare,
		.run = munmap_run,
		.end = regions_end },
	{ .name = "mprotect",
		.count = 8,
		.begin = limit_set,
		.prepare = regions_prepare,
		.run = mprotect_run,
		.end = regions_end },
	{ .name = "shell",
		.count = 1,
		.begin = processes_begin,
		.run = shell_run,
		.end = processes_end },
};

#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

/* One more, without a name, ends it. */
static struct row rows[OPERATIONS * LIMITS + 1];
static char names[OPERATIONS * LIMITS][32];

const struct row *const row_tables[] = { rows, NULL };

static void __attribute__((constructor)) rows_make(void)
{
	int has_knob = access(KNOB, W_OK) == 0;
	unsigned count = 0;

	for (unsigned i = 0; i < OPERATIONS; i++) {
		for (unsigned limit = 1; limit <= (has_knob ? LIMIT_MAX : 1); limit *= 2) {
			rows[count] = operations[i];
			if (has_knob) {
				snprintf(names[count], sizeof(names[count]), "%s/%u",
					operations[i].name, limit);
				rows[count].name = names[count];
				rows[count].size = limit;
			}
			count++;
		}
	}
}
