/*
 * panic.c - the end of a kernel that is wrong about itself.
 *
 * Invariants:
 *   P1  Nothing here takes a lock, allocates or sleeps.
 *   P2  Each step is tried at most once: a panic within a panic prints its
 *       message and ends the machine, a third one only ends it.
 *   P3  One CPU speaks: the first to panic stops the others, and one that panics
 *       at the same time or later stops by itself.
 */
#include <arch/boot.h>
#include <arch/cpu.h>
#include <arch/trap.h>
#include <kernel/cpu.h>
#include <kernel/log.h>
#include <kernel/panic.h>
#include <kernel/smp.h>
#include <kernel/thread.h>
#include <stdarg.h>

#define LINES_MAX 32

static unsigned panic_depth;

/* A return address may be the first of the next function: the call stands before it. */
static void return_address_print(vaddr_t pc)
{
	unsigned long offset;
	const char *name = symbol_name(pc - 1, &offset);

	if (name) {
		log_err("  %#lx %s+%#lx", (unsigned long)pc, name, offset + 1);
	} else {
		log_err("  %#lx", (unsigned long)pc);
	}
}

/* A caller that follows itself, as in a recursion, gets one line more and no others. */
static void callers_print(vaddr_t frame_pointer)
{
	vaddr_t pc, last = 0;
	unsigned repeated = 0, lines = 0;

	while (lines < LINES_MAX && backtrace_step(&frame_pointer, &pc)) {
		if (pc == last) {
			repeated++;
			continue;
		}
		if (repeated) {
			log_err("  %u times more", repeated);
		}
		return_address_print(pc);
		last = pc;
		repeated = 0;
		lines++;
	}
	if (repeated) {
		log_err("  %u times more", repeated);
	}
}

void backtrace_print(vaddr_t pc, vaddr_t frame_pointer)
{
	log_err("  %#lx %pS", (unsigned long)pc, (void *)pc);
	callers_print(frame_pointer);
}

/* What everyone who looks at the log wants first. */
static void message_print(const char *fmt, va_list args)
{
	const struct thread *thread = thread_current();
	char text[320];

	fmt_vprint(text, sizeof(text), fmt, args);
	log_err("panic: %s", text);
	log_err("panic: cpu %u, thread %s", cpu_id(), thread ? thread->name : "none yet");
}

static void __noreturn crash(void)
{
	log_drain();
	port_machine_end(MACHINE_CRASH);
}

/* P2: how deep we are now; the caller goes on only at 1. */
static void panic_enter(const char *fmt, va_list args)
{
	unsigned depth;

	irq_disable();
	smp_stop_others(); /* P3 */
	depth = ++panic_depth;
	if (depth > 2) {
		port_machine_end(MACHINE_CRASH);
	}
	log_emergency();
	message_print(fmt, args);
	if (depth > 1) {
		port_machine_end(MACHINE_CRASH);
	}
}

void panic(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	panic_enter(fmt, args);
	va_end(args);
	callers_print(frame_pointer_here());
	crash();
}

void panic_at(vaddr_t pc, vaddr_t frame_pointer, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	panic_enter(fmt, args);
	va_end(args);
	backtrace_print(pc, frame_pointer);
	crash();
}
