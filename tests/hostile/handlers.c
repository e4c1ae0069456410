/*
 * handlers.c - signal handlers, their restorers and their stacks at every kind of address that is
 * not the program's, stacks that overflow, and faults while their signal is blocked or ignored.
 */
#include "hostile.h"
#include <sys/syscall.h>

#define KERNEL_SA_RESTORER 0x04000000ul

/* As the kernel has it; the C library's is another one. */
struct kernel_action {
	unsigned long handler, flags, restorer, mask[2];
};

static void handler_is(
	int signo, unsigned long handler, unsigned long flags, unsigned long restorer)
{
	struct kernel_action action = { handler, flags, restorer, { 0 } };

	syscall(SYS_rt_sigaction, signo, &action, NULL, 8);
	kill(getpid(), signo);
}

static void returning(int signo)
{
}

/* The signal of a handler that faults is its own again. */
static void again_and_again(unsigned long handler)
{
	handler_is(SIGSEGV, handler, KERNEL_SA_RESTORER | SA_NODEFER, 0);
	*(volatile char *)0 = 0;
}

static void exiting(int signo)
{
	_exit(3);
}

static void altstack_at(unsigned long base, size_t size)
{
	stack_t alt = { .ss_sp = (void *)base, .ss_size = size };
	stack_t none = { .ss_flags = SS_DISABLE };
	struct sigaction action = { .sa_handler = exiting, .sa_flags = SA_ONSTACK };

	sigaltstack(&none, NULL);
	sigaction(SIGSEGV, &action, NULL);
	if (sigaltstack(&alt, NULL)) {
		printf("refused: %s\n", strerror(errno));
	} else {
		*(volatile char *)0 = 0;
	}
}

static void nesting(int signo)
{
	volatile char room[512];

	room[0] = 1;
	raise(SIGUSR2);
}

static void overflow(void)
{
	static char stack[16384];
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_handler = nesting, .sa_flags = SA_ONSTACK | SA_NODEFER };

	signal(SIGSEGV, SIG_DFL);
	sigaltstack(&alt, NULL);
	sigaction(SIGUSR2, &action, NULL);
	raise(SIGUSR2);
}

static void fault_while(bool is_ignored)
{
	sigset_t all;

	if (is_ignored) {
		signal(SIGSEGV, SIG_IGN);
	} else {
		sigfillset(&all);
		sigprocmask(SIG_SETMASK, &all, NULL);
	}
	*(volatile char *)0 = 0;
}

int main(void)
{
	char what[64];

	setvbuf(stdout, NULL, _IOLBF, 0);
	handlers_set();
	for (unsigned i = 0; i < sizeof(wilds) / sizeof(wilds[0]); i++) {
		unsigned long at = wilds[i].address;

		snprintf(what, sizeof(what), "handler, %s", wilds[i].name);
		APART(what, handler_is(SIGUSR1, at, KERNEL_SA_RESTORER, at));
		snprintf(what, sizeof(what), "restorer, %s", wilds[i].name);
		APART(what, handler_is(SIGUSR1, (unsigned long)returning, KERNEL_SA_RESTORER, at));
		snprintf(what, sizeof(what), "handler, %s, again and again", wilds[i].name);
		APART(what, again_and_again(at));
		snprintf(what, sizeof(what), "alternate stack, %s", wilds[i].name);
		APART(what, altstack_at(at, 65536));
	}
	APART("no restorer", handler_is(SIGUSR1, (unsigned long)returning, 0, 0));
	APART("alternate stack wraps", altstack_at((unsigned long)attempt_stack, ~0ul));
	APART("alternate stack too small", altstack_at((unsigned long)attempt_stack, 1024));
	APART("alternate stack overflows", overflow());
	APART("fault while blocked", fault_while(false));
	APART("fault while ignored", fault_while(true));
	return 0;
}
