/* user.c (pv-x86) - programs on Xen: no SMAP, vector state that is switched eagerly. */
#include "port.h"

#include <drivers/xen/batch.h>
#include <drivers/xen/hypercall.h>
#include <x86/user.h>

#define DR6_STEP (1u << 14)

void port_tls_load(const struct port_user *user)
{
	port_tls_queue(user, __builtin_return_address(0));
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
