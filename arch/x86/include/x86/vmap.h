/* x86/vmap.h - vmap() for frames that are not ours: how each page is mapped is the caller's. */
#ifndef X86_VMAP_H
#define X86_VMAP_H

#include <kernel/types.h>

/* Map page `i` of an area at `va` in mmu_kernel (an edit of the open transaction). */
typedef void vmap_frame_fn(vaddr_t va, const void *arg, size_t i, unsigned prot);

/* As vmap(), with `frame` doing each page's edit. */
void *vmap_entries(vmap_frame_fn *frame, const void *arg, size_t pages, unsigned prot) __must_check;

/* One leaf of mmu_kernel with an entry of the caller's making, within an open transaction. */
void mmu_map_raw(vaddr_t va, uint64_t entry, const void *site);

#endif
