/*
 * frames.h - signal frames that are bent before they are given back: a handler changes what it was
 * given, and what comes of its return is said.
 *
 *     bent("frame, pc 0", bend_pc, 0);       "frame, pc 0: SIGSEGV code 1 at 0"
 */
#ifndef HOSTILE_FRAMES_H
#define HOSTILE_FRAMES_H

#include "hostile.h"

static void (*bend)(ucontext_t *uc);
static unsigned long bend_value;

static void bend_handler(int signo, siginfo_t *info, void *context)
{
	bend(context);
}

static volatile unsigned long landed_flags;

/* Where a bent frame lands if all went well. */
static void landing(void)
{
	__asm__ volatile("pushf\n\tpop %0" : "=m"(landed_flags));
	registers_repair();
	siglongjmp(attempt_end, 1);
}

/* What does not depend on the last arithmetic. */
static void landed_say(void)
{
	printf("landed with %#lx\n", landed_flags & ~0x8d5ul);
}

static bool is_refused(void (*how)(ucontext_t *), unsigned long value)
{
	struct sigaction action = { .sa_sigaction = bend_handler, .sa_flags = SA_SIGINFO };

	bend = how;
	bend_value = value;
	sigaction(SIGUSR1, &action, NULL);
	landed_flags = 0;
	ATTEMPT(raise(SIGUSR1));
	return attempt_signo == SIGSEGV && attempt_code == SI_KERNEL && !attempt_address;
}

static void bent(const char *what, void (*how)(ucontext_t *), unsigned long value)
{
	(void)is_refused(how, value);
	attempt_say(what);
}

static void bend_pc(ucontext_t *uc)
{
	uc->uc_mcontext.gregs[REG_PC] = (greg_t)bend_value;
}

static void bend_sp(ucontext_t *uc)
{
	uc->uc_mcontext.gregs[REG_SP] = (greg_t)bend_value;
}

static void bend_flags(ucontext_t *uc)
{
	uc->uc_mcontext.gregs[REG_EFL] = (greg_t)bend_value;
	uc->uc_mcontext.gregs[REG_PC] = (greg_t)landing;
}

static void bend_fpstate(ucontext_t *uc)
{
	uc->uc_mcontext.fpregs = (void *)bend_value;
}

static void bend_mask(ucontext_t *uc)
{
	memset(&uc->uc_sigmask, 0xff, 8);
}

static void bent_mask(void)
{
	sigset_t mask;

	bent("frame, all signals blocked", bend_mask, 0);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	printf("blocked: SEGV %d KILL %d STOP %d\n", sigismember(&mask, SIGSEGV),
		sigismember(&mask, SIGKILL), sigismember(&mask, SIGSTOP));
	sigemptyset(&mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
}

#endif
