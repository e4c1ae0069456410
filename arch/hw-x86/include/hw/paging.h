/* hw/paging.h - the kernel's final page tables. */
#ifndef HW_PAGING_H
#define HW_PAGING_H

#include <kernel/types.h>
#include <port/layout.h>

/*
 * Before paging_init(): have `count` frames from `p` on, outside RAM, in the
 * direct map too. Device registers uncached, a hypervisor's page cached.
 */
void paging_add_device(pfn_t p, unsigned long count);
void paging_add_shared(pfn_t p, unsigned long count);

/*
 * Build and load: the direct map of every region of boot_info and of the frames
 * added above, and the kernel image, write or execute but never both. Takes its
 * tables from a free region and marks them there. The low identity map is gone
 * afterwards.
 */
void paging_init(void);

/* Turn this CPU's protections on; paging_init() does it for the boot CPU. */
void paging_protect(void);

/* The direct-map address of a physical one. Before paging_init() good for the lowest 4 GiB. */
static inline void *phys_to_virt(uint64_t physical)
{
	return (void *)(LAYOUT_DIRECT_BASE + physical);
}

#endif
