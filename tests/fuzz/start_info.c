/*
 * start_info.c - what the loader of a PVH guest left: the structure, its memory map, modules.
 *
 * The input is laid out in "physical memory"; the structure's fields come from it,
 * so addresses may point anywhere. Refusing is fine; the regions that come out
 * must keep their invariants.
 */
#include "arch/hw-x86/start_info.c"

#include "arch/hw-x86/regions.c"
#include "shim.h"

#define INFO_AT	 0x5000u
#define INFO_MAX 0x8000u

char image_start[1], image_end[1];

void boot_refuse(const char *why)
{
	host_give_up();
}

static void regions_check(void)
{
	unsigned long end = 0;

	REQUIRE(boot_info.region_count <= BOOT_REGIONS_MAX);
	for (unsigned i = 0; i < boot_info.region_count; i++) {
		const struct boot_region *r = &boot_info.regions[i];

		REQUIRE(r->count > 0);
		REQUIRE(r->start.n >= end); /* R1 */
		end = r->start.n + r->count;
		REQUIRE(end > r->start.n && end <= FRAMES_MAX);
		REQUIRE(r->kind != REGION_FREE || r->start.n >= LOW_MEMORY_END / PAGE_SIZE);
	}
	REQUIRE(boot_info.limit.n == end);
	REQUIRE(strnlen(command_line, sizeof(command_line)) < sizeof(command_line));
}

static void read_it(void)
{
	start_info_read(phys_to_virt(INFO_AT));
	regions_check();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool is_mapped;
	struct hvm_start_info *info;

	if (!is_mapped) {
		host_map_4g(LAYOUT_DIRECT_BASE);
		is_mapped = true;
	}
	memset(phys_to_virt(INFO_AT), 0, INFO_MAX);
	memcpy(phys_to_virt(INFO_AT), data, MIN(size, INFO_MAX));
	info = phys_to_virt(INFO_AT);
	if (info->memmap_entries > 512) {
		info->memmap_entries %= 512; /* or reading takes for ever */
	}
	memset(&boot_info, 0, sizeof(boot_info));
	memset(command_line, 0, sizeof(command_line));
	(void)host_try(read_it);
	return 0;
}
