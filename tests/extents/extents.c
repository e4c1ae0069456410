/*
 * extents.c - data that tells on itself: extents of chance, written by several processes, verified by
 * whoever has the disk.
 *
 *     extents write DISK SEED ROUNDS WORKERS ENOUGH     in the guest
 *     extents verify DISK                               in dom0, later
 *
 * Each worker has a region of the disk to itself, its first block a table: what generation each
 * of the region's blocks was last written in. A block's content follows from worker, place and
 * generation, so an old, a foreign, a torn or a doubled block is told from the right one. A round writes an
 * extent, sometimes syncs, and sometimes reads an extent back past the cache. After its rounds a worker goes on until there is
 * a file ENOUGH. The table is written and synced at the end; a table is itself guarded by a sum.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCK	    4096u
#define REGION	    256u /* blocks, the table included: 1 MiB */
#define EXTENT_MOST 24u
#define MAGIC	    0x657874656e747321u
#define BLKFLSBUF_  0x1261

struct table {
	uint64_t magic, seed, worker, sum;
	uint32_t generation[REGION]; /* 0: never written */
};
_Static_assert(sizeof(struct table) <= BLOCK, "a table is a block");

static const char *disk, *enough;

static void fail(const char *what, uint64_t where)
{
	printf("extents: %s at %llu: %s\n", what, (unsigned long long)where, strerror(errno));
	exit(1);
}

static uint64_t mix(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static void block_make(uint64_t *block, const struct table *t, unsigned index)
{
	uint64_t state = t->seed ^ t->worker << 48 ^ (uint64_t)index << 32 ^ t->generation[index];

	for (unsigned i = 0; i < BLOCK / 8; i++) {
		block[i] = mix(&state);
	}
}

static uint64_t sum_of(const struct table *t)
{
	uint64_t state = t->seed ^ t->worker;

	for (unsigned i = 0; i < REGION; i++) {
		state ^= t->generation[i];
		mix(&state);
	}
	return state;
}

static off_t place(const struct table *t, unsigned index)
{
	return (off_t)(t->worker * REGION + index) * BLOCK;
}

static void extent_check(int fd, const struct table *t, unsigned first, unsigned count)
{
	static uint64_t found[EXTENT_MOST * BLOCK / 8], right[BLOCK / 8];

	if (pread(fd, found, count * BLOCK, place(t, first)) != (ssize_t)(count * BLOCK)) {
		fail("reading fails", (uint64_t)place(t, first));
	}
	for (unsigned i = 0; i < count; i++) {
		block_make(right, t, first + i);
		if (t->generation[first + i] && memcmp(found + i * BLOCK / 8, right, BLOCK)) {
			errno = 0;
			fail("another content", (uint64_t)place(t, first + i));
		}
	}
}

static void extent_write(int fd, struct table *t, unsigned first, unsigned count)
{
	static uint64_t data[EXTENT_MOST * BLOCK / 8];

	for (unsigned i = 0; i < count; i++) {
		t->generation[first + i]++;
		block_make(data + i * BLOCK / 8, t, first + i);
	}
	if (pwrite(fd, data, count * BLOCK, place(t, first)) != (ssize_t)(count * BLOCK)) {
		fail("writing fails", (uint64_t)place(t, first));
	}
}

static void worker_run(uint64_t worker, uint64_t seed, unsigned rounds)
{
	static union {
		struct table t;
		char block[BLOCK];
	} table;
	struct table *t = &table.t;
	uint64_t state = seed + worker;
	int fd = open(disk, O_RDWR);

	*t = (struct table){ .magic = MAGIC, .seed = seed, .worker = worker };
	if (fd < 0) {
		fail("opening fails", 0);
	}
	for (unsigned i = 0; i < rounds || access(enough, F_OK); i++) {
		unsigned count = 1 + mix(&state) % EXTENT_MOST,
			 first = 1 + mix(&state) % (REGION - count);

		extent_write(fd, t, first, count);
		if (mix(&state) % 4 == 0 && fsync(fd)) {
			fail("a sync fails", i);
		}
		if (mix(&state) % 8 == 0) {
			count = 1 + mix(&state) % EXTENT_MOST;
			first = 1 + mix(&state) % (REGION - count);
			ioctl(fd, BLKFLSBUF_, 0);
			extent_check(fd, t, first, count);
		}
		if (worker == 0 && i % 16 == 0) {
			printf("extents: round %u\n", i);
			fflush(stdout);
		}
	}
	t->sum = sum_of(t);
	if (pwrite(fd, &table, BLOCK, place(t, 0)) != BLOCK || fsync(fd)) {
		fail("the table cannot be written", worker);
	}
	exit(0);
}

static int all_write(uint64_t seed, unsigned rounds, unsigned workers)
{
	int status, result = 0;

	for (unsigned w = 0; w < workers; w++) {
		pid_t pid = fork();

		if (pid < 0) {
			fail("no process", w);
		}
		if (pid == 0) {
			worker_run(w, seed, rounds);
		}
	}
	while (wait(&status) > 0) {
		result |= status;
	}
	printf("extents: written%s\n", result ? ", with errors" : "");
	return result != 0;
}

static int all_verify(void)
{
	static union {
		struct table t;
		char block[BLOCK];
	} table;
	struct table *t = &table.t;
	int fd = open(disk, O_RDONLY);
	unsigned regions = 0, blocks = 0;
	uint64_t writes = 0;

	if (fd < 0) {
		fail("opening fails", 0);
	}
	while (pread(fd, &table, BLOCK, (off_t)regions * REGION * BLOCK) == BLOCK &&
		t->magic == MAGIC) {
		if (t->worker != regions || t->sum != sum_of(t)) {
			fail("a table makes no sense", regions);
		}
		for (unsigned i = 1; i < REGION; i++) {
			extent_check(fd, t, i, 1);
			blocks += t->generation[i] != 0;
			writes += t->generation[i];
		}
		regions++;
	}
	printf("extents: %u regions, %u blocks, %llu writes verified\n", regions, blocks,
		(unsigned long long)writes);
	return regions == 0;
}

int main(int argc, char **argv)
{
	disk = argc > 2 ? argv[2] : "";
	if (argc == 7 && !strcmp(argv[1], "write")) {
		enough = argv[6];
		return all_write(strtoull(argv[3], NULL, 10), (unsigned)atoi(argv[4]),
			(unsigned)atoi(argv[5]));
	}
	if (argc == 3 && !strcmp(argv[1], "verify")) {
		return all_verify();
	}
	fprintf(stderr,
		"usage: extents write DISK SEED ROUNDS WORKERS ENOUGH, extents verify DISK\n");
	return 2;
}
