/*
 * switches.c - the context switch, as lmbench's lat_ctx: processes in a ring of pipes pass a byte on,
 * each after a walk over memory of its own. An operation is one such step: a read, a walk, a write
 * and a switch. The overhead is the same by one process, through a pipe to itself, so without the
 * switch.
 */
#include "bench.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES_MAX 16
#define SIZE_MAX_LEN  65536u
#define KIB	      1024u

static int pipes[PROCESSES_MAX][2];
static pid_t children[PROCESSES_MAX];
static char areas[PROCESSES_MAX][SIZE_MAX_LEN];

static unsigned walk(const char *area, unsigned size)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < size; i += sizeof(unsigned)) {
		sum += *(const volatile unsigned *)(area + i);
	}
	return sum;
}

static void pass_on(int from, int to, const struct row *row, unsigned area)
{
	char c;

	require(read(from, &c, 1) == 1, "the ring is broken");
	walk(areas[area], row->size);
	require(write(to, &c, 1) == 1, "the ring is broken");
}

/* Process i reads from pipe i and writes to the next one. The parent is process 0. */
static void ring_begin(const struct row *row)
{
	for (unsigned i = 0; i < row->processes; i++) {
		require(!pipe(pipes[i]), "pipe");
	}
	for (unsigned i = 0; i < row->processes; i++) {
		for (unsigned at = 0; at < SIZE_MAX_LEN; at += PAGE) {
			areas[i][at] = (char)i;
		}
	}
	for (unsigned i = 1; i < row->processes; i++) {
		children[i] = fork();
		require(children[i] >= 0, "fork");
		while (!children[i]) {
			pass_on(pipes[i][0], pipes[(i + 1) % row->processes][1], row, i);
		}
	}
}

static void ring_run(const struct row *row, unsigned count)
{
	char c = 0;

	for (; count >= row->processes; count -= row->processes) {
		require(write(pipes[1][1], &c, 1) == 1, "the ring is broken");
		require(read(pipes[0][0], &c, 1) == 1, "the ring is broken");
		walk(areas[0], row->size);
	}
}

static void ring_overhead(const struct row *row, unsigned count)
{
	char c = 0;

	while (count--) {
		require(write(pipes[0][1], &c, 1) == 1, "the ring is broken");
		require(read(pipes[0][0], &c, 1) == 1, "the ring is broken");
		walk(areas[count % row->processes], row->size);
	}
}

static void ring_end(const struct row *row)
{
	for (unsigned i = 1; i < row->processes; i++) {
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
	for (unsigned i = 0; i < row->processes; i++) {
		close(pipes[i][0]);
		close(pipes[i][1]);
	}
}

#define RING(name_, processes_, size_)                                                             \
	{                                                                                          \
		.name = (name_), .count = 480, .begin = ring_begin, .run = ring_run,               \
		.overhead = ring_overhead, .end = ring_end, .processes = (processes_),             \
		.size = (size_)                                                                    \
	}

const struct row rows_switches[] = {
	RING("switch-2p-0K", 2, 0),
	RING("switch-2p-16K", 2, 16 * KIB),
	RING("switch-2p-64K", 2, 64 * KIB),
	RING("switch-8p-0K", 8, 0),
	RING("switch-8p-16K", 8, 16 * KIB),
	RING("switch-8p-64K", 8, 64 * KIB),
	RING("switch-16p-0K", 16, 0),
	RING("switch-16p-16K", 16, 16 * KIB),
	RING("switch-16p-64K", 16, 64 * KIB),
	{ .name = NULL },
};
