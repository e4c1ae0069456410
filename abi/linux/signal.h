/*
 * linux/signal.h - signals as Linux on x86 numbers and lays them out.
 */
#ifndef ABI_LINUX_SIGNAL_H
#define ABI_LINUX_SIGNAL_H

#include <linux/word.h>
#include <stdint.h>

#define SIGNALS(SIGNAL)                                                                            \
	SIGNAL(1, HUP)                                                                             \
	SIGNAL(2, INT)                                                                             \
	SIGNAL(3, QUIT)                                                                            \
	SIGNAL(4, ILL)                                                                             \
	SIGNAL(5, TRAP)                                                                            \
	SIGNAL(6, ABRT)                                                                            \
	SIGNAL(7, BUS)                                                                             \
	SIGNAL(8, FPE)                                                                             \
	SIGNAL(9, KILL)                                                                            \
	SIGNAL(10, USR1)                                                                           \
	SIGNAL(11, SEGV)                                                                           \
	SIGNAL(12, USR2)                                                                           \
	SIGNAL(13, PIPE)                                                                           \
	SIGNAL(14, ALRM)                                                                           \
	SIGNAL(15, TERM)                                                                           \
	SIGNAL(16, STKFLT)                                                                         \
	SIGNAL(17, CHLD)                                                                           \
	SIGNAL(18, CONT)                                                                           \
	SIGNAL(19, STOP)                                                                           \
	SIGNAL(20, TSTP)                                                                           \
	SIGNAL(21, TTIN)                                                                           \
	SIGNAL(22, TTOU)                                                                           \
	SIGNAL(23, URG)                                                                            \
	SIGNAL(24, XCPU)                                                                           \
	SIGNAL(25, XFSZ)                                                                           \
	SIGNAL(26, VTALRM)                                                                         \
	SIGNAL(27, PROF)                                                                           \
	SIGNAL(28, WINCH)                                                                          \
	SIGNAL(29, IO)                                                                             \
	SIGNAL(30, PWR)                                                                            \
	SIGNAL(31, SYS)

enum {
#define SIGNAL(number, name) SIG##name = number,
	SIGNALS(SIGNAL)
#undef SIGNAL
};

#define SIG_DFL 0ul
#define SIG_IGN 1ul

#define SA_NOCLDSTOP 0x00000001u
#define SA_NOCLDWAIT 0x00000002u
#define SA_SIGINFO   0x00000004u
#define SA_RESTORER  0x04000000u
#define SA_ONSTACK   0x08000000u
#define SA_RESTART   0x10000000u
#define SA_NODEFER   0x40000000u
#define SA_RESETHAND 0x80000000u

#define SIG_BLOCK   0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2

#define SS_ONSTACK    1
#define SS_DISABLE    2
#define SS_AUTODISARM (1u << 31)
#define MINSIGSTKSZ   2048

#define SI_USER	  0
#define SI_QUEUE  (-1)
#define SI_TIMER  (-2)
#define SI_MESGQ  (-3)
#define SI_TKILL  (-6)
#define SI_KERNEL 0x80

/* timer_create(): how to tell. */
#define SIGEV_SIGNAL	0
#define SIGEV_NONE	1
#define SIGEV_THREAD	2
#define SIGEV_THREAD_ID 4

struct linux_sigevent {
	unsigned long value;
	int32_t signo, notify;
	int32_t tid;
	unsigned char rest[52 - sizeof(long)];
};
_Static_assert(sizeof(struct linux_sigevent) == 64, "asm-generic/siginfo.h: struct sigevent");

#define CLD_EXITED    1
#define CLD_KILLED    2
#define CLD_STOPPED   5
#define CLD_CONTINUED 6

struct linux_sigaction {
	unsigned long handler, flags, restorer;
	uint64_t mask;
};

struct linux_stack {
	unsigned long base;
	int32_t flags WORD_PAD(pad);
	unsigned long size;
};

/* What is left of a siginfo_t's 128 bytes after three numbers. */
#define LINUX_SIGINFO_REST (128 - ALIGNED_TO_WORD(3 * sizeof(int32_t)))

struct linux_siginfo {
	int32_t signo, error, code WORD_PAD(pad);
	union {
		struct {
			int32_t pid;
			uint32_t uid;
			union {
				unsigned long value;
				int32_t status;
			};
			long user_time, system_time;
		} sender;
		unsigned long address;
		unsigned char rest[LINUX_SIGINFO_REST];
	};
};
_Static_assert(sizeof(struct linux_siginfo) == 128, "asm-generic/siginfo.h");

#endif
