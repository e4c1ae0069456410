/* system_call.h - a system call as the machine knows it, no library between: x86-64. */
#ifndef BENCH_SYSTEM_CALL_H
#define BENCH_SYSTEM_CALL_H

/* Linux's numbers, which a library would hide. */
enum { NR_READ = 0, NR_WRITE = 1, NR_GETPPID = 110 };

static inline long system_call(long nr, long a, long b, long c)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(nr), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
}

#endif
