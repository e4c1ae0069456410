/*
 * pv.c - what the tour finds in a PV domain, of either width.
 *
 * Xen's own selectors are no part of its interface: they have been these since 64-bit Xen began, and the
 * trap's error code says whether they still are code and data of ring 0.
 */
#include "../tour.h"

#include <arch/cpu.h>
#include <arch/mmu.h>
#include <drivers/xen/hypercall.h>
#include <x86/pt.h>
#include <xen/version.h>
#include <xen/xen.h>
#include "../attempt.h"

const unsigned tour_ring0_code = 0xe008, tour_ring0_data = 0xe010;

static uint64_t calls_now(void)
{
	static struct hypercall_count sum; /* too large for a stack frame */
	uint64_t calls = 0;

	hypercall_count_sum(&sum);
	for (unsigned i = 0; i < HYPERCALL_NR_MAX; i++) {
		calls += sum.calls[i];
	}
	return calls;
}

/* ---- costs ------------------------------------------------------------------ */

static void control_read(void)
{
	unsigned long value = 0;

	(void)ATTEMPT("mov %%cr0, %[value]", [value] "+r"(value));
}

static void hypercall_null(void)
{
	xen_xen_version(XENVER_version, NULL);
}

void tour_frequent_here(void)
{
	uint64_t calls = calls_now();

	for (unsigned i = 0; i < 1000; i++) {
		irq_restore(irq_save());
	}
	tour_show("the same 1000 times", "done", "%lu hypercalls",
		(unsigned long)(calls_now() - calls));
	tour_cost("mov from %cr0", control_read);
	tour_cost("null hypercall", hypercall_null);
	tour_say(
		"MOV from CR0 traps into Xen, which decodes and emulates it; a hypercall is the same trip by a");
	tour_say(
		"door made for it; a flag in shared memory is no trip at all. So the flag is what the port uses");
	tour_say(
		"for what is frequent, hypercalls in batches for the rest, and emulation for nothing.");
}

/* ---- page tables -------------------------------------------------------------- */

/* The word at an entry's address: of 32 bits it is the entry's lower half. */
static void store_try(const char *name, pte_t *slot)
{
	irq_state_t irq = irq_save();
	unsigned long value = (unsigned long)slot->v;
	bool went = ATTEMPT("mov %[value], (%[slot])", [value] "+r"(value), [slot] "+r"(slot));

	tour_attempt(went, name, "done", "entry %#lx", value);
	irq_restore(irq);
}

static pte_t *leaf;

static void leaf_store(void)
{
	unsigned long value = (unsigned long)leaf->v;

	(void)ATTEMPT("mov %[value], (%[leaf])", [value] "+r"(value), [leaf] "+r"(leaf));
}

static void leaf_update(void)
{
	struct mmu_update update = { machine_of(leaf) | MMU_NORMAL_PT_UPDATE, leaf->v };

	(void)!xen_mmu_update(&update, 1, NULL, DOMID_SELF);
}

void tour_tables_here(void)
{
	vaddr_t root = (vaddr_t)pt_table(mmu_kernel.root);
	long err;

	leaf = pv_direct_slot(pfn(0));
	store_try("store to the root", pt_table(mmu_kernel.root));
	store_try("store to a leaf", leaf);
	err = xen_update_va_mapping(
		root, pte_make(mmu_kernel.root, PTE_PRESENT | PTE_WRITE | PTE_NX).v, UVMF_NONE);
	tour_show("map it writable", err ? "refused" : "done", "update_va_mapping: %ld", err);
	tour_cost("mmu_update, one", leaf_update);
	tour_say(
		"If asked to assist, Xen decodes a store to a leaf table that faulted, checks and makes it:");
	err = xen_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables);
	if (err) {
		tour_show("assist", "refused", "vm_assist: %ld", err);
	} else {
		store_try("store, assisted", leaf);
		tour_cost("store, assisted", leaf_store);
		store_try("to the root, assisted", pt_table(mmu_kernel.root));
		(void)!xen_vm_assist(VMASST_CMD_disable, VMASST_TYPE_writable_pagetables);
	}
	tour_say(
		"A table in use is read-only, and Xen checks each entry: the port tells it by hypercall, one or");
	tour_say(
		"many in a trip (docs/batch.md), and asks for no assistance. New tables are filled by plain");
	tour_say("stores while nobody uses them (arch/x86/mmu.c).");
}
