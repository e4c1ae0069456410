/*
 * regions.c - boot_info's memory regions: what is free, and what somebody claims.
 *
 * RAM is added first, then everything that is not free is taken out of it; the
 * order of claims does not matter, the first one of a frame names its kind.
 *
 * Invariants:
 *   R1  Regions ascend, do not overlap and are not empty.
 *   R2  A frame is free only if RAM covers all of it and no claim touches it.
 */
#include <arch/boot.h>
#include <kernel/string.h>
#include <port/layout.h>
#include <hw/start.h>

/* Frames that the direct map can hold. */
#define FRAMES_MAX ((LAYOUT_VMAP_BASE - LAYOUT_DIRECT_BASE) / PAGE_SIZE)

/* The first frame at or behind `address`, without overflow. */
static unsigned long frame_up(uint64_t address)
{
	return address / PAGE_SIZE + (address % PAGE_SIZE != 0);
}

static unsigned long region_end(const struct boot_region *r)
{
	return r->start.n + r->count;
}

static void region_insert(unsigned at, unsigned long start, unsigned long end, int kind)
{
	struct boot_region *r = &boot_info.regions[at];

	if (start >= end) {
		return;
	}
	if (boot_info.region_count == BOOT_REGIONS_MAX) {
		boot_refuse("the memory map has too many regions");
	}
	memmove(r + 1, r, (boot_info.region_count - at) * sizeof(*r));
	*r = (struct boot_region){ pfn(start), end - start, kind };
	boot_info.region_count++;
}

void boot_region_add_ram(uint64_t start, uint64_t end)
{
	unsigned long first = frame_up(start), last = MIN(end / PAGE_SIZE, FRAMES_MAX);
	unsigned at = 0;

	while (at < boot_info.region_count && boot_info.regions[at].start.n < first) {
		at++;
	}
	if (at > 0) {
		first = MAX(first, region_end(&boot_info.regions[at - 1]));
	}
	if (at < boot_info.region_count) {
		last = MIN(last, boot_info.regions[at].start.n);
	}
	region_insert(at, first, last, REGION_FREE);
}

void boot_region_reserve(uint64_t start, uint64_t end, int kind)
{
	unsigned long first = start / PAGE_SIZE, last = frame_up(end);

	for (unsigned i = 0; i < boot_info.region_count; i++) {
		struct boot_region r = boot_info.regions[i];
		unsigned long from = MAX(first, r.start.n), to = MIN(last, region_end(&r));

		if (r.kind != REGION_FREE || from >= to) {
			continue;
		}
		/* Backwards at the same index: what lies behind, the reserved part, what lies before. */
		memmove(&boot_info.regions[i], &boot_info.regions[i + 1],
			(--boot_info.region_count - i) * sizeof(r));
		region_insert(i, to, region_end(&r), REGION_FREE);
		region_insert(i, from, to, kind);
		region_insert(i, r.start.n, from, REGION_FREE);
	}
}

pfn_t boot_region_limit(void)
{
	unsigned count = boot_info.region_count;

	return pfn(count ? region_end(&boot_info.regions[count - 1]) : 0);
}
