/* smp.c - other CPUs: none runs yet, so the only one to wake is this one, at its next interrupt exit. */
#include <arch/smp.h>

void smp_resched(struct cpu *cpu)
{
	cpu->resched_wanted = true;
}
