/*
 * hostile.h - trying something that may end in a signal, and saying what came of it.
 *
 *     TRY("hlt", __asm__ volatile("hlt"));       "hlt: SIGSEGV code 128 at 0"
 *
 * The handler runs on a stack of its own and leaves by siglongjmp(), so neither the
 * stack pointer nor anything else of what failed has to be sound. An address is
 * said as 0, as "here" when it is that of the instruction, or as "there".
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#include <machine.h>

static sigjmp_buf attempt_end;
static volatile int attempt_signo, attempt_code;
static volatile unsigned long attempt_address, attempt_pc, attempt_trap;
static char attempt_stack[65536];

static inline const char *signal_word(int signo)
{
	static char other[16];

	switch (signo) {
	case SIGSEGV:
		return "SIGSEGV";
	case SIGBUS:
		return "SIGBUS";
	case SIGILL:
		return "SIGILL";
	case SIGFPE:
		return "SIGFPE";
	case SIGTRAP:
		return "SIGTRAP";
	case SIGKILL:
		return "SIGKILL";
	case SIGABRT:
		return "SIGABRT";
	default:
		snprintf(other, sizeof(other), "signal %d", signo);
		return other;
	}
}

static void attempt_handler(int signo, siginfo_t *info, void *context)
{
	const ucontext_t *uc = context;

	registers_repair();
	attempt_signo = signo;
	attempt_code = info->si_code;
	attempt_address = (unsigned long)info->si_addr;
	attempt_pc = (unsigned long)uc->uc_mcontext.gregs[REG_PC];
	attempt_trap = (unsigned long)uc->uc_mcontext.gregs[REG_TRAPNO];
	siglongjmp(attempt_end, 1);
}

static inline void handlers_set(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP };
	stack_t stack = { .ss_sp = attempt_stack, .ss_size = sizeof(attempt_stack) };
	struct sigaction action = { .sa_sigaction = attempt_handler,
		.sa_flags = SA_SIGINFO | SA_ONSTACK };

	registers_keep();
	sigaltstack(&stack, NULL);
	for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		sigaction(signals[i], &action, NULL);
	}
}

static inline const char *address_word(void)
{
	if (!attempt_address) {
		return "0";
	}
	return attempt_address == attempt_pc ? "here" : "there";
}

static inline void attempt_say(const char *what)
{
	if (attempt_signo) {
		printf("%s: %s code %d at %s\n", what, signal_word(attempt_signo), attempt_code,
			address_word());
	} else {
		printf("%s: went on\n", what);
	}
}

#define ATTEMPT(...)                                                                               \
	do {                                                                                       \
		attempt_signo = 0;                                                                 \
		if (!sigsetjmp(attempt_end, 1)) {                                                  \
			__VA_ARGS__;                                                               \
		}                                                                                  \
		registers_repair();                                                                \
	} while (0)

#define TRY(what, ...)                                                                             \
	do {                                                                                       \
		ATTEMPT(__VA_ARGS__);                                                              \
		attempt_say(what);                                                                 \
	} while (0)

/* Processors and hypervisors differ about this one: all that is asked is that the program goes on. */
#define SURVIVE(what, ...)                                                                         \
	do {                                                                                       \
		ATTEMPT(__VA_ARGS__);                                                              \
		printf("%s: survived\n", what);                                                    \
	} while (0)

/* The same in a process of its own, which the attempt may end: how it ended. */
#define APART(what, ...)                                                                           \
	do {                                                                                       \
		int apart_status = 0;                                                              \
		pid_t apart_pid;                                                                   \
		fflush(stdout);                                                                    \
		apart_pid = fork();                                                                \
		if (!apart_pid) {                                                                  \
			alarm(60);                                                                 \
			__VA_ARGS__;                                                               \
			fflush(stdout);                                                            \
			_exit(0);                                                                  \
		}                                                                                  \
		waitpid(apart_pid, &apart_status, 0);                                              \
		if (apart_pid < 0) {                                                               \
			printf("%s: no process: %s\n", what, strerror(errno));                     \
		} else if (WIFSIGNALED(apart_status)) {                                            \
			printf("%s: ended by %s\n", what, signal_word(WTERMSIG(apart_status)));    \
		} else {                                                                           \
			printf("%s: exit status %d\n", what, WEXITSTATUS(apart_status));           \
		}                                                                                  \
	} while (0)

#endif
