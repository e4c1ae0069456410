/*
 * edit.c - transactions on a space's page tables.
 *
 * Within one, preemption is off (M2). References of frames that are unmapped are
 * gathered and dropped when the commit is over (M5). Walks of any length
 * breathe: they commit now and then, for the sake of others and of the gather.
 */
#include "space.h"

void edit_begin(struct vm_space *space)
{
	assert_that(!space->edits && !space->gathered, "one transaction at a time");
	space->resident_peak =
		MAX(space->resident_peak, space->resident); /* it may be less afterwards */
	preempt_disable();
}

void edit_finish(struct vm_space *space)
{
	preempt_enable();
	while (space->gathered) {
		vm_page_put(space->gather[--space->gathered]);
	}
	space->edits = 0;
}

void edit_breathe(struct vm_space *space)
{
	if (space->edits >= VM_GATHER) {
		edit_end(space);
		edit_begin(space);
	}
}
