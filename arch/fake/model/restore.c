/*
 * restore.c - what is left of a domain that was saved: its memory, and nothing that Xen or the daemons knew of it.
 *
 * No port is open but the two that the new toolstack bound, in the other order; all are masked. Nothing is granted.
 * The store has the domain's part of it as it was, but knows no watch, no transaction and no half request. The machine is another: its
 * time and its counter are elsewhere.
 */
#include "model.h"

#include <string.h>

void restore(void)
{
	memset(shared_info->evtchn_pending, 0, sizeof(shared_info->evtchn_pending));
	memset(shared_info->evtchn_mask, 0xff, sizeof(shared_info->evtchn_mask));
	evtchn_reset();
	console_restore();
	store_restore();
	grant_restore();
	clock_restore();
}
