/*
 * mirror.c - the kernel's address space as mappings of the host.
 *
 * The direct map and the vmap region of the loaded root are mirrored page by
 * page: a leaf entry becomes an mmap() of the machine frame at the same address
 * with the same rights, so the kernel's own loads and stores meet what its page
 * tables say. The host's mappings are the TLB: a new right shows at once, a lost
 * one only when the TLB is told (or, by option, when the CPU feels like it).
 *
 * Every root shares the kernel's tables, so one struct frame holds one kernel
 * address for each table below the root that the builder made.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <port/layout.h>
#include "host.h"
#include "model.h"
#include "options.h"
#include "sanitize.h"

struct region {
	uint64_t base;
	size_t pages;
	uint64_t *shown;  /* what the host's mapping is: frame, present, writable */
	uint64_t *wanted; /* what the page tables say */
};

static struct region regions[2];
static uint64_t *stale; /* addresses whose shown and wanted differ, maybe again equal by now */
static size_t stale_len, stale_room;

#define MIRRORED (PTE_P | PTE_RW | PTE_FRAME)

static void region_init(struct region *r, uint64_t base, size_t pages)
{
	*r = (struct region){ base, pages, calloc(pages, 8), calloc(pages, 8) };
	if (!r->shown || !r->wanted ||
		mmap((void *)base, pages << PAGE_SHIFT, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE, -1,
			0) == MAP_FAILED) {
		host_die("model: no room for the kernel's addresses");
	}
}

void mirror_init(void)
{
	region_init(&regions[0], LAYOUT_DIRECT_BASE, machine.guest_count);
	region_init(&regions[1], LAYOUT_VMAP_BASE, LAYOUT_VMAP_SIZE >> PAGE_SHIFT);
}

static struct region *region_of(uint64_t va)
{
	for (size_t i = 0; i < ARRAY_SIZE(regions); i++) {
		if (va >= regions[i].base &&
			va - regions[i].base < regions[i].pages << PAGE_SHIFT) {
			return &regions[i];
		}
	}
	return NULL;
}

static void host_map(uint64_t va, uint64_t e)
{
	int prot = e & PTE_RW ? PROT_READ | PROT_WRITE : PROT_READ;
	void *p;

	if (e & PTE_P) {
		p = mmap((void *)va, PAGE_SIZE, prot, MAP_SHARED | MAP_FIXED, machine.memfd,
			frame_offset(pte_mfn(e)));
	} else {
		p = mmap((void *)va, PAGE_SIZE, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
	}
	if (p == MAP_FAILED) {
		host_die("model: mmap at a kernel address");
	}
	/* Whatever stack or object was here before left its marks in the shadow. */
	sanitize_forget((void *)va, PAGE_SIZE);
}

static void show(struct region *r, size_t i)
{
	if (r->shown[i] != r->wanted[i]) {
		r->shown[i] = r->wanted[i];
		host_map(r->base + (i << PAGE_SHIFT), r->shown[i]);
	}
}

/* A TLB never holds what was not there, and drops an entry that faults. */
static bool is_visible_at_once(uint64_t shown, uint64_t wanted)
{
	return !(shown & PTE_P) || (wanted == (shown | PTE_RW));
}

static void stale_note(uint64_t va)
{
	if (stale_len == stale_room) {
		stale_room = stale_room ? 2 * stale_room : 64;
		stale = realloc(stale, stale_room * sizeof(*stale));
		if (!stale) {
			host_die("model: stale list");
		}
	}
	stale[stale_len++] = va;
}

static void page_sync(uint64_t va, uint64_t value)
{
	struct region *r = region_of(va);
	size_t i;

	if (!r) {
		return;
	}
	i = (va - r->base) >> PAGE_SHIFT;
	r->wanted[i] = value & PTE_P ? value & MIRRORED : 0;
	if (is_visible_at_once(r->shown[i], r->wanted[i]) || options.tlb == MODEL_TLB_EAGER ||
		(options.tlb == MODEL_TLB_RANDOM && random_below(2))) {
		show(r, i);
	} else if (r->shown[i] != r->wanted[i]) {
		stale_note(va);
	}
}

static bool overlaps_region(uint64_t va, uint64_t span)
{
	for (size_t i = 0; i < ARRAY_SIZE(regions); i++) {
		if (va < regions[i].base + (regions[i].pages << PAGE_SHIFT) &&
			va + span > regions[i].base) {
			return true;
		}
	}
	return false;
}

/* An entry of `level` that maps from `va` on became `value`. */
static void subtree_sync(uint64_t va, unsigned level, uint64_t value)
{
	struct frame *child;

	if (level == 1) {
		page_sync(va, value);
		return;
	}
	if (!overlaps_region(va, pt_span(level))) {
		return;
	}
	if (!(value & PTE_P)) {
		for (uint64_t off = 0; off < pt_span(level); off += PAGE_SIZE) {
			page_sync(va + off, 0);
		}
		return;
	}
	child = frame_of(pte_mfn(value));
	child->in_kernel_map = true;
	child->kernel_va = va;
	for (unsigned i = 0; i < PT_ENTRIES; i++) {
		uint64_t e = ((uint64_t *)frame_memory(pte_mfn(value)))[i];

		if (e & PTE_P) {
			subtree_sync(va + i * pt_span(level - 1), level - 1, e);
		}
	}
}

void mirror_entry_changed(unsigned long table, unsigned level, unsigned index, uint64_t value)
{
	struct frame *f = frame_of(table);

	if (f->in_kernel_map) {
		subtree_sync(f->kernel_va + index * pt_span(level), level, value);
	}
}

void mirror_root(unsigned long mfn)
{
	const uint64_t *table = frame_memory(mfn);

	frame_of(mfn)->in_kernel_map = true;
	frame_of(mfn)->kernel_va = 0;
	for (unsigned i = 0; i < PT_ENTRIES; i++) {
		if (!is_xen_slot(i)) {
			subtree_sync((uint64_t)i << 39, 4, table[i]);
		}
	}
	mirror_flush();
}

void mirror_flush_va(uint64_t va)
{
	struct region *r = region_of(va);

	if (r) {
		show(r, (va - r->base) >> PAGE_SHIFT);
	}
}

void mirror_flush(void)
{
	while (stale_len) {
		mirror_flush_va(stale[--stale_len]);
	}
}

unsigned mirror_stale_count(void)
{
	unsigned count = 0;

	for (size_t i = 0; i < stale_len; i++) {
		struct region *r = region_of(stale[i]);
		size_t page = (stale[i] - r->base) >> PAGE_SHIFT;

		count += r->shown[page] != r->wanted[page];
	}
	return count;
}

bool mirror_describe(uint64_t va, char *text, size_t size)
{
	struct region *r = region_of(va);
	uint64_t wanted;

	if (!r) {
		return false;
	}
	wanted = r->wanted[(va - r->base) >> PAGE_SHIFT];
	if (!(wanted & PTE_P)) {
		snprintf(text, size, "nothing is mapped at %#lx", (unsigned long)va);
	} else {
		snprintf(text, size, "%#lx maps %s %s", (unsigned long)va,
			frame_name(pte_mfn(wanted)), wanted & PTE_RW ? "writable" : "read-only");
	}
	return true;
}

bool model_fault_describe(uint64_t va, char *text, size_t size)
{
	return mirror_describe(va, text, size);
}
