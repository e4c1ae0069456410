/*
 * call.h - system calls as the kernel has them, for programs that are compared with Linux: past the C
 * library, which would hide some errors and have wrappers for only some calls.
 *
 *     say("name", call(epoll_ctl, fd, ...));      name: 0    or    name: EINVAL
 */
#ifndef TESTS_CALL_H
#define TESTS_CALL_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
#define SC(nr64, nr32, name, ...) CALL_##name = SC_NUMBER(nr64, nr32),
#define SC0			  SC
#define SC1			  SC
#define SC2			  SC
#define SC3			  SC
#define SC4			  SC
#define SC5			  SC
#define SC6			  SC
#define SC_NONE			  SC
#include <abi/syscall.def>
#undef SC
#undef SC0
#undef SC1
#undef SC2
#undef SC3
#undef SC4
#undef SC5
#undef SC6
#undef SC_NONE
#ifndef __x86_64__
	CALL_mmap = CALL_mmap2, /* with an offset in pages */
#endif
};

/* The result, or a negative error number. Arguments as in syscall(2): pointers, longs and ints. */
#ifdef __x86_64__
static __attribute__((noinline)) long call_number(long nr, ...)
{
	unsigned long a[6];
	va_list args;

	va_start(args, nr);
	for (int i = 0; i < 6; i++) {
		a[i] = va_arg(args, unsigned long);
	}
	va_end(args);
	register unsigned long r10 __asm__("r10") = a[3];
	register unsigned long r8 __asm__("r8") = a[4];
	register unsigned long r9 __asm__("r9") = a[5];
	__asm__ volatile("syscall"
			 : "+a"(nr)
			 : "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return nr;
}
#else
/* The words are the call's arguments as they stand on the stack. */
long call_number(long nr, ...);
__asm__(".text\n"
	"call_number:\n"
	"	push %ebp\n"
	"	push %edi\n"
	"	push %esi\n"
	"	push %ebx\n"
	"	mov 20(%esp), %eax\n"
	"	mov 24(%esp), %ebx\n"
	"	mov 28(%esp), %ecx\n"
	"	mov 32(%esp), %edx\n"
	"	mov 36(%esp), %esi\n"
	"	mov 40(%esp), %edi\n"
	"	mov 44(%esp), %ebp\n"
	"	int $0x80\n"
	"	pop %ebx\n"
	"	pop %esi\n"
	"	pop %edi\n"
	"	pop %ebp\n"
	"	ret\n");
#endif

#define call(name, ...) call_number(CALL_##name __VA_OPT__(, ) __VA_ARGS__)

static const char *error_name(long result)
{
	static const struct {
		int number;
		const char *name;
	} errors[] = {
#define ERRNO(name, number, text) { number, #name },
#include <linux/errno.def>
#undef ERRNO
	};

	for (unsigned i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (errors[i].number == -result) {
			return errors[i].name;
		}
	}
	return "?";
}

static void say(const char *what, long result)
{
	if (result < 0 && result > -4096) {
		printf("%s: %s\n", what, error_name(result));
	} else {
		printf("%s: %ld\n", what, result);
	}
	fflush(stdout); /* before a fork */
}

struct span {
	long sec, nsec;
};

static inline void sleep_ms(int ms)
{
	struct span t = { ms / 1000, ms % 1000 * 1000000l };

	while (call(nanosleep, &t, &t) < 0) {
	}
}

static inline int is_asleep(int pid)
{
	char path[32], text[256] = "", *end;
	long fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = call(open, path, 0);
	call(read, fd, text, (long)sizeof(text) - 1);
	call(close, fd);
	end = strrchr(text, ')');
	return end && end[1] && end[2] == 'S';
}

/* Until a process sleeps in a call, however late it comes to it. Seen twice: the kernel itself may have it wait for a moment. */
static inline void until_asleep(int pid)
{
	for (int seen = 0; seen < 2; seen = is_asleep(pid) ? seen + 1 : 0) {
		sleep_ms(5);
	}
}

/* A child that does `act`; reaped by child_end(). */
#define child_does(act)                                                                            \
	do {                                                                                       \
		if (call(fork) == 0) {                                                             \
			act;                                                                       \
			call(exit_group, 0);                                                       \
		}                                                                                  \
	} while (0)

/* The same, once its parent waits for something. */
#define child_when_asleep(act) child_does(until_asleep((int)call(getppid)); act)

static inline void child_end(void)
{
	int status;

	call(wait4, -1l, &status, 0, 0l);
}

#endif
