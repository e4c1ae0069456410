/*
 * page_boot.c - from the port's memory regions to the frame allocator.
 *
 * The array of struct page lies in free memory itself, at the end of the last
 * free region that it fits into.
 */
#include <arch/boot.h>
#include <kernel/log.h>
#include <kernel/page.h>
#include "page_boot.h"

/* Stacks, the batch, rings and tables of a machine with a console, a disk and a network. */
#define FRAMES_MIN 256

static const char *const kind_names[] = {
	[REGION_FREE] = "free",
	[REGION_KERNEL] = "kernel image",
	[REGION_MODULE] = "module",
	[REGION_TABLES] = "page tables",
	[REGION_PLATFORM] = "platform",
};

static unsigned long kib(unsigned long frames)
{
	return frames * (PAGE_SIZE / 1024);
}

static void __noreturn too_little(unsigned long have)
{
	log_err("memory: %lu KiB are free, the kernel needs %lu; give the machine more", kib(have),
		kib(FRAMES_MIN));
	machine_shutdown(MACHINE_POWEROFF, 3);
}

void page_describe(void)
{
	struct page_stats stats;

	for (unsigned i = 0; i < boot_info.region_count; i++) {
		const struct boot_region *r = &boot_info.regions[i];

		log_info("memory: frames %#8lx to %#8lx, %8lu KiB, %s", r->start.n,
			r->start.n + r->count - 1, kib(r->count), kind_names[r->kind]);
	}
	page_stats_get(&stats);
	log_info("memory: %lu KiB managed, %lu KiB free, least ever free %lu KiB; %lu KiB for "
		 "struct page",
		kib(stats.total), kib(stats.free), kib(stats.low_water),
		DIV_ROUND_UP(boot_info.limit.n * sizeof(struct page), 1024));
}

/* Cut the array's frames off the end of a free region. */
static pfn_t array_place(unsigned long frames)
{
	for (unsigned i = boot_info.region_count; i > 0; i--) {
		const struct boot_region *r = &boot_info.regions[i - 1];

		if (r->kind == REGION_FREE && r->count >= frames) {
			return pfn_add(r->start, r->count - frames);
		}
	}
	too_little(0);
}

/* A free region but for the array, which may lie at its end. */
static void region_add(const struct boot_region *r, pfn_t array)
{
	unsigned long count = r->count;

	if (array.n >= r->start.n && array.n < r->start.n + count) {
		count = array.n - r->start.n;
	}
	page_range_add(r->start, count);
}

void page_init(void)
{
	unsigned long frames = DIV_ROUND_UP(boot_info.limit.n * sizeof(struct page), PAGE_SIZE);
	pfn_t array = array_place(frames);
	struct page_stats stats;

	page_array_set(pfn_to_virt(array), boot_info.limit.n);
	for (unsigned i = 0; i < boot_info.region_count; i++) {
		const struct boot_region *r = &boot_info.regions[i];

		page_range_mark(r->start, r->count, PAGE_RESERVED);
		if (r->kind == REGION_FREE) {
			region_add(r, array);
		}
	}
	page_stats_get(&stats);
	if (stats.free < FRAMES_MIN) {
		too_little(stats.free);
	}
	page_describe();
}
