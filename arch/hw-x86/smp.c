/* smp.c - a further CPU's way from its environment's entry to the kernel: what native64 and pvh64 share. */
#include <arch/mmu.h>
#include <kernel/smp.h>
#include <hw/control.h>
#include <hw/descriptors.h>
#include <hw/paging.h>
#include <hw/start.h>
#include <x86/stack.h>

int hw_cpu_prepare(struct cpu *cpu)
{
	return descriptors_make(cpu);
}

void hw_cpu_enter(struct cpu *cpu)
{
	descriptors_load(cpu, stack_of(cpu->current).end);
	paging_protect();
	hw_programs_enable();
	env_cpu_enter();
	smp_cpu_main();
}

void smp_halt(void)
{
	cpu_stop();
}
