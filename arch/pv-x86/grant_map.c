/*
 * grant_map.c (pv-x86) - pages of the grant table: frames of Xen's, mapped like any foreign frame.
 *
 * Xen lists the frames from the first on, however many we have mapped already.
 */
#include <drivers/xen/grant.h>
#include <drivers/xen/hypercall.h>
#include <drivers/xen/platform.h>
#include <kernel/errno.h>
#include <kernel/panic.h>
#include <xen/grant_table.h>

int port_grant_frame_map(unsigned index, void **va)
{
	static xen_pfn_t frames[GRANT_FRAMES_MAX];
	struct gnttab_setup_table setup = { .dom = DOMID_SELF, .nr_frames = index + 1 };
	gfn_t frame;
	long err;

	assert_that(index < GRANT_FRAMES_MAX, "the table's limit");
	set_xen_guest_handle(setup.frame_list, frames);
	err = xen_grant_table_op(GNTTABOP_setup_table, &setup, 1);
	if (err) {
		return (int)err;
	}
	if (setup.status != GNTST_okay) {
		return grant_status_errno(setup.status);
	}
	frame = (gfn_t){ frames[index] };
	*va = xen_map_foreign(&frame, 1);
	return *va ? 0 : -ENOMEM;
}
