/*
 * syscall_count.c - how often each system call was made: /proc/syscalls.
 *
 * What a program costs on a kernel under a hypervisor is, first of all, how often
 * it enters it. Each CPU counts for itself; who reads adds them up.
 */
#include "proc.h"
#include "syscall_count.h"

#include <kernel/procfs.h>

uint64_t syscall_counts[CONFIG_NR_CPUS][SYSCALL_MAX];

static uint64_t count_of(unsigned nr)
{
	uint64_t sum = 0;

	for (unsigned cpu = 0; cpu < CONFIG_NR_CPUS; cpu++) {
		sum += READ_ONCE(syscall_counts[cpu][nr]);
	}
	return sum;
}

static void show_syscalls(struct proc_text *text)
{
	for (unsigned nr = 0; nr < SYSCALL_MAX; nr++) {
		uint64_t count = count_of(nr);

		if (count) {
			proc_print(text, "%-24s %lu\n", syscall_name(nr) ? syscall_name(nr) : "?",
				(unsigned long)count);
		}
	}
}

int syscall_count_init(void)
{
	return procfs_add("syscalls", show_syscalls, NULL);
}
