/*
 * tlb.c (pvh64) - other CPUs' TLBs: Xen drops them, all of the domain's, in one hypercall.
 *
 * An interrupt to each CPU would drop less. But it would have to wait for every virtual CPU
 * to be run, milliseconds where there are more of them than processors; Xen
 * interrupts those that run, which is what our interrupt would have cost, and
 * the others start with nothing when they run next.
 */
#include <drivers/xen/hypercall.h>
#include <kernel/panic.h>
#include <hw/start.h>
#include <xen/hvm/hvm_op.h>

void env_tlb_flush(const struct mmu_aspace *as, uint64_t set)
{
	long err = xen_hvm_op(HVMOP_flush_tlbs, NULL);

	if (err) {
		panic("mmu: Xen does not flush TLBs: %ld", err);
	}
}
