/*
 * tls.c (pv64) - segments of programs: their selectors, and bases by hypercall.
 *
 * A program can change its own FS and GS bases behind our back by loading the selectors, so every
 * switch to a program says them again, in the batch that the switch makes anyway. But one value is sure:
 *
 *   L1  A base that was set to 0 is 0. All that a program can load are Xen's flat segments, whose base
 *       is 0, and no segment, which leaves the base or makes it 0; and WRFSBASE and WRGSBASE are
 *       off as long as this kernel does not ask for them (XSA-293).
 *
 * So from 0 to 0 nothing is said, which is nearly every GS.
 */
#include "../port.h"

#include <drivers/xen/batch.h>
#include <kernel/cpu.h>
#include <x86/user.h>
#include <xen/xen.h>

const unsigned port_user_cs = FLAT_USER_CS, port_user_cs32 = FLAT_USER_CS32,
	       port_user_ss = FLAT_USER_SS;

static void base_queue(const void *site, int which, vaddr_t base, vaddr_t *last)
{
	if (base || *last) { /* L1 */
		batch_call(
			site, __HYPERVISOR_set_segment_base, (unsigned long)which, base, 0, 0, 0);
		*last = base;
	}
}

void port_tls_queue(const struct port_user *user, const void *site)
{
	struct port_percpu *width = &cpu_this()->port.width;

	base_queue(site, SEGBASE_FS, user->tls.fs_base, &width->fs_base);
	base_queue(site, SEGBASE_GS_USER, user->tls.gs_base, &width->gs_base);
}
