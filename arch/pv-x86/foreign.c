/* foreign.c (pv-x86) - frames as Xen names them, and mapping frames that are not ours. */
#include <arch/mmu.h>
#include <drivers/xen/platform.h>
#include <x86/pt.h>
#include <x86/vmap.h>
#include "port.h"

gfn_t pfn_to_gfn(pfn_t p)
{
	return (gfn_t){ pfn_to_mfn(p).n };
}

static uint64_t foreign_entry(gfn_t frame)
{
	return (uint64_t)frame.n << PAGE_SHIFT | DATA_WRITABLE;
}

static void frame_foreign(vaddr_t va, const void *arg, size_t i, unsigned prot)
{
	const gfn_t *frames = arg;

	mmu_map_raw(va, foreign_entry(frames[i]), __builtin_return_address(0));
}

void *xen_map_foreign(const gfn_t *frames, size_t count)
{
	return vmap_entries(frame_foreign, frames, count, MMU_READ | MMU_WRITE);
}

void foreign_set(vaddr_t va, gfn_t frame)
{
	mmu_map_raw(va, foreign_entry(frame), __builtin_return_address(0));
	mmu_commit(&mmu_kernel);
}
