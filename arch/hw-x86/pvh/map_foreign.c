/* map_foreign.c - frames that are not RAM of ours: on PVH they have guest frame numbers like any other. */
#include <arch/mmu.h>
#include <drivers/xen/platform.h>
#include <x86/vmap.h>

static void frame_map(vaddr_t va, const void *arg, size_t i, unsigned prot)
{
	const gfn_t *frames = arg;

	mmu_map(&mmu_kernel, va, pfn(frames[i].n), prot);
}

void *xen_map_foreign(const gfn_t *frames, size_t count)
{
	return vmap_entries(frame_map, frames, count, MMU_READ | MMU_WRITE);
}
