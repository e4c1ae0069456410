/*
 * suspend.c (pv32) - having a domain in the shim saved.
 *
 * What the toolstack saves is the shim's domain, with the shim in it. Frames of the machine, as we know them, are frames of that
 * domain: they stay what they are, and nothing in our memory has to be translated. The shim stops our other CPUs,
 * has itself saved, and when it goes on in another domain it ends what it held for us at Xen: event channels, the
 * grant table's frames, the places of vcpu_info, timers. It then fills in start_info.
 *
 * Its own time it sets right on the first CPU only (Xen 4.17, time_resume()), be it restored or not: the counter went on
 * while memory was written, and on the other CPUs time would be ahead by that, for twice as long. A CPU that it brings
 * up begins with the right time, so each of ours goes down and up again, where it waits.
 *
 * Invariants, while the domain is saved:
 *   P5  of ../suspend.c.
 *   P6  Nobody uses the grant table: after a restore nothing is behind its pages until grant_resume() has mapped
 *       others there. Other CPUs are stopped, and no TLB of the new domain has seen the old ones.
 */
#include "../port.h"

#include <drivers/xen/hypercall.h>
#include <kernel/cpu.h>
#include <kernel/panic.h>
#include <kernel/smp.h>
#include <xen/vcpu.h>

static void cpu_restart(unsigned cpu)
{
	long err = xen_vcpu_op(VCPUOP_down, cpu, NULL);

	err = err ? err : xen_vcpu_op(VCPUOP_up, cpu, NULL);
	if (err) {
		panic("suspend: the shim does not bring up cpu %u again: %ld", cpu, err);
	}
}

static int save(void)
{
	uint64_t others = smp_running() & ~(UINT64_C(1) << cpu_id());
	int answer;

	suspend_events_mask();
	answer = suspend_ask();
	for (unsigned cpu = 0; cpu < CONFIG_NR_CPUS; cpu++) {
		if (others >> cpu & 1) {
			cpu_restart(cpu);
		}
	}
	return answer;
}

void port_suspend_init(void)
{
	static const struct xen_suspend suspend = { .save = save,
		.machine_resume = suspend_machine_resume,
		.cpu_resume = suspend_cpu_resume };

	xen_platform.suspend = &suspend;
}
