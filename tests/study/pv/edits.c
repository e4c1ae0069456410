/*
 * edits.c (pv) - one entry of a page table that Xen knows is replaced by another, every way there is.
 *
 *   edit-trapped              a store: the table is read-only, so it faults, and Xen carries it out
 *   edit-uvm, edit-uvm-flush  update_va_mapping, without and with the invalidation
 *   edit-mmu-update/n         mmu_update with a list of n
 *   edit-multicall-uvm/n      a multicall of n update_va_mapping
 *   edit-build-pin/n          a new table: n plain stores, then it is made read-only and pinned
 *
 * Xen looks at each entry, old and new, whatever the way.
 */
#include <drivers/xen/hypercall.h>
#include <kernel/string.h>
#include <xen/xen.h>

#include "../space.h"
#include "../study.h"

#define EDITS  4096u
#define TABLES 8u

static struct multicall_entry calls[STUDY_LARGEST];
static struct mmu_update updates[STUDY_LARGEST];
static unsigned turn;
static long failures;

/* Edit number i is due: with the first, and whenever the table is through, a new turn begins. */
static void turn_begin(unsigned i)
{
	turn += i % PT_ENTRIES == 0;
}

static bool open(unsigned n)
{
	failures = 0;
	return study_space_open();
}

/* What is mapped is not freed. */
static void close(unsigned n)
{
	for (unsigned i = 0; i < PT_ENTRIES; i++) {
		xen_update_va_mapping(study_page(i), 0, UVMF_NONE);
	}
	study_space_close();
}

/* All that were edited last show the frame of that turn. */
static bool check(unsigned n, unsigned count)
{
	unsigned edited = MIN(n * count, PT_ENTRIES);

	for (unsigned i = 0; i < edited; i++) {
		if (pte_pfn(study_space.leaf[i]).n != pte_pfn(study_entry(turn)).n) {
			return false;
		}
	}
	return !failures;
}

/* ---- one at a time ------------------------------------------------------------ */

static bool trapped_open(unsigned n)
{
	return !xen_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables) && open(n);
}

static void trapped_close(unsigned n)
{
	close(n);
	failures |= xen_vm_assist(VMASST_CMD_disable, VMASST_TYPE_writable_pagetables);
}

static void trapped_run(unsigned n, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		turn_begin(i);
		WRITE_ONCE(study_space.leaf[i % PT_ENTRIES].v, study_entry(turn).v);
	}
}

static void uvm_run(unsigned n, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		turn_begin(i);
		failures |= xen_update_va_mapping(
			study_page(i % PT_ENTRIES), study_entry(turn).v, UVMF_NONE);
	}
}

static void uvm_flush_run(unsigned n, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		turn_begin(i);
		failures |= xen_update_va_mapping(
			study_page(i % PT_ENTRIES), study_entry(turn).v, UVMF_INVLPG | UVMF_LOCAL);
	}
}

/* ---- many at once ------------------------------------------------------------- */

static void mmu_update_run(unsigned n, unsigned count)
{
	uint64_t table = machine_of(study_space.leaf);

	while (count--) {
		for (unsigned i = 0; i < n; i++) {
			turn_begin(i);
			updates[i] = (struct mmu_update){
				.ptr = (table + i % PT_ENTRIES * sizeof(pte_t)) |
					MMU_NORMAL_PT_UPDATE,
				.val = study_entry(turn).v,
			};
		}
		failures |= xen_mmu_update(updates, n, NULL, DOMID_SELF);
	}
}

/* An entry of a page table is one argument, or two where those have 32 bits. */
static struct multicall_entry uvm_entry(vaddr_t va, pte_t entry, unsigned long flags)
{
	struct multicall_entry call = { .op = __HYPERVISOR_update_va_mapping,
		.args = { va, (unsigned long)entry.v, flags } };

	if (sizeof(call.args[0]) < sizeof(entry.v)) {
		call.args[2] = (unsigned long)(entry.v >> 32);
		call.args[3] = flags;
	}
	return call;
}

static void multicall_uvm_run(unsigned n, unsigned count)
{
	while (count--) {
		for (unsigned i = 0; i < n; i++) {
			turn_begin(i);
			calls[i] =
				uvm_entry(study_page(i % PT_ENTRIES), study_entry(turn), UVMF_NONE);
		}
		failures |= xen_multicall(calls, n);
		hypercall_counts[cpu_id()].entries[__HYPERVISOR_update_va_mapping] += n;
	}
}

/* The way is the same for all of a list: one result that is not 0 would do. */
static bool multicall_uvm_check(unsigned n, unsigned count)
{
	for (unsigned i = 0; i < n; i++) {
		failures |= (long)calls[i].result;
	}
	return check(n, 1);
}

static bool mmu_update_check(unsigned n, unsigned count)
{
	return check(n, 1);
}

/* ---- a table of one's own ----------------------------------------------------- */

#define TABLE_READ_ONLY (PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY | PTE_NX)

static pte_t *tables[TABLES];

/* Two entries: how the direct map shows the table, and what Xen is to do with it. */
static long table_change(unsigned table, uint64_t rights, unsigned cmd, bool is_rights_first)
{
	pfn_t frame = virt_to_pfn(tables[table]);
	struct mmuext_op op = { .cmd = cmd, .arg1.mfn = pfn_to_mfn(frame).n };
	struct multicall_entry two[2];

	two[!is_rights_first] =
		uvm_entry((vaddr_t)tables[table], pte_make(frame, rights), UVMF_INVLPG);
	two[is_rights_first] = (struct multicall_entry){
		.op = __HYPERVISOR_mmuext_op,
		.args = { HC_ARG(&op), 1, 0, DOMID_SELF },
	};
	hypercall_counts[cpu_id()].entries[__HYPERVISOR_update_va_mapping]++;
	hypercall_counts[cpu_id()].entries[__HYPERVISOR_mmuext_op]++;
	return xen_multicall(two, 2) | (long)two[0].result | (long)two[1].result;
}

static void build_close(unsigned n)
{
	for (unsigned i = 0; i < TABLES; i++) {
		if (tables[i]) {
			page_free(page_of(virt_to_pfn(tables[i])), 0);
		}
	}
	close(n);
}

static bool build_open(unsigned n)
{
	bool is_there = open(n);

	for (unsigned i = 0; i < TABLES && is_there; i++) {
		tables[i] = page_alloc_zeroed();
		is_there = tables[i];
	}
	return is_there;
}

static void build_run(unsigned n, unsigned count)
{
	turn++;
	for (unsigned table = 0; table < count; table++) {
		for (unsigned i = 0; i < n; i++) {
			tables[table][i] = study_entry(turn);
		}
		failures |= table_change(table, TABLE_READ_ONLY, MMUEXT_PIN_L1_TABLE, true);
	}
}

/* A pinned table is one that Xen unpins. */
static bool build_check(unsigned n, unsigned count)
{
	for (unsigned table = 0; table < count; table++) {
		failures |=
			table_change(table, TABLE_READ_ONLY | PTE_WRITE, MMUEXT_UNPIN_TABLE, false);
	}
	return !failures;
}

/* clang-format off */
STUDY(trapped, .name = "edit-trapped", .work = EDITS,
	.setup = trapped_open, .run = trapped_run, .check = check, .teardown = trapped_close);
STUDY(uvm, .name = "edit-uvm", .work = EDITS,
	.setup = open, .run = uvm_run, .check = check, .teardown = close);
STUDY(uvm_flush, .name = "edit-uvm-flush", .work = EDITS,
	.setup = open, .run = uvm_flush_run, .check = check, .teardown = close);
STUDY(mmu_update, .name = "edit-mmu-update", .largest = STUDY_LARGEST, .work = EDITS,
	.setup = open, .run = mmu_update_run, .check = mmu_update_check, .teardown = close);
STUDY(multicall_uvm, .name = "edit-multicall-uvm", .largest = STUDY_LARGEST, .work = EDITS,
	.setup = open, .run = multicall_uvm_run, .check = multicall_uvm_check, .teardown = close);
STUDY(build_pin, .name = "edit-build-pin", .largest = PT_ENTRIES, .work = EDITS, .most = TABLES,
	.setup = build_open, .run = build_run, .check = build_check, .teardown = build_close);
/* clang-format on */
