/*
 * init.c - the Xen services and front-ends, in the order in which they need each other.
 *
 * Nothing here fails: what is missing or refused is said in one line by who
 * finds it, and the rest starts without it. Every wait ends.
 */
#include <drivers/front/console.h>
#include <drivers/xen/clock.h>
#include <drivers/xen/control.h>
#include <drivers/xen/evtchn.h>
#include <drivers/xen/grant.h>
#include <drivers/xen/platform.h>
#include <drivers/xen/proc.h>
#include <drivers/xen/xenstore.h>
#include <drivers/xen/xenbus.h>
#include <drivers/xen/xenlog.h>

void xen_services_init(void)
{
	xenlog_init();
	evtchn_init();
	clock_init();
	grant_init();
}

void xen_devices_init(void)
{
	xen_proc_init();
	console_front_start();
	grant_start();
	xenstore_init();
	control_init();
	xenbus_init();
}

/* Front-ends' connections of before are none: their ports are closed before others are opened. */
void xen_devices_resume(void)
{
	console_front_resume();
	xenstore_resume(true);
	if (!xenstore_is_up()) {
		return;
	}
	xenbus_suspend(&xenbus_main);
	xenstore_watches_resume();
	control_announce();
	xenbus_resume(&xenbus_main);
}
