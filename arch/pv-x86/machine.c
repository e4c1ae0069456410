/* machine.c (pv-x86) - bring-up steps of the contract, what the machine is, and its end. */
#include <arch/boot.h>
#include <arch/cpu.h>
#include <drivers/xen/batch.h>
#include <drivers/xen/describe.h>
#include <drivers/xen/hypercall.h>
#include <drivers/xen/platform.h>
#include <kernel/log.h>
#include <xen/sched.h>

void port_init_late(void)
{
	batch_init();
	xen_services_init();
}

void port_init_devices(void)
{
	xen_devices_init();
}

void port_describe(void)
{
	xen_describe();
	log_info(PORT_NAME ": page tables registered with Xen, hypercalls by %s, batch limit %u",
		IS_ENABLED(CONFIG_HYPERCALL_PAGE) ? "its hypercall page"
						  : "inline " HYPERCALL_INSTRUCTION,
		batch_limit());
}

void port_machine_end(enum machine_end how)
{
	static const unsigned reasons[] = {
		[MACHINE_POWEROFF] = SHUTDOWN_poweroff,
		[MACHINE_REBOOT] = SHUTDOWN_reboot,
		[MACHINE_HALT] =
			SHUTDOWN_poweroff, /* a domain that only stopped would never be freed */
		[MACHINE_CRASH] = SHUTDOWN_crash,
	};
	struct sched_shutdown shutdown = { .reason = reasons[how] };

	irq_disable();
	for (;;) {
		xen_sched_op(SCHEDOP_shutdown, &shutdown);
	}
}
