/* env.c - pvh64: a PVH domain's steps of a boot (hw/start.h, arch/boot.h). */
#include <arch/boot.h>
#include <arch/cpu.h>
#include <drivers/front/console.h>
#include <drivers/xen/batch.h>
#include <drivers/xen/describe.h>
#include <drivers/xen/hypercall.h>
#include <drivers/xen/platform.h>
#include <kernel/log.h>
#include <hw/start.h>
#include <xen/sched.h>
#include "pvh.h"

const char env_name[] = "pvh64";

void env_check(void)
{
	if (!xen_find()) {
		foreign_bare_init();
		boot_refuse("this is the pvh64 image, for Xen domains of type pvh, but here is no "
			    "Xen: build and boot ENV=native64");
	}
	xen_rings_find();
	console_front_early();
}

void env_probe(const struct hvm_start_info *info)
{
	xen_shared_info_place(info);
}

void env_unexpected_interrupt(unsigned vector)
{
	log_warn("pvh64: interrupt with vector %u, which nobody asked for", vector);
}

void port_init_late(void)
{
	batch_init();
	xen_callback_set();
	xen_platform.suspend = &pvh_suspend;
	xen_services_init();
}

void port_init_devices(void)
{
	xen_devices_init();
}

void port_describe(void)
{
	const char *instruction = hypercall_is_amd ? "vmmcall" : "vmcall";

	xen_describe();
	log_info("pvh64: nested paging, page tables are our own; hypercalls by %s%s",
		IS_ENABLED(CONFIG_HYPERCALL_PAGE) ? "Xen's page of " : "inline ", instruction);
}

void port_machine_end(enum machine_end how)
{
	static const unsigned reasons[] = {
		[MACHINE_POWEROFF] = SHUTDOWN_poweroff,
		[MACHINE_REBOOT] = SHUTDOWN_reboot,
		[MACHINE_HALT] = SHUTDOWN_poweroff, /* only stopped, it would never be freed */
		[MACHINE_CRASH] = SHUTDOWN_crash,
	};
	struct sched_shutdown shutdown = { .reason = reasons[how] };

	irq_disable();
	foreign_bare_end();
	for (;;) {
		xen_sched_op(SCHEDOP_shutdown, &shutdown);
	}
}
