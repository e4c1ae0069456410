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

int port_grant_frame_resume(unsigned index, void *va)
{
	struct xen_add_to_physmap place = {
		.domid = DOMID_SELF,
		.space = XENMAPSPACE_grant_table,
		.idx = index,
		.gpfn = virt_to_pfn(va).n,
	};

	return (int)xen_memory_op(XENMEM_add_to_physmap, &place);
}

int port_grant_frame_map(unsigned index, void **va)
{
	struct page *page = page_alloc(0);
	int err;

	if (!page) {
		return -ENOMEM;
	}
	*va = page_address(page);
	err = port_grant_frame_resume(index, *va);
	if (err) {
		page_free(page, 0);
	}
	return err;
}
