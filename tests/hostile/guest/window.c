/*
 * window.c - a program whose program counter is where the kernel's own return path has a
 * special place (the return window of pv64 and pv32): the kernel must ask who was there, not only where.
 *
 *     window ADDRESS
 *
 * The SIGSEGV of executing there is answered by returning to the same place, a thousand
 * times a second hit by a timer, so that events arrive while the address is about to be
 * returned to.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <machine.h>

#define SECONDS 2

static sigjmp_buf out;
static unsigned long target;
static volatile unsigned long returns;
static time_t end;

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static void again(int signo, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	if (++returns % 64 == 0 && now() >= end) {
		siglongjmp(out, 1);
	}
	uc->uc_mcontext.gregs[REG_PC] = (greg_t)target;
}

static void tick(int signo)
{
}

int main(int argc, char **argv)
{
	static char stack[65536];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_sigaction = again, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	struct itimerval often = { { 0, 1000 }, { 0, 1000 } };

	if (argc != 2) {
		return 2;
	}
	target = strtoul(argv[1], NULL, 16);
	sigaltstack(&alternate, NULL);
	sigaction(SIGSEGV, &action, NULL);
	signal(SIGALRM, tick);
	end = now() + SECONDS;
	if (!sigsetjmp(out, 1)) {
		setitimer(ITIMER_REAL, &often, NULL);
		__asm__ volatile("jmp *%0" ::"r"(target));
	}
	printf("window: %s\n", returns > 100 ? "returned many times" : "hardly ever returned");
	return 0;
}
