/*
 * suspend.c (pv-x86) - having a PV domain saved: what both widths do of it (public sched.h, SHUTDOWN_suspend; xen.h,
 * struct start_info).
 *
 * Whoever restores the domain fills in start_info, whose frame is the hypercall's third argument, and has forgotten
 * where each CPU's vcpu_info was placed: until it is placed again Xen looks into the shared info page.
 *
 * Invariants, while the domain is saved:
 *   P5  Xen finds events masked wherever it looks before vcpu_info is placed again.
 */
#include "boot_map.h"
#include "port.h"

#include <drivers/xen/hypercall.h>
#include <drivers/xen/vcpu.h>
#include <kernel/cpu.h>
#include <x86/pt.h>
#include <xen/sched.h>
#include <xen/xen.h>

void suspend_events_mask(void)
{
	for (unsigned i = 0; i < XEN_LEGACY_MAX_VCPUS; i++) {
		xen_platform.shared->vcpu_info[i].evtchn_upcall_mask = 1;
	}
}

/* Counted as others are; only this one has a third argument. */
int suspend_ask(void)
{
	static const struct sched_shutdown how = { .reason = SHUTDOWN_suspend };
	mfn_t info = pfn_to_mfn(boot_pfn((vaddr_t)&start_info_page));

	return (int)hypercall_count_and_enter(
		__HYPERVISOR_sched_op, SCHEDOP_shutdown, (unsigned long)&how, info.n, 0, 0);
}

int suspend_cpu_resume(void)
{
	return xen_vcpu_info_resume(cpu_this() == &cpu_boot
			? (gfn_t){ pfn_to_mfn(boot_pfn((vaddr_t)&cpu_boot)).n }
			: pfn_to_gfn(virt_to_pfn(cpu_this())));
}

int suspend_machine_resume(void)
{
	start_info_resume();
	return suspend_cpu_resume();
}
