/* Signals: handlers, masks, stacks, restarting, faults (kernel/sys/signal.c, kernel/proc/signal.c). */
#include "oracle.h"

#include <setjmp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static volatile int count, on_other_stack;
static volatile sigset_t inside;
static siginfo_t last;
static char *other_stack;

static void on_signal(int signal, siginfo_t *info, void *context)
{
	char here;
	sigset_t mask;

	count++;
	last = *info;
	on_other_stack = &here >= other_stack && &here < other_stack + 16384;
	sigprocmask(SIG_BLOCK, NULL, &mask);
	inside = mask;
}

static void handle(int signal, unsigned long flags)
{
	struct sigaction action = { .sa_sigaction = on_signal,
		.sa_flags = SA_SIGINFO | flags,
		.sa_mask = 1ul << (SIGUSR2 - 1) };

	TRY(sigaction(signal, &action, NULL));
}

static void actions(void)
{
	struct sigaction action = { .sa_handler = SIG_IGN }, old;

	TRY(sigaction(SIGKILL, &action, NULL));
	TRY(sigaction(SIGSTOP, &action, NULL));
	TRY(sigaction(SIGKILL, NULL, &old));
	TRY(sigaction(0, &action, NULL));
	TRY(sigaction(65, &action, NULL));
	TRY(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 4));
	TRY(syscall(SYS_rt_sigaction, SIGUSR1, BAD_POINTER, NULL, 8));
	TRY(syscall(SYS_rt_sigaction, SIGUSR1, NULL, BAD_POINTER, 8));
	handle(SIGUSR1, 0);
	TRY(sigaction(SIGUSR1, NULL, &old));
	printf("  flags %llx mask %llx\n", (unsigned long long)old.sa_flags,
		(unsigned long long)old.sa_mask);
	TRY(raise(SIGUSR1));
	printf("  count %d, signal %d code %d, mask inside %llx\n", count, last.si_signo,
		last.si_code, (unsigned long long)inside);
	TRY(kill(getpid(), SIGUSR1));
	printf("  code %d from me %d\n", last.si_code, last.si_pid == getpid());
	handle(SIGUSR1, SA_NODEFER | SA_RESETHAND);
	TRY(raise(SIGUSR1));
	printf("  mask inside %llx\n", (unsigned long long)inside);
	TRY(sigaction(SIGUSR1, NULL, &old));
	TRY(old.sa_handler == SIG_DFL);
}

static void masks(void)
{
	sigset_t set = (sigset_t)1 << (SIGUSR1 - 1), old, none = 0;

	handle(SIGUSR1, 0);
	count = 0;
	TRY(sigprocmask(SIG_BLOCK, &set, &old));
	TRY(raise(SIGUSR1));
	TRY(raise(SIGUSR1));
	TRY(sigpending(&old));
	printf("  pending %llx, count %d\n", (unsigned long long)old, count);
	TRY(sigsuspend(&none));
	TRY(count);
	TRY(raise(SIGUSR1));
	TRY(sigprocmask(SIG_UNBLOCK, &set, NULL));
	TRY(count);
	set = ~(sigset_t)0;
	TRY(sigprocmask(SIG_SETMASK, &set, NULL));
	TRY(sigprocmask(SIG_SETMASK, &none, &old));
	printf("  the most that can be blocked %llx\n", (unsigned long long)old);
	TRY(sigprocmask(77, &set, NULL));
	TRY(sigprocmask(SIG_BLOCK, BAD_POINTER, NULL));
	TRY(sigprocmask(SIG_BLOCK, NULL, BAD_POINTER));
	TRY(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 4));
	TRY(syscall(SYS_rt_sigpending, &set, 9));
	TRY(syscall(SYS_rt_sigsuspend, &set, 4));
	TRY(syscall(SYS_rt_sigsuspend, BAD_POINTER, 8));
}

static void waits(void)
{
	sigset_t set = (sigset_t)1 << (SIGUSR1 - 1) | 1ul << (SIGUSR2 - 1);
	struct timespec none = { 0, 0 }, bad = { 0, -1 }, moment = { 0, 10000000 };
	union sigval value = { .sival_int = 77 };
	siginfo_t info;

	TRY(sigprocmask(SIG_BLOCK, &set, NULL));
	TRY(sigtimedwait(&set, &info, &none));
	TRY(sigtimedwait(&set, &info, &moment));
	TRY(sigtimedwait(&set, &info, &bad));
	TRY(sigtimedwait(BAD_POINTER, &info, &none));
	TRY(raise(SIGUSR2));
	TRY(sigqueue(getpid(), SIGUSR1, value));
	TRY(sigtimedwait(&set, &info, &none));
	printf("  code %d value %d\n", info.si_code, info.si_value.sival_int);
	TRY(sigwaitinfo(&set, &info));
	TRY(sigprocmask(SIG_UNBLOCK, &set, NULL));
	TRY(sigqueue(getpid(), 99, value));
	TRY(sigqueue(99999999, 0, value));
}

static void sending(void)
{
	TRY(kill(getpid(), 0));
	TRY(kill(getpid(), 65));
	TRY(kill(99999999, 0));
	TRY(kill(99999999, 99));
	TRY(syscall(SYS_tkill, getpid(), 0));
	TRY(syscall(SYS_tkill, -1, 0));
	TRY(syscall(SYS_tkill, 99999999, 0));
	TRY(tgkill(getpid(), getpid(), 0));
	TRY(tgkill(-1, getpid(), 0));
	TRY(tgkill(getppid(), getpid(), 0));
}

static void stacks(void)
{
	stack_t stack = { .ss_sp = other_stack, .ss_size = 16384 }, old;

	TRY(sigaltstack(NULL, &old));
	TRY(old.ss_flags);
	TRY(sigaltstack(&stack, NULL));
	handle(SIGUSR1, SA_ONSTACK);
	TRY(raise(SIGUSR1));
	TRY(on_other_stack);
	handle(SIGUSR1, 0);
	TRY(raise(SIGUSR1));
	TRY(on_other_stack);
	TRY(sigaltstack(NULL, &old));
	printf("  size %lu flags %d same %d\n", (unsigned long)old.ss_size, old.ss_flags,
		old.ss_sp == other_stack);
	stack.ss_size = 100;
	TRY(sigaltstack(&stack, NULL));
	stack.ss_flags = 77;
	TRY(sigaltstack(&stack, NULL));
	TRY(sigaltstack(BAD_POINTER, NULL));
	stack = (stack_t){ .ss_flags = SS_DISABLE };
	TRY(sigaltstack(&stack, NULL));
}

static int into_pipe;

/* Who reads is interrupted three times before there is anything to read. */
static void on_third(int signal)
{
	if (++count == 3) {
		write(into_pipe, "x", 1);
	}
}

static void restarts(void)
{
	/* Again and again: the first may come before anybody waits. */
	struct itimerval often = { .it_value = { 0, 20000 }, .it_interval = { 0, 20000 } };
	struct itimerval never = { .it_value = { 0, 0 } };
	struct sigaction third = { .sa_handler = on_third, .sa_flags = SA_RESTART };
	struct timespec long_time = { 1000, 0 }, rest;
	int p[2];
	char c;

	pipe(p);
	handle(SIGALRM, 0);
	count = 0;
	TRY(setitimer(ITIMER_REAL, &often, NULL));
	TRY(read(p[0], &c, 1));
	TRY(nanosleep(&long_time, &rest));
	TRY(rest.tv_sec >= 900 && rest.tv_sec < 1000);
	TRY(pause());
	TRY(count >= 3);
	TRY(setitimer(ITIMER_REAL, &never, NULL));
	into_pipe = p[1];
	count = 0;
	TRY(sigaction(SIGALRM, &third, NULL));
	TRY(setitimer(ITIMER_REAL, &often, NULL));
	TRY(read(p[0], &c, 1));
	TRY(count >= 3);
	TRY(setitimer(ITIMER_REAL, &never, NULL));
}

static jmp_buf back;

static void on_fault(int signal, siginfo_t *info, void *context)
{
	last = *info;
	longjmp(back, signal);
}

static void faults(void)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER };
	volatile int zero = 0;

	sigaction(SIGFPE, &action, NULL);
	sigaction(SIGILL, &action, NULL);
	sigaction(SIGTRAP, &action, NULL);
	if (!setjmp(back)) {
		printf("%d\n", 1 / zero);
	}
	printf("division: signal %d code %d\n", last.si_signo, last.si_code);
	if (!setjmp(back)) {
		__asm__ volatile("ud2");
	}
	printf("undefined: signal %d code %d\n", last.si_signo, last.si_code);
	if (!setjmp(back)) {
		__asm__ volatile("int3");
	}
	printf("breakpoint: signal %d\n", last.si_signo);
}

static void fault_default(void)
{
	*(volatile int *)BAD_POINTER = 1;
}

static void fault_blocked(void)
{
	sigset_t set = 1ul << (SIGSEGV - 1);

	signal(SIGSEGV, SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	*(volatile int *)BAD_POINTER = 1;
}

static void aborts(void)
{
	signal(SIGABRT, SIG_IGN);
	abort();
}

static void privileged(void)
{
	__asm__ volatile("hlt");
}

/* What is left is rounded to the next second; asked late, it is less. */
static bool alarm_rounds_up(void)
{
	for (int i = 0; i < 1000; i++) {
		alarm(100);
		if (alarm(0) == 100) {
			return true;
		}
	}
	return false;
}

static void by_alarm(void)
{
	TRY(alarm(100));
	TRY(alarm(0) > 0);
	TRY(alarm_rounds_up());
	TRY(alarm(1));
	pause();
}

/* A SIGCONT that comes while the other takes the SIGSTOP cancels it: nobody stays stopped. */
static void stops_cancelled(void)
{
	volatile unsigned *steps =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	time_t end = time(NULL) + 3;
	pid_t child = fork();
	int status;

	if (!child) {
		for (;;) {
			++*steps;
		}
	}
	signal(SIGALRM, SIG_DFL);
	alarm(30); /* ends a test that hangs */
	/* On one CPU the other runs for as long as it may each time. */
	for (int i = 0; i < 2000 && time(NULL) < end; i++) {
		unsigned before;

		kill(child, SIGSTOP);
		for (int delay = i % 64 * 8; delay > 0; delay--) {
			__asm__ volatile("" : : : "memory");
		}
		kill(child, SIGCONT);
		before = *steps;
		while (*steps == before) {
			sched_yield();
		}
	}
	alarm(0);
	kill(child, SIGTERM);
	TRY(waitpid(child, &status, 0) == child);
	printf("stopped and continued: signal %d\n", WTERMSIG(status));
}

int main(void)
{
	other_stack = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	actions();
	masks();
	waits();
	sending();
	stacks();
	restarts();
	faults();
	in_child("fault", fault_default);
	in_child("fault while blocked", fault_blocked);
	in_child("abort", aborts);
	in_child("hlt", privileged);
	in_child("alarm", by_alarm);
	stops_cancelled();
	return 0;
}
