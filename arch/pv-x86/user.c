/*
 * user.c (pv-x86) - programs on Xen: segment bases by hypercall, no SMAP.
 *
 * A program can change its own FS and GS bases behind our back by loading the
 * selectors, so what is loaded is never assumed: every switch to a program
 * says it again, in the batch that the switch makes anyway.
 */
#include "port.h"

#include <drivers/xen/batch.h>
#include <drivers/xen/hypercall.h>
#include <x86/user.h>
#include <xen/xen.h>

#define DR6_STEP (1u << 14)

const unsigned port_user_cs = FLAT_USER_CS, port_user_cs32 = FLAT_USER_CS32,
	       port_user_ss = FLAT_USER_SS;

static void base_queue(const void *site, int which, vaddr_t base)
{
	batch_call(site, __HYPERVISOR_set_segment_base, (unsigned long)which, base, 0, 0, 0);
}

void port_bases_queue(const struct port_user *user, const void *site)
{
	base_queue(site, SEGBASE_FS, user->fs_base);
	base_queue(site, SEGBASE_GS_USER, user->gs_base);
}

void port_bases_load(const struct port_user *user)
{
	port_bases_queue(user, __builtin_return_address(0));
	batch_flush(BATCH_DEPENDS);
}

bool port_debug_was_step(void)
{
	unsigned long status = (unsigned long)xen_get_debugreg(6);

	xen_set_debugreg(6, 0);
	return status & DR6_STEP;
}

void port_access_begin(void)
{
}

void port_access_end(void)
{
}

/* The builder left the lazy-FPU bit as it was; we switch eagerly and want no traps. */
void port_init_programs(void)
{
	xen_fpu_taskswitch(0);
	fpu_init();
}
