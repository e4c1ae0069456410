/* system_call.h - a system call as the machine knows it, no library between: i386. */
#ifndef BENCH_SYSTEM_CALL_H
#define BENCH_SYSTEM_CALL_H

/* Linux's numbers, which a library would hide. */
enum { NR_READ = 3, NR_WRITE = 4, NR_GETPPID = 64 };

static inline long system_call(long nr, long a, long b, long c)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(nr), "b"(a), "c"(b), "d"(c) : "memory");
	return result;
}

#endif
