/*
 * disk.c - the disk: /dev/xvda, of which every sample reads or writes another part.
 *
 * Through the page cache of the disk, as programs do, but what is read is never in
 * it: the cache is dropped before the first sample, and samples walk over the whole
 * disk. What is written counts when it is there: each sample of sequential writing
 * ends in an fsync.
 *
 * Depth is the number of threads that each wait for one read at a time; they live as
 * long as their row.
 */
#include "io.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DISK	   "/dev/xvda"
#define BLOCK_MAX  (1u << 20)
#define DEPTH_MAX  32u
#define TRIES	   600u
#define STEP	   40503u /* odd: n * STEP goes over all numbers below a power of two */
#define RANDOM_MOD (1u << 14)

static int disk = -1;
static uint64_t size, at;
static char buffer[BLOCK_MAX] __attribute__((aligned(PAGE)));

void disk_find(void)
{
	if (disk >= 0) {
		return;
	}
	module_load("/modules/xen-blkfront.ko");
	for (unsigned i = 0; i < TRIES && disk < 0; i++) {
		disk = open(DISK, O_RDWR);
		if (disk < 0) {
			usleep(100000);
		}
	}
	require(disk >= 0 && !ioctl(disk, BLKGETSIZE64, &size), DISK);
	require(size >= (uint64_t)RANDOM_MOD * PAGE, "the disk is too small");
}

static void cache_drop(const struct row *row)
{
	disk_find();
	require(!fsync(disk) && !ioctl(disk, BLKFLSBUF, 0), "the cache cannot be dropped");
}

/* The place of the next block, the disk being walked over and over. */
static off_t next_place(unsigned len)
{
	uint64_t place = at + len <= size ? at : 0;

	at = place + len;
	return (off_t)place;
}

static void sequential_begin(const struct row *row)
{
	at = 0;
	cache_drop(row);
}

static void read_run(const struct row *row, unsigned count)
{
	while (count--) {
		require(pread(disk, buffer, row->size, next_place(row->size)) == (ssize_t)row->size,
			"read");
	}
}

static void write_run(const struct row *row, unsigned count)
{
	while (count--) {
		require(pwrite(disk, buffer, row->size, next_place(row->size)) ==
				(ssize_t)row->size,
			"write");
	}
	require(!fsync(disk), "fsync");
}

/* ---- at random ---------------------------------------------------------------- */

static unsigned random_count;

static off_t random_place(void)
{
	unsigned n = __atomic_fetch_add(&random_count, 1, __ATOMIC_RELAXED);

	return (off_t)(n * STEP % RANDOM_MOD) * PAGE;
}

static void random_read_run(const struct row *row, unsigned count)
{
	while (count--) {
		require(pread(disk, buffer, PAGE, random_place()) == PAGE, "read");
	}
}

/* One page written and on the disk. */
static void sync_run(const struct row *row, unsigned count)
{
	while (count--) {
		require(pwrite(disk, buffer, PAGE, random_place()) == PAGE && !fsync(disk),
			"fsync");
	}
}

/* ---- at random, many at a time ------------------------------------------------- */

static struct reader {
	pthread_t thread;
	sem_t go;
	char page[PAGE] __attribute__((aligned(PAGE)));
} readers[DEPTH_MAX];

static unsigned share; /* reads of each */
static sem_t done;
static int is_over;

static void *reader_live(void *arg)
{
	struct reader *reader = arg;

	for (;;) {
		sem_wait(&reader->go);
		if (is_over) {
			return NULL;
		}
		for (unsigned i = 0; i < share; i++) {
			require(pread(disk, reader->page, PAGE, random_place()) == PAGE, "read");
		}
		sem_post(&done);
	}
}

static void readers_begin(const struct row *row)
{
	cache_drop(row);
	is_over = 0;
	sem_init(&done, 0, 0);
	for (unsigned i = 0; i < DEPTH_MAX; i++) {
		sem_init(&readers[i].go, 0, 0);
		require(!pthread_create(&readers[i].thread, NULL, reader_live, &readers[i]),
			"thread");
	}
}

static void readers_run(const struct row *row, unsigned count)
{
	share = (count + DEPTH_MAX - 1) / DEPTH_MAX;
	for (unsigned i = 0; i < DEPTH_MAX; i++) {
		sem_post(&readers[i].go);
	}
	for (unsigned i = 0; i < DEPTH_MAX; i++) {
		sem_wait(&done);
	}
}

static void readers_end(const struct row *row)
{
	is_over = 1;
	for (unsigned i = 0; i < DEPTH_MAX; i++) {
		sem_post(&readers[i].go);
		pthread_join(readers[i].thread, NULL);
	}
}

#define SEQUENTIAL(what, label, bytes, operations)                                                 \
	{                                                                                          \
		.name = #what "-" label, .count = (operations), .begin = sequential_begin,         \
		.run = what##_run, .size = (bytes)                                                 \
	}

const struct row rows_disk[] = {
	SEQUENTIAL(read, "4K", 4u << 10, 1024),
	SEQUENTIAL(read, "64K", 64u << 10, 64),
	SEQUENTIAL(read, "1M", 1u << 20, 4),
	SEQUENTIAL(write, "4K", 4u << 10, 1024),
	SEQUENTIAL(write, "64K", 64u << 10, 64),
	SEQUENTIAL(write, "1M", 1u << 20, 4),
	{ .name = "random-read-1", .count = 256, .begin = cache_drop, .run = random_read_run },
	{ .name = "random-read-32",
		.count = 512,
		.begin = readers_begin,
		.run = readers_run,
		.end = readers_end },
	{ .name = "fsync", .count = 64, .begin = cache_drop, .run = sync_run },
	{ .name = NULL },
};
