/*
 * unwind.c - the way from a signal's handler back to who was interrupted, as debuggers and C++ find it: by the
 * frame that the kernel made and what its return address leads to, which for i386 is the vDSO's.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unwind.h>

static volatile int depth;

__attribute__((noinline)) static void interrupted(void)
{
	depth++;
	__asm__ volatile("int3");
	depth--;
}

__attribute__((noinline)) static void caller(void)
{
	depth++;
	interrupted();
	depth--;
}

static _Unwind_Reason_Code step(struct _Unwind_Context *context, void *arg)
{
	uintptr_t function = _Unwind_GetRegionStart(context);
	char *found = arg;

	if (function == (uintptr_t)interrupted) {
		strcat(found, " interrupted");
	} else if (function == (uintptr_t)caller) {
		strcat(found, " caller");
	}
	return _URC_NO_REASON;
}

static void look(const char *kind)
{
	char found[256] = "";

	_Unwind_Backtrace(step, found);
	printf("%s:%s\n", kind, found);
}

static void plain(int number)
{
	(void)number;
	look("plain");
}

static void with_info(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	(void)context;
	look("with information");
}

int main(void)
{
	struct sigaction action = { .sa_handler = plain };

	sigaction(SIGTRAP, &action, NULL);
	caller();
	action = (struct sigaction){ .sa_sigaction = with_info, .sa_flags = SA_SIGINFO };
	sigaction(SIGTRAP, &action, NULL);
	caller();
	return 0;
}
