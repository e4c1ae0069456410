/* syscall_count.h - how often each system call was made: /proc/syscalls. */
#ifndef PROC_SYSCALL_COUNT_H
#define PROC_SYSCALL_COUNT_H

#include <kernel/cpu.h>
#include <kernel/thread.h>

#define SYSCALL_MAX 512

extern uint64_t syscall_counts[CONFIG_NR_CPUS][SYSCALL_MAX];

/* One more; `nr` is below SYSCALL_MAX. */
static inline void syscall_count(unsigned nr)
{
	preempt_disable();
	syscall_counts[cpu_id()][nr]++;
	preempt_enable();
}

/* Add the file to /proc. 0 or -ENOMEM. */
int syscall_count_init(void) __must_check;

/* Its name, NULL for a number that no call has (user.c). */
const char *syscall_name(unsigned nr);

#endif
