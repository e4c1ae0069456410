/* memory.c - mappings and faults. */
#include "bench.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char *region_map(int prot, int fd)
{
	int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	char *memory = mmap(NULL, REGION, prot, flags, fd, 0);

	require(memory != MAP_FAILED, "mmap");
	return memory;
}

static void pages_write(char *memory)
{
	for (size_t at = 0; at < REGION; at += PAGE) {
		*(volatile char *)(memory + at) = 1;
	}
}

/* Map 4 MiB, write to each page, unmap. */
static void touch_run(const struct row *row, unsigned count)
{
	while (count--) {
		char *memory = region_map(PROT_READ | PROT_WRITE, -1);

		pages_write(memory);
		munmap(memory, REGION);
	}
}

/* ---- mapping a file -------------------------------------------------------- */

static int file;
static char *mapped;

static void file_make(const struct row *row)
{
	static char block[PAGE];

	file = open("bench.data", O_RDWR | O_CREAT | O_TRUNC, 0600);
	require(file >= 0, "no file to map");
	memset(block, 1, sizeof(block));
	for (size_t at = 0; at < REGION; at += PAGE) {
		require(write(file, block, PAGE) == (ssize_t)PAGE, "write");
	}
}

static void file_drop(const struct row *row)
{
	close(file);
	unlink("bench.data");
}

/* lmbench's lat_mmap: map, write to a page in every 16 KiB of the first tenth, unmap. */
static void mmap_run(const struct row *row, unsigned count)
{
	while (count--) {
		char *memory = region_map(PROT_READ | PROT_WRITE, file);

		for (size_t at = 0; at < REGION / 10; at += 4 * (size_t)PAGE) {
			*(volatile char *)(memory + at) = 1;
		}
		munmap(memory, REGION);
	}
}

static void fault_begin(const struct row *row)
{
	file_make(row);
}

/* lmbench's lat_pagefault: pages of a mapped file that are in memory, in no order that helps. */
static void fault_run(const struct row *row, unsigned count)
{
	unsigned pages = REGION / PAGE, at = 0;

	mapped = region_map(PROT_READ, file);
	while (count--) {
		at = (at + 389) % pages; /* a prime: each page once */
		(void)*(volatile char *)(mapped + (size_t)at * PAGE);
	}
	munmap(mapped, REGION);
}

/* The mapping and unmapping alone. */
static void fault_overhead(const struct row *row, unsigned count)
{
	munmap(region_map(PROT_READ, file), REGION);
}

/* ---- protection faults ------------------------------------------------------ */

static char *guarded;
static jmp_buf back;

/* SA_NODEFER, and a jump that saves no mask: nothing but the fault and the delivery. */
static void jump_back(int signo)
{
	longjmp(back, 1);
}

static void protection_begin(const struct row *row)
{
	struct sigaction action = { .sa_handler = jump_back, .sa_flags = SA_NODEFER };

	require(!sigaction(SIGSEGV, &action, NULL), "sigaction");
	guarded = region_map(PROT_READ, -1);
	(void)*(volatile char *)guarded;
}

static void protection_run(const struct row *row, unsigned count)
{
	volatile unsigned left = count;

	while (left--) {
		if (!setjmp(back)) {
			*(volatile char *)guarded = 1;
		}
	}
}

static void protection_end(const struct row *row)
{
	signal(SIGSEGV, SIG_DFL);
	munmap(guarded, REGION);
}

const struct row rows_memory[] = {
	{ .name = "map-touch-unmap", .count = 4, .run = touch_run },
	{ .name = "mmap", .count = 20, .begin = file_make, .run = mmap_run, .end = file_drop },
	{ .name = "protection-fault",
		.count = 1000,
		.begin = protection_begin,
		.run = protection_run,
		.end = protection_end },
	{ .name = "page-fault",
		.count = 1000,
		.begin = fault_begin,
		.run = fault_run,
		.overhead = fault_overhead,
		.end = file_drop },
	{ .name = NULL },
};
