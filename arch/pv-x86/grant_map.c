/*
 * grant_map.c (pv-x86) - pages of the grant table: frames of Xen's, mapped like any foreign frame.
 *
 * Xen lists the frames from the first on, however many we have mapped already.
 */
#include <arch/mmu.h>
#include <drivers/xen/grant.h>
#include <drivers/xen/hypercall.h>
#include <drivers/xen/platform.h>
#include <kernel/errno.h>
#include <kernel/panic.h>
#include <xen/grant_table.h>
#include "port.h"

static vaddr_t mapped[GRANT_FRAMES_MAX]; /* from the first on; 0 behind the last */

static int frame_ask(unsigned index, gfn_t *frame)
{
	static xen_pfn_t frames[GRANT_FRAMES_MAX];
	struct gnttab_setup_table setup = { .dom = DOMID_SELF, .nr_frames = index + 1 };
	long err;

	assert_that(index < GRANT_FRAMES_MAX, "the table's limit");
	set_xen_guest_handle(setup.frame_list, frames);
	err = xen_grant_table_op(GNTTABOP_setup_table, &setup, 1);
	if (err) {
		return (int)err;
	}
	*frame = (gfn_t){ frames[index] };
	return grant_status_errno(setup.status);
}

int port_grant_frame_map(unsigned index, void **va)
{
	gfn_t frame;
	int err = frame_ask(index, &frame);

	if (err) {
		return err;
	}
	*va = xen_map_foreign(&frame, 1);
	mapped[index] = (vaddr_t)*va;
	return *va ? 0 : -ENOMEM;
}

int port_grant_frame_resume(unsigned index, void *va)
{
	gfn_t frame;
	int err = frame_ask(index, &frame);

	if (!err) {
		foreign_set((vaddr_t)va, frame);
	}
	return err;
}

void grant_frames_hide(void)
{
	for (unsigned i = 0; i < GRANT_FRAMES_MAX && mapped[i]; i++) {
		mmu_unmap(&mmu_kernel, mapped[i]);
	}
	mmu_commit(&mmu_kernel);
}

void grant_frames_show(void)
{
	for (unsigned i = 0; i < GRANT_FRAMES_MAX && mapped[i]; i++) {
		int err = port_grant_frame_resume(i, (void *)mapped[i]);

		if (err) {
			panic("suspend: Xen no longer names page %u of the grant table: %s", i,
				errno_name(err));
		}
	}
}
