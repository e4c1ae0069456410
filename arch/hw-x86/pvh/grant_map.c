/*
 * grant_map.c (pvh) - pages of the grant table: Xen puts each where a frame of our memory was.
 *
 * The frame's memory goes back to Xen in exchange; its number and its place in
 * the direct map stay, so nothing else needs to be mapped.
 */
#include <drivers/xen/grant.h>
#include <drivers/xen/hypercall.h>
#include <kernel/errno.h>
#include <kernel/page.h>
#include <xen/memory.h>

int port_grant_frame_map(unsigned index, void **va)
{
	struct page *page = page_alloc(0);
	struct xen_add_to_physmap place = {
		.domid = DOMID_SELF,
		.space = XENMAPSPACE_grant_table,
		.idx = index,
	};
	long err;

	if (!page) {
		return -ENOMEM;
	}
	place.gpfn = page_pfn(page).n;
	err = xen_memory_op(XENMEM_add_to_physmap, &place);
	if (err) {
		page_free(page, 0);
		return (int)err;
	}
	*va = pfn_to_virt(page_pfn(page));
	return 0;
}
