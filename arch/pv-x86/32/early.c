/*
 * early.c (pv32) - what must be there before anything else: Xen's table of frames, the per-CPU base.
 *
 * The base is that of a descriptor, and a descriptor table is a page that only Xen may write. So
 * it takes calls that cannot be counted, since the counters are found through that base.
 */
#include "../boot_map.h"
#include "../port.h"
#include "gdt.h"

#include <kernel/cpu.h>
#include <port/hypercall.h>
#include <port/pt.h>
#include <xen/memory.h>
#include <xen/xen.h>

/*
 * A 64-bit Xen puts the table where its own 32-bit hole begins, which depends on the machine's size. It
 * says how large the table could be, and fills it up to the last frame of RAM: what lies beyond
 * (under the shim, grant tables do) has no entry that could be read.
 */
void early_m2p_find(void)
{
	struct xen_machphys_mapping mapping = { .v_start = MACH2PHYS_VIRT_START,
		.max_mfn = MACH2PHYS_NR_ENTRIES - 1 };
	long ram;

	hypercall_enter(
		__HYPERVISOR_memory_op, XENMEM_machphys_mapping, (unsigned long)&mapping, 0, 0, 0);
	pv_m2p = (const unsigned long *)mapping.v_start;
	ram = hypercall_enter(__HYPERVISOR_memory_op, XENMEM_maximum_ram_page, 0, 0, 0, 0);
	pv_m2p_count = MIN(mapping.max_mfn + 1, (unsigned long)ram);
}

void early_cpu_base_set(void)
{
	uint64_t *gdt = gdt_boot();
	xen_pfn_t frame = pfn_to_mfn(boot_pfn((vaddr_t)gdt)).n;
	uint64_t entry = (uint64_t)frame << PAGE_SHIFT | DATA_READ_ONLY;

	cpu_boot.port.self = &cpu_boot;
	hypercall_enter(__HYPERVISOR_update_va_mapping, (unsigned long)gdt, (unsigned long)entry,
		(unsigned long)(entry >> 32), UVMF_INVLPG, 0);
	hypercall_enter(__HYPERVISOR_set_gdt, (unsigned long)&frame, PT_ENTRIES, 0, 0, 0);
	__asm__ volatile("mov %0, %%fs" : : "r"(PORT_PERCPU_SELECTOR) : "memory");
}
