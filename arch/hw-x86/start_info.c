/*
 * start_info.c - from the loader's struct hvm_start_info to boot_info (Xen public
 * arch-x86/hvm/start_info.h; QEMU fills the same structure).
 *
 * Everything is copied: afterwards the structure, the memory map and the command
 * line are ordinary free memory. Only a module keeps its frames.
 * The lowest MiB is never free: firmware, and start-up code of further CPUs.
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
			boot_region_add_ram(map[i].addr, map[i].addr + map[i].size);
		}
	}
	for (unsigned i = 0; i < info->memmap_entries; i++) {
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
	boot_region_reserve(0, LOW_MEMORY_END, REGION_PLATFORM);
	boot_region_reserve((uint64_t)image_start - LAYOUT_IMAGE_BASE,
		(uint64_t)image_end - LAYOUT_IMAGE_BASE, REGION_KERNEL);
	command_line_read(info);
	module_read(info);
	boot_info.limit = boot_region_limit();
}
