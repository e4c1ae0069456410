/*
 * start_info.c - from the loader's struct hvm_start_info to boot_info (Xen public
 * arch-x86/hvm/start_info.h; QEMU fills the same structure).
 *
 * Everything is copied: afterwards the structure, the memory map and the command
 * line are ordinary free memory. Only a module keeps its frames.
 *
 * Invariants:
 *   R1  Regions ascend and do not overlap.
 *   R2  A frame that any non-RAM entry of the map touches is not free.
 *   R3  The lowest MiB is never free: firmware and start-up code of further CPUs.
 */
#include <arch/boot.h>
#include <kernel/string.h>
#include <hw/paging.h>
#include <hw/start.h>
#include <xen/xen.h>
#include <xen/arch-x86/hvm/start_info.h>

#define LOW_MEMORY_END (UINT64_C(1) << 20)
#define EARLY_LIMIT    (UINT64_C(1) << 32)

struct boot_info boot_info;

static char command_line[4096];

extern char image_start[], image_end[]; /* kernel.lds */

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

/* Whole frames of [start, end), at their place; what overlaps an earlier entry is dropped. */
static void ram_add(uint64_t start, uint64_t end)
{
	unsigned long first = DIV_ROUND_UP(start, PAGE_SIZE), last = end / PAGE_SIZE;
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
	unsigned long first = start / PAGE_SIZE, last = DIV_ROUND_UP(end, PAGE_SIZE);

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

bool boot_region_overlaps(uint64_t start, uint64_t end)
{
	for (unsigned i = 0; i < boot_info.region_count; i++) {
		const struct boot_region *r = &boot_info.regions[i];

		if (start < (uint64_t)region_end(r) << PAGE_SHIFT &&
			end > (uint64_t)r->start.n << PAGE_SHIFT) {
			return true;
		}
	}
	return false;
}

static bool is_reachable(uint64_t start, uint64_t size)
{
	return start && size <= EARLY_LIMIT && start <= EARLY_LIMIT - size;
}

static void memory_map_read(const struct hvm_start_info *info)
{
	uint64_t size = info->memmap_entries * sizeof(struct hvm_memmap_table_entry);
	const struct hvm_memmap_table_entry *map;

	if (info->version < 1 || !info->memmap_entries || !is_reachable(info->memmap_paddr, size)) {
		boot_refuse("the loader gave no memory map (hvm_start_info version 1 is needed)");
	}
	map = phys_to_virt(info->memmap_paddr);
	for (unsigned i = 0; i < info->memmap_entries; i++) {
		if (map[i].type == XEN_HVM_MEMMAP_TYPE_RAM) {
			ram_add(map[i].addr, map[i].addr + map[i].size);
		}
	}
	for (unsigned i = 0; i < info->memmap_entries; i++) { /* R2 */
		if (map[i].type != XEN_HVM_MEMMAP_TYPE_RAM) {
			boot_region_reserve(
				map[i].addr, map[i].addr + map[i].size, REGION_PLATFORM);
		}
	}
}

static void command_line_read(const struct hvm_start_info *info)
{
	boot_info.command_line = command_line;
	if (!is_reachable(info->cmdline_paddr, sizeof(command_line))) {
		return;
	}
	if (strlcpy(command_line, phys_to_virt(info->cmdline_paddr), sizeof(command_line)) >=
		sizeof(command_line)) {
		boot_refuse("the command line is longer than 4095 bytes");
	}
}

/* The first module is the initial ramdisk; the format knows no others that we would want. */
static void module_read(const struct hvm_start_info *info)
{
	const struct hvm_modlist_entry *module;

	if (!info->nr_modules || !is_reachable(info->modlist_paddr, sizeof(*module))) {
		return;
	}
	module = phys_to_virt(info->modlist_paddr);
	boot_info.module = phys_to_virt(module->paddr);
	boot_info.module_len = module->size;
	boot_region_reserve(module->paddr, module->paddr + module->size, REGION_MODULE);
}

void start_info_read(const struct hvm_start_info *info)
{
	if (info->magic != XEN_HVM_START_MAGIC_VALUE) {
		boot_refuse("no hvm_start_info: this image boots by the PVH protocol only");
	}
	memory_map_read(info);
	boot_region_reserve(0, LOW_MEMORY_END, REGION_PLATFORM); /* R3 */
	boot_region_reserve((uint64_t)image_start - LAYOUT_IMAGE_BASE,
		(uint64_t)image_end - LAYOUT_IMAGE_BASE, REGION_KERNEL);
	command_line_read(info);
	module_read(info);
	boot_info.limit = pfn(region_end(&boot_info.regions[boot_info.region_count - 1]));
}
