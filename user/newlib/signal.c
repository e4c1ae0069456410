/* signal.c - POSIX's functions over the kernel's calls: the kernel takes the size of the mask too. */
#include "thread.h"

#include <errno.h>
#include <linux/signal.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MASK_LEN sizeof(sigset_t)

/* The kernel insists on a restorer, or has none that works on any stack: a handler returns to it. */
int sigaction(int signal, const struct sigaction *new, struct sigaction *old)
{
	struct sigaction action;

	if (new) {
		action = *new;
		action.sa_flags |= SA_RESTORER;
		action.sa_restorer = signal_return_for(action.sa_flags);
	}
	if (syscall(SYS_rt_sigaction, signal, new ? &action : NULL, old, MASK_LEN)) {
		return -1;
	}
	if (old) {
		old->sa_flags &= ~(unsigned long)SA_RESTORER;
	}
	return 0;
}

_sig_func_ptr signal(int signal, _sig_func_ptr handler)
{
	struct sigaction new = { .sa_handler = handler, .sa_flags = SA_RESTART }, old;

	return sigaction(signal, &new, &old) ? SIG_ERR : old.sa_handler;
}

int raise(int signal)
{
	return tgkill(getpid(), gettid(), signal);
}

int killpg(pid_t group, int signal)
{
	if (group < 0) {
		errno = EINVAL;
		return -1;
	}
	return kill(-group, signal);
}

int sigprocmask(int how, const sigset_t *new, sigset_t *old)
{
	return (int)syscall(SYS_rt_sigprocmask, how, new, old, MASK_LEN);
}

int sigpending(sigset_t *set)
{
	return (int)syscall(SYS_rt_sigpending, set, MASK_LEN);
}

int sigsuspend(const sigset_t *mask)
{
	return (int)syscall(SYS_rt_sigsuspend, mask, MASK_LEN);
}

int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout)
{
	return (int)syscall(SYS_rt_sigtimedwait, set, info, timeout, MASK_LEN);
}

int sigwaitinfo(const sigset_t *set, siginfo_t *info)
{
	return sigtimedwait(set, info, NULL);
}

int sigwait(const sigset_t *set, int *signal)
{
	int result;

	do {
		result = sigwaitinfo(set, NULL);
	} while (result < 0 && errno == EINTR);
	if (result < 0) {
		return errno;
	}
	*signal = result;
	return 0;
}

int sigqueue(pid_t pid, int signal, const union sigval value)
{
	siginfo_t info = { .si_signo = signal,
		.si_code = SI_QUEUE,
		.si_pid = getpid(),
		.si_uid = getuid(),
		.si_value = value };

	return (int)syscall(SYS_rt_sigqueueinfo, pid, signal, &info);
}

/* ---- sets: signal n is bit n - 1 ------------------------------------------------- */

static bool is_signal(int signal)
{
	if (signal < 1 || signal >= NSIG) {
		errno = EINVAL;
		return false;
	}
	return true;
}

int sigemptyset(sigset_t *set)
{
	*set = 0;
	return 0;
}

int sigfillset(sigset_t *set)
{
	*set = ~(sigset_t)0;
	return 0;
}

int sigaddset(sigset_t *set, int signal)
{
	if (!is_signal(signal)) {
		return -1;
	}
	*set |= (sigset_t)1 << (signal - 1);
	return 0;
}

int sigdelset(sigset_t *set, int signal)
{
	if (!is_signal(signal)) {
		return -1;
	}
	*set &= ~((sigset_t)1 << (signal - 1));
	return 0;
}

int sigismember(const sigset_t *set, int signal)
{
	return is_signal(signal) ? (int)(*set >> (signal - 1) & 1) : -1;
}
