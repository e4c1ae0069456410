/* pvh.c - what the tour finds in a PVH domain. */
#include "../tour.h"

#include <drivers/xen/hypercall.h>
#include <hw/control.h>
#include <xen/version.h>

static void control_read(void)
{
	cr0_read();
}

static void hypercall_null(void)
{
	xen_xen_version(XENVER_version, NULL);
}

void tour_frequent_here(void)
{
	tour_cost("mov from %cr0", control_read);
	tour_cost("null hypercall", hypercall_null);
	tour_say(
		"Only what Xen asked the processor to intercept leaves the guest: CPUID does. The rest costs what");
	tour_say("it costs on a machine of one's own.");
}
