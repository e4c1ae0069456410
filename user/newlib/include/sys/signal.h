/*
 * sys/signal.h - signals as Linux has them. `struct sigaction` and `siginfo_t` are laid out
 * as the kernel's, so that nothing is translated; sigaction() only adds the restorer.
 */
#ifndef _SYS_SIGNAL_H
#define _SYS_SIGNAL_H

#include <stddef.h>
#include <sys/cdefs.h>
#include <sys/_sigset.h>
#include <sys/_timespec.h>
#include <sys/types.h>

#include <linux/signal.h>
/* For the kernel these are numbers, for programs functions: <signal.h> defines them. */
#undef SIG_DFL
#undef SIG_IGN
/* The numbers again, as macros. */
#include <signal_numbers.h>

#define SIGIOT	 SIGABRT
#define SIGPOLL	 SIGIO
#define SIGCLD	 SIGCHLD
#define SIGRTMIN 32
#define SIGRTMAX 64
#define NSIG	 65

#define SIGSTKSZ 8192

#if !defined(_SIGSET_T_DECLARED)
#define _SIGSET_T_DECLARED
typedef __sigset_t sigset_t;
#endif

union sigval {
	int sival_int;
	void *sival_ptr;
};

#define SIGEV_SIGNAL 0
#define SIGEV_NONE   1

struct sigevent {
	union sigval sigev_value;
	int sigev_signo;
	int sigev_notify;
	int __rest[(56 - sizeof(long)) / sizeof(int)];
};

typedef struct {
	int si_signo, si_errno, si_code WORD_PAD(__pad);
	union {
		struct {
			pid_t si_pid;
			uid_t si_uid;
			union {
				union sigval si_value;
				int si_status;
			};
			clock_t si_utime, si_stime;
		};
		void *si_addr;
		unsigned char __rest[LINUX_SIGINFO_REST];
	};
} siginfo_t;
_Static_assert(sizeof(siginfo_t) == sizeof(struct linux_siginfo), "siginfo_t is the kernel's");
_Static_assert(offsetof(siginfo_t, si_status) == offsetof(struct linux_siginfo, sender.status),
	"siginfo_t is the kernel's");

typedef void (*_sig_func_ptr)(int);

struct sigaction {
	union {
		_sig_func_ptr sa_handler;
		void (*sa_sigaction)(int, siginfo_t *, void *);
	};
	unsigned long sa_flags;
	void (*sa_restorer)(void);
	sigset_t sa_mask;
};
_Static_assert(sizeof(struct sigaction) == sizeof(struct linux_sigaction),
	"struct sigaction is the kernel's");

typedef struct sigaltstack {
	void *ss_sp;
	int ss_flags;
	size_t ss_size;
} stack_t;
_Static_assert(sizeof(stack_t) == sizeof(struct linux_stack), "stack_t is the kernel's");

int kill(pid_t pid, int signal);
int killpg(pid_t group, int signal);
int tgkill(pid_t process, pid_t thread, int signal);
int sigaction(int signal, const struct sigaction *new, struct sigaction *old);
int sigprocmask(int how, const sigset_t *new, sigset_t *old);
int sigpending(sigset_t *set);
int sigsuspend(const sigset_t *mask);
int sigaltstack(const stack_t *new, stack_t *old);
int sigwait(const sigset_t *set, int *signal);
int sigwaitinfo(const sigset_t *set, siginfo_t *info);
int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout);
int sigqueue(pid_t pid, int signal, const union sigval value);
int pthread_kill(pthread_t thread, int signal);
int pthread_sigmask(int how, const sigset_t *new, sigset_t *old);

int sigemptyset(sigset_t *set);
int sigfillset(sigset_t *set);
int sigaddset(sigset_t *set, int signal);
int sigdelset(sigset_t *set, int signal);
int sigismember(const sigset_t *set, int signal);

#ifndef _SIGNAL_H_
#include <signal.h>
#endif

#endif
