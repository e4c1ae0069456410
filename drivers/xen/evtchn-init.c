/*
 * evtchn-init.c - the ABI, chosen at boot: FIFO where Xen has it, unless the command line says otherwise.
 *
 * What was asked for by name and cannot be had ends the boot: a measurement of the
 * wrong one would not be noticed.
 */
#include "evtchn-port.h"

#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/machine.h>
#include <kernel/option.h>
#include <kernel/panic.h>
#include <kernel/string.h>

static char abi_wanted[8] = "auto";
OPTION_TEXT(evtchn, "evtchn", abi_wanted,
	"event channel ABI: 2l, fifo, or auto (fifo where Xen has it)");

static void __noreturn abi_refuse(const char *why)
{
	log_err("evtchn=%s: %s", abi_wanted, why);
	machine_shutdown(MACHINE_POWEROFF, 2);
}

static void abi_choose(void)
{
	bool want_fifo = !strcmp(abi_wanted, "fifo"), want_2l = !strcmp(abi_wanted, "2l");
	int err;

	if (!want_fifo && !want_2l && strcmp(abi_wanted, "auto")) {
		abi_refuse("the choice is 2l, fifo or auto");
	}
	err = evtchn_abi_2l.init();
	assert_that(!err, "the 2-level ABI needs nothing");
	evtchn_abi = &evtchn_abi_2l;
	if (want_2l) {
		return;
	}
	err = evtchn_abi_fifo.init();
	if (!err) {
		evtchn_abi = &evtchn_abi_fifo;
	} else if (err == -ENOMEM) {
		abi_refuse("no memory for the FIFO ABI's tables");
	} else if (want_fifo) {
		abi_refuse("this Xen has no FIFO event channels");
	}
}

int evtchn_cpu_init(unsigned cpu)
{
	return evtchn_abi->cpu_init ? evtchn_abi->cpu_init(cpu) : 0;
}

void evtchn_init(void)
{
	evtchn_table_init();
	evtchn_deliver_init();
	abi_choose();
	log_info("evtchn: %s ABI, %u ports", evtchn_abi->name, evtchn_abi->port_limit());
}
