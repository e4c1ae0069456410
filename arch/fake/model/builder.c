/*
 * builder.c - the domain as it starts: memory, first page tables, shared pages.
 *
 * On a real machine the kernel's own entry code turns the toolstack's tables
 * into the direct map; here the builder makes that final state, and Xen's
 * validation accepts it like any other. In pfn order, after a few platform pages:
 * root, direct map leaves, their level 2, level 3, vmap's level 3, vmap's level 2.
 */
#include <stdlib.h>
#include <string.h>
#include <port/layout.h>

#include "host.h"
#include "options.h"
#include "model.h"

#define STORE_PFN   2u
#define CONSOLE_PFN 3u
#define LIST_PFN    4u

struct model_start model_start;
static unsigned long *list; /* the model's own view */

static struct plan {
	unsigned long root, leaves, leaf_count, level2, level3, vmap3, vmap2, end;
} plan;

static void memory_give(void)
{
	unsigned long list_pages;

	list = calloc(machine.guest_count, sizeof(*list));
	if (!list) {
		host_die("model: frame list");
	}
	for (unsigned long p = 0; p < machine.guest_count; p++) {
		list[p] = frame_alloc(OWNER_GUEST);
		machine.m2p[list[p]] = p;
	}
	list_pages = (machine.guest_count * sizeof(*list) + PAGE_SIZE - 1) / PAGE_SIZE;
	for (unsigned long i = 0; i < machine.guest_count; i++) {
		unsigned long *page = frame_memory(list[LIST_PFN + i / 512]);

		page[i % 512] = list[i];
	}
	plan.root = LIST_PFN + list_pages;
}

static void plan_make(void)
{
	plan.leaves = plan.root + 1;
	plan.leaf_count = (machine.guest_count + PT_ENTRIES - 1) / PT_ENTRIES;
	plan.level2 = plan.leaves + plan.leaf_count;
	plan.level3 = plan.level2 + 1;
	plan.vmap3 = plan.level3 + 1;
	plan.vmap2 = plan.vmap3 + 1;
	plan.end = plan.vmap2 + 1;
	if (plan.leaf_count > PT_ENTRIES || plan.end >= machine.guest_count) {
		host_die("model: a domain of that size is not built here");
	}
}

static void entry_write(unsigned long table_pfn, unsigned index, unsigned long pfn, uint64_t flags)
{
	((uint64_t *)frame_memory(list[table_pfn]))[index] =
		(uint64_t)list[pfn] << PAGE_SHIFT | flags;
}

static void tables_fill(void)
{
	const uint64_t link = PTE_P | PTE_RW | PTE_U | PTE_A;

	for (unsigned long p = 0; p < machine.guest_count; p++) {
		bool is_table = p >= plan.root && p < plan.end;

		entry_write(plan.leaves + p / PT_ENTRIES, p % PT_ENTRIES, p,
			PTE_P | PTE_A | PTE_D | PTE_NX | (is_table ? 0 : PTE_RW));
	}
	for (unsigned i = 0; i < plan.leaf_count; i++) {
		entry_write(plan.level2, i, plan.leaves + i, link);
	}
	entry_write(plan.level3, pt_index(LAYOUT_DIRECT_BASE, 3), plan.level2, link);
	entry_write(plan.vmap3, pt_index(LAYOUT_VMAP_BASE, 3), plan.vmap2, link);
	entry_write(plan.root, pt_index(LAYOUT_DIRECT_BASE, 4), plan.level3, link);
	entry_write(plan.root, pt_index(LAYOUT_VMAP_BASE, 4), plan.vmap3, link);
}

/* Pinned by the builder, and loaded. */
static void root_load(void)
{
	unsigned long root = list[plan.root];

	if (type_get(root, TYPE_L4) || type_get(root, TYPE_L4)) {
		host_die(model_refusal());
	}
	frame_of(root)->pinned = true;
	machine.kernel_root = root;
	mirror_init();
	mirror_root(root);
}

void builder_run(const struct model_options *o)
{
	memory_give();
	plan_make();
	tables_fill();
	root_load();
	model_start = (struct model_start){
		.mfn_list = (unsigned long *)(LAYOUT_DIRECT_BASE + LIST_PFN * PAGE_SIZE),
		.frames = machine.guest_count,
		.root_pfn = plan.root,
		.tables_pfn = plan.root,
		.tables_count = plan.end - plan.root,
		.direct_tables_pfn = plan.leaves,
		.m2p_count = MFN_BASE + machine.count,
		.store_pfn = STORE_PFN,
		.console_pfn = CONSOLE_PFN,
		.cpus = o->cpus ? o->cpus : 1,
	};
	shared_info = frame_memory(frame_alloc(OWNER_XEN));
	memset(shared_info->evtchn_mask, 0xff, sizeof(shared_info->evtchn_mask));
	model_start.shared_info = shared_info;
}

void model_init(const struct model_options *o)
{
	options = *o;
	frames_init(o);
	builder_run(o);
	evtchn_reset();
	clock_reset(o);
	grant_reset();
	store_reset(o);
	console_reset();
}

unsigned long model_pfn_to_mfn(unsigned long pfn)
{
	return pfn < machine.guest_count ? list[pfn] : 0;
}

unsigned long model_user_root(void)
{
	return machine.user_root;
}

unsigned long model_kernel_root(void)
{
	return machine.kernel_root;
}

bool model_frame_get(unsigned long mfn, struct model_frame *frame)
{
	const struct frame *f = frame_of(mfn);

	if (!f) {
		return false;
	}
	*frame = (struct model_frame){ f->owner, f->type, f->type_count, f->total_count, f->pinned,
		f->validated };
	return true;
}

void model_totals_get(struct model_totals *totals)
{
	*totals = (struct model_totals){ 0 };
	for (size_t i = 0; i < machine.count; i++) {
		const struct frame *f = &machine.frames[i];

		totals->type_counts += f->type_count;
		totals->total_counts += f->total_count;
		totals->pinned += f->pinned;
		totals->tables += f->type_count && f->type >= TYPE_L1 && f->type <= TYPE_L4;
	}
}
