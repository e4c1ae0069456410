/*
 * paging.c - the kernel's final page tables, built once at boot.
 *
 *   direct map   every region of boot_info and every announced frame: writable,
 *                never executable; 2 MiB pages where alignment allows
 *   image        text executable, read-only data, data; 4 KiB pages
 *   vmap         its level-3 table only, empty: roots made later share it
 *
 * Invariants:
 *   P1  No page is writable and executable.
 *   P2  The direct map's view of the image's text and read-only data is
 *       read-only too, else P1 would hold by address and not by frame.
 *   P3  Everything is global: all address spaces share the kernel's half.
 *   P4  Tables come from a free region below 4 GiB (the early direct map reaches
 *       no further) that is then marked REGION_TABLES.
 *   P5  The page below the boot stack is not mapped.
 */
#include <arch/boot.h>
#include <arch/mmu.h>
#include <kernel/panic.h>
#include <kernel/string.h>
#include <hw/control.h>
#include <hw/paging.h>
#include <hw/start.h>
#include <x86/cpuid.h>
#include <x86/fixup.h>
#include <x86/pte.h>
#include <x86/stack.h>

#define EARLY_LIMIT  (UINT64_C(1) << 32)
#define DEVICES_MAX  16
#define TABLE_FLAGS  (PTE_PRESENT | PTE_WRITE | PTE_ACCESSED)
#define KERNEL_FLAGS (PTE_PRESENT | PTE_GLOBAL | PTE_ACCESSED | PTE_DIRTY)
#define FLAGS_TEXT   KERNEL_FLAGS
#define FLAGS_RODATA (KERNEL_FLAGS | PTE_NX)
#define FLAGS_DATA   (KERNEL_FLAGS | PTE_NX | PTE_WRITE)
#define FLAGS_DEVICE (FLAGS_DATA | PTE_PCD | PTE_PWT)

extern char image_start[], text_end[], rodata_start[], rodata_end[], data_start[], image_end[];

static struct {
	uint64_t start, end, flags; /* physical */
} devices[DEVICES_MAX];
static unsigned device_count;

static uint64_t pool_next, pool_end; /* physical; P4 */

static void device_add(pfn_t p, unsigned long count, uint64_t flags)
{
	assert_that(device_count < DEVICES_MAX, "room for what the environments announce");
	devices[device_count].start = (uint64_t)p.n << PAGE_SHIFT;
	devices[device_count].end = (uint64_t)(p.n + count) << PAGE_SHIFT;
	devices[device_count++].flags = flags;
}

void paging_add_device(pfn_t p, unsigned long count)
{
	device_add(p, count, FLAGS_DEVICE);
}

void paging_add_shared(pfn_t p, unsigned long count)
{
	device_add(p, count, FLAGS_DATA);
}

/* The largest free region that the early direct map reaches. */
static void pool_choose(void)
{
	for (unsigned i = 0; i < boot_info.region_count; i++) {
		const struct boot_region *r = &boot_info.regions[i];
		uint64_t start = (uint64_t)r->start.n << PAGE_SHIFT;
		uint64_t end = MIN(start + ((uint64_t)r->count << PAGE_SHIFT), EARLY_LIMIT);

		if (r->kind == REGION_FREE && end > start && end - start > pool_end - pool_next) {
			pool_next = start;
			pool_end = end;
		}
	}
}

static pte_t *table_take(void)
{
	void *table = phys_to_virt(pool_next);

	if (pool_next == pool_end) {
		boot_refuse("not enough memory for the kernel's page tables");
	}
	pool_next += PAGE_SIZE;
	return memset(table, 0, PAGE_SIZE);
}

/* The slot of `level` that maps `va`, making the tables above it. */
static pte_t *slot_make(pte_t *table, vaddr_t va, unsigned level)
{
	for (unsigned l = PT_LEVELS; l > level; l--) {
		pte_t *slot = &table[pt_index(va, l)];

		if (!pte_is_present(*slot)) {
			slot->v = ((uint64_t)table_take() - LAYOUT_DIRECT_BASE) | TABLE_FLAGS;
		}
		assert_that(!(slot->v & PTE_LARGE), "no small page within a large one");
		table = phys_to_virt(slot->v & PTE_FRAME_MASK);
	}
	return &table[pt_index(va, level)];
}

/* Map [start, end) physical at `va`, in large pages where both sides are aligned. */
static void range_map(pte_t *root, vaddr_t va, uint64_t start, uint64_t end, uint64_t flags)
{
	while (start < end) {
		bool large = !((va | start) & (pt_span(2) - 1)) && end - start >= pt_span(2);
		uint64_t size = large ? pt_span(2) : PAGE_SIZE;

		slot_make(root, va, large ? 2 : 1)->v = start | flags | (large ? PTE_LARGE : 0);
		va += size;
		start += size;
	}
}

static uint64_t image_phys(const char *address)
{
	return (uint64_t)address - LAYOUT_IMAGE_BASE;
}

/* P2: what of [start, end) is text or read-only data becomes read-only. */
static void direct_map(pte_t *root, uint64_t start, uint64_t end)
{
	uint64_t ro_start = MIN(MAX(image_phys(image_start), start), end);
	uint64_t ro_end = MAX(MIN(image_phys(data_start), end), ro_start);

	range_map(root, LAYOUT_DIRECT_BASE + start, start, ro_start, FLAGS_DATA);
	range_map(root, LAYOUT_DIRECT_BASE + ro_start, ro_start, ro_end, FLAGS_RODATA);
	range_map(root, LAYOUT_DIRECT_BASE + ro_end, ro_end, end, FLAGS_DATA);
}

/* Neighbouring regions become one range, so that their border does not cost small pages. */
static void regions_map(pte_t *root)
{
	unsigned i = 0;

	while (i < boot_info.region_count) {
		unsigned long start = boot_info.regions[i].start.n, end = start;

		for (; i < boot_info.region_count && boot_info.regions[i].start.n == end; i++) {
			end += boot_info.regions[i].count;
		}
		direct_map(root, (uint64_t)start << PAGE_SHIFT, (uint64_t)end << PAGE_SHIFT);
	}
}

static void image_part_map(pte_t *root, const char *start, const char *end, uint64_t flags)
{
	for (; start < end; start += PAGE_SIZE) {
		if (start != boot_stack) { /* P5 */
			slot_make(root, (vaddr_t)start, 1)->v = image_phys(start) | flags;
		}
	}
}

static void image_map(pte_t *root)
{
	image_part_map(root, image_start, rodata_start, FLAGS_TEXT);
	image_part_map(root, rodata_start, data_start, FLAGS_RODATA);
	image_part_map(root, data_start, image_end, FLAGS_DATA);
}

/* What the CPU offers against its own kernel's mistakes. */
void paging_protect(void)
{
	uint64_t cr4 = cr4_read() | CR4_PGE;

	smap_enabled = cpu_has(CPUID_SMAP);
	cr4 |= cpu_has(CPUID_MCE) ? CR4_MCE : 0; /* without it a machine check is a silent reset */
	cr4 |= cpu_has(CPUID_SMEP) ? CR4_SMEP : 0;
	cr4 |= cpu_has(CPUID_UMIP) ? CR4_UMIP : 0;
	cr4 |= smap_enabled ? CR4_SMAP : 0;
	cr4_write(cr4);
}

static void kernel_space_init(uint64_t root)
{
	list_init(&mmu_kernel.tables);
	list_init(&mmu_kernel.fresh);
	mmu_kernel.root = pfn(root >> PAGE_SHIFT);
	mmu_kernel.user_root = PFN_NONE;
	mmu_kernel.published = true;
}

void paging_init(void)
{
	uint64_t pool_start;
	pte_t *root;

	pool_choose();
	pool_start = pool_next;
	root = table_take();
	regions_map(root);
	image_map(root);
	for (unsigned i = 0; i < device_count; i++) {
		range_map(root, LAYOUT_DIRECT_BASE + devices[i].start, devices[i].start,
			devices[i].end, devices[i].flags);
	}
	slot_make(root, LAYOUT_VMAP_BASE, PT_LEVELS - 1);
	boot_region_reserve(pool_start, pool_next, REGION_TABLES);
	cr3_write(pool_start);
	paging_protect();
	kernel_space_init(pool_start);
}
