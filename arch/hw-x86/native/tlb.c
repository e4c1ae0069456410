/* tlb.c (native64) - other CPUs' TLBs: each drops its own entries when it is interrupted for it. */
#include <kernel/smp.h>
#include <hw/start.h>
#include <x86/pt.h>

static void flush(void *arg)
{
	pt_flush_here(arg);
}

void env_tlb_flush(const struct mmu_aspace *as, uint64_t set)
{
	smp_call(set, flush, (void *)(uintptr_t)as);
}
