/*
 * gdt.c (pv32) - a descriptor table for each CPU: its per-CPU segment, and the running program's TLS.
 *
 * Xen's own part of every table has the flat segments of ring 1 and ring 3 (public
 * arch-x86/xen-x86_32.h, FLAT_RING1_CS and on); these serve as the kernel's and the programs'. What
 * is ours is one page:
 *
 *     1      the per-CPU segment, ring 1: its base is the CPU's struct cpu
 *     6..8   three segments of ring 3 that a program sets up for thread-local data, as on Linux
 *
 * A table in use has no writable mapping; its descriptors change by hypercall, and Xen checks each.
 */
#include "gdt.h"
#include "../port.h"

#include <drivers/xen/batch.h>
#include <drivers/xen/hypercall.h>
#include <kernel/cpu.h>
#include <kernel/errno.h>
#include <x86/pt.h>
#include <x86/user.h>
#include <xen/xen.h>

const unsigned port_user_cs = FLAT_USER_CS, port_user_ss = FLAT_USER_SS;

/* Present, data, writable, ring 1, 32-bit, in pages: all of the address space from `base` on (SDM 3A, 3.4.5). */
static uint64_t percpu_descriptor(const struct cpu *cpu)
{
	uint64_t base = (uint32_t)cpu;

	return UINT64_C(0x00cfb3000000ffff) | (base & 0xffffff) << 16 | (base >> 24) << 56;
}

static uint64_t boot_table[PT_ENTRIES] __aligned(4096);

uint64_t *gdt_boot(void)
{
	boot_table[GDT_PERCPU] = percpu_descriptor(&cpu_boot);
	cpu_boot.port.width.gdt = boot_table;
	return boot_table;
}

int gdt_make(struct cpu *cpu)
{
	uint64_t *table = page_alloc_zeroed();
	pfn_t frame;

	if (!table) {
		return -ENOMEM;
	}
	frame = virt_to_pfn(table);
	table[GDT_PERCPU] = percpu_descriptor(cpu);
	cpu->port.width.gdt = table;
	return (int)xen_update_va_mapping(
		(vaddr_t)table, pte_make(frame, DATA_READ_ONLY).v, UVMF_INVLPG | UVMF_ALL);
}

/*
 * Descriptors that are as the last program left them are not written again. GS is emptied
 * before: what it held may be gone now, and Xen loads segment registers anew whenever it
 * lets this CPU run on. The program's own is in its frame.
 */
void port_tls_queue(const struct port_user *user, const void *site)
{
	struct port_percpu *width = &cpu_this()->port.width;

	__asm__ volatile("mov %0, %%gs" : : "r"(0));
	for (unsigned i = 0; i < GDT_TLS_COUNT; i++) {
		uint64_t descriptor = user->tls.descriptors[i];
		uint64_t machine = machine_of(&width->gdt[GDT_TLS_FIRST + i]);

		if (descriptor != width->tls[i]) {
			width->tls[i] = descriptor;
			batch_call(site, __HYPERVISOR_update_descriptor, (unsigned long)machine,
				(unsigned long)(machine >> 32), (unsigned long)descriptor,
				(unsigned long)(descriptor >> 32), 0);
		}
	}
}
