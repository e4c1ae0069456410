/*
 * suspend.c (pv64) - having a PV domain saved whose memory holds frame numbers of the machine (public arch-x86/xen.h,
 * struct arch_shared_info).
 *
 * It goes on with other frames. The toolstack translates those numbers that it can find: in page tables that are
 * registered, in the frame list, in the registers of vCPUs, among them where the hypercall names start_info, and in
 * that. It finds the list by a list of its frames. Registers also hold what each vCPU registered: traps, callbacks,
 * its kernel stack. The rest is ours:
 *
 * Invariants, while the domain is saved:
 *   P1  No entry maps what is not ours: the shared info page and the grant table are away.
 *   P2  Tables that are not registered, and links yet to be made (mmu.c, T1), hold our own numbers for frames.
 *   P3  start_info names the rings by our own numbers.
 *   P4  No thread has such a number in its registers or on its stack (wants_rest), no batch has entries.
 *   P5  of ../suspend.c.
 */
#include "../port.h"
#include "frame_list.h"

#include <arch/boot.h>
#include <arch/mmu.h>
#include <drivers/xen/hypercall.h>
#include <kernel/panic.h>
#include <x86/pt.h>
#include <xen/xen.h>

/* ---- P2: tables that Xen does not know --------------------------------------- */

static pte_t entry_to_ours(pte_t e)
{
	pfn_t p;

	if (!pte_is_present(e)) {
		return e;
	}
	p = pte_pfn(e);
	/* Xen's own entries, in a root that was registered once: it makes them anew. */
	return pfn_is_none(p) ? (pte_t){ 0 }
			      : (pte_t){ p.n << PAGE_SHIFT | (e.v & ~PTE_FRAME_MASK) };
}

static pte_t entry_to_machine(pte_t e)
{
	return pte_is_present(e)
		? pte_make(pfn((e.v & PTE_FRAME_MASK) >> PAGE_SHIFT), e.v & ~PTE_FRAME_MASK)
		: e;
}

/* The link to this table, if it is one that waits; without flags it holds our own number. */
static void link_turn(struct page *table, bool to_ours)
{
	struct mmu_aspace *as = table->owner;
	uint64_t ours = page_pfn(table).n << PAGE_SHIFT;
	uint64_t machine = pte_make(page_pfn(table), PTE_LINK).v;

	for (unsigned i = 0; i < as->link_count; i++) {
		if (as->links[i].value == (to_ours ? machine : ours)) {
			as->links[i].value = to_ours ? ours : machine;
			return;
		}
	}
}

static void private_tables_turn(bool to_ours)
{
	for (pfn_t p = pfn(0); p.n < boot_info.limit.n; p = pfn_add(p, 1)) {
		struct page *table = page_of(p);
		pte_t *entries = pt_table(p);

		if (table->kind != PAGE_TABLE || pt_state(table) != PT_PRIVATE) {
			continue;
		}
		for (unsigned i = 0; i < PT_ENTRIES; i++) {
			pte_write(&entries[i],
				to_ours ? entry_to_ours(entries[i]) : entry_to_machine(entries[i]));
		}
		link_turn(table, to_ours);
	}
}

/* ---- P1, P3 ---------------------------------------------------------------- */

static unsigned long ring_frame(const void *ring)
{
	return ring ? virt_to_pfn(ring).n : 0;
}

static unsigned long ring_machine(const void *ring)
{
	return ring ? pfn_to_mfn(virt_to_pfn(ring)).n : 0;
}

static void must_map(uint64_t entry)
{
	long err =
		xen_update_va_mapping((vaddr_t)xen_platform.shared, entry, UVMF_INVLPG | UVMF_ALL);

	if (err) {
		panic("suspend: Xen refuses a mapping of the shared info page: %ld", err);
	}
}

/* Memory becomes what the toolstack can save. */
static void numbers_hide(void)
{
	suspend_events_mask();
	start_info_page.store_mfn = ring_frame(xen_platform.store_ring);
	start_info_page.console.domU.mfn = ring_frame(xen_platform.console_ring);
	private_tables_turn(true);
	grant_frames_hide();
	must_map(0);
}

/* And again what it was; after a restore the toolstack has filled in start_info, and grants wait for grant_resume(). */
static void numbers_show(bool is_restored)
{
	private_tables_turn(false);
	must_map(start_info_page.shared_info | DATA_WRITABLE);
	if (!is_restored) {
		start_info_page.store_mfn = ring_machine(xen_platform.store_ring);
		start_info_page.console.domU.mfn = ring_machine(xen_platform.console_ring);
		grant_frames_show();
	}
}

/* ---- the calls ----------------------------------------------------------------------- */

static int save(void)
{
	int answer;

	numbers_hide();
	answer = suspend_ask();
	numbers_show(answer == 0);
	return answer;
}

static int machine_resume(void)
{
	frame_list_tell();
	return suspend_machine_resume();
}

void port_suspend_init(void)
{
	static const struct xen_suspend suspend = { .init = frame_list_init,
		.wants_rest = true,
		.save = save,
		.machine_resume = machine_resume,
		.cpu_resume = suspend_cpu_resume };

	xen_platform.suspend = &suspend;
}
