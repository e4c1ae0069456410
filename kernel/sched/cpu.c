/* cpu.c - the table of CPUs. */
#include <kernel/cpu.h>

struct cpu cpu_boot;
struct cpu *cpus[CONFIG_NR_CPUS] = { &cpu_boot };
unsigned cpu_count = 1;
