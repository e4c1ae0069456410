/* pipes.c - two processes and pipes: how long a byte takes to go and come back, how much goes through. */
#include "bench.h"

#include <sys/wait.h>
#include <unistd.h>

#define BLOCK 65536u

static int there[2], back[2];
static pid_t child;
static char buffer[BLOCK];

static void pair_begin(void (*serve)(void))
{
	require(!pipe(there) && !pipe(back), "pipe");
	child = fork();
	require(child >= 0, "fork");
	if (!child) {
		close(there[1]);
		close(back[0]);
		serve();
		_exit(0);
	}
	close(there[0]);
	close(back[1]);
}

static void pair_end(const struct row *row)
{
	close(there[1]);
	close(back[0]);
	waitpid(child, NULL, 0);
}

static void echo(void)
{
	char c;

	while (read(there[0], &c, 1) == 1 && write(back[1], &c, 1) == 1) {
	}
}

/* Eats what comes; answers with a byte for each block. */
static void eat(void)
{
	static char eaten[BLOCK];
	size_t sum = 0;
	ssize_t len;

	while ((len = read(there[0], eaten, BLOCK)) > 0) {
		for (sum += (size_t)len; sum >= BLOCK; sum -= BLOCK) {
			if (write(back[1], eaten, 1) != 1) {
				return;
			}
		}
	}
}

static void latency_begin(const struct row *row)
{
	pair_begin(echo);
}

static void latency_run(const struct row *row, unsigned count)
{
	char c = 0;

	while (count--) {
		require(write(there[1], &c, 1) == 1 && read(back[0], &c, 1) == 1, "round trip");
	}
}

static void bandwidth_begin(const struct row *row)
{
	pair_begin(eat);
}

/* An operation is 64 KiB written, and the byte that says they arrived. */
static void bandwidth_run(const struct row *row, unsigned count)
{
	char c;

	while (count--) {
		require(write(there[1], buffer, BLOCK) == (ssize_t)BLOCK, "write");
		require(read(back[0], &c, 1) == 1, "answer");
	}
}

const struct row rows_pipes[] = {
	{ .name = "pipe-latency",
		.count = 300,
		.begin = latency_begin,
		.run = latency_run,
		.end = pair_end },
	{ .name = "pipe-64K",
		.count = 60,
		.begin = bandwidth_begin,
		.run = bandwidth_run,
		.end = pair_end },
	{ .name = NULL },
};
