/*
 * tls.c (pv64) - segments of programs: their selectors, and bases by hypercall.
 *
 * A program can change its own FS and GS bases behind our back by loading the
 * selectors, so what is loaded is never assumed: every switch to a program
 * says it again, in the batch that the switch makes anyway.
 */
#include "../port.h"

#include <drivers/xen/batch.h>
#include <x86/user.h>
#include <xen/xen.h>

const unsigned port_user_cs = FLAT_USER_CS, port_user_cs32 = FLAT_USER_CS32,
	       port_user_ss = FLAT_USER_SS;

static void base_queue(const void *site, int which, vaddr_t base)
{
	batch_call(site, __HYPERVISOR_set_segment_base, (unsigned long)which, base, 0, 0, 0);
}

void port_tls_queue(const struct port_user *user, const void *site)
{
	base_queue(site, SEGBASE_FS, user->tls.fs_base);
	base_queue(site, SEGBASE_GS_USER, user->tls.gs_base);
}
