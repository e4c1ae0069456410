/* devices.c - devices of a Xen domain (pv64, pvh64). */
#include "../tour.h"

#include <drivers/xen/platform.h>
#include <drivers/xen/vcpu.h>
#include <kernel/cpu.h>

/* Xen's flag for it is in memory that we share: one byte, whatever delivers it. */
bool tour_is_pending(void)
{
	return READ_ONCE(vcpu_info_of(cpu_id())->evtchn_upcall_pending);
}

void tour_devices_here(void)
{
	tour_show("console", "returned", "paravirtual: a ring at %p, event channel %u",
		xen_platform.console_ring, xen_platform.console_port);
	tour_show("disks, network", "returned", "paravirtual: rings, found by xenstore at %p",
		xen_platform.store_ring);
	tour_say(
		"Emulated: none, this kind of domain has no device model. Direct: none, since nothing was passed");
	tour_say(
		"through, and the kernel has no drivers for it. Back-ends of another domain do the rest; they are");
	tour_say("not trusted (drivers/front).");
}
