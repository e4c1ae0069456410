/* early.c (pv64) - what must be there before anything else: Xen's table of frames, the per-CPU base. */
#include "../port.h"

#include <kernel/cpu.h>
#include <port/hypercall.h>
#include <port/pt.h>
#include <xen/xen.h>

void early_m2p_find(void)
{
	pv_m2p = (const unsigned long *)MACH2PHYS_VIRT_START;
	pv_m2p_count = MACH2PHYS_NR_ENTRIES;
}

/* %gs:0 must hold before cpu_this() does; this one call cannot be counted. */
void early_cpu_base_set(void)
{
	cpu_boot.port.self = &cpu_boot;
	hypercall_enter(__HYPERVISOR_set_segment_base, SEGBASE_GS_KERNEL, (unsigned long)&cpu_boot,
		0, 0, 0);
}
