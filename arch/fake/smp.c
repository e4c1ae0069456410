/* smp.c (fake) - the host process is one CPU. */
#include <arch/boot.h>
#include <arch/smp.h>
#include <kernel/errno.h>

int smp_cpu_start(struct cpu *cpu)
{
	return -ENOSYS;
}

void smp_halt(void)
{
	port_machine_end(MACHINE_CRASH);
}
