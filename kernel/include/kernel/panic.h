/*
 * panic.h - the end, when an invariant of our own is broken.
 *
 * panic() is for our bugs only. What a user program, a back-end or the
 * toolstack does wrong is an error, a signal or a disabled device.
 */
#ifndef KERNEL_PANIC_H
#define KERNEL_PANIC_H

#include <kernel/types.h>

/*
 * Print the message, CPU, thread and a symbolized backtrace, drain the console
 * and report a crash to whoever started the machine (port_machine_end()). A panic
 * within a panic prints its message only and goes straight to the end.
 */
void panic(const char *fmt, ...) __printf(1, 2) __noreturn;

/*
 * As panic(), for a trap: the backtrace starts at the frame pointer and pc that
 * the trap frame holds.
 */
void panic_at(vaddr_t pc, vaddr_t frame_pointer, const char *fmt, ...) __printf(3, 4) __noreturn;

/* Print the backtrace that starts at `pc` / `frame_pointer` through log_line(). */
void backtrace_print(vaddr_t pc, vaddr_t frame_pointer);

/* An invariant; `what` cites its number where the file's head comment numbers them. */
#define assert_that(cond, what)                                                                    \
	do {                                                                                       \
		if (unlikely(!(cond))) {                                                           \
			panic("%s:%d: %s: broken: %s (%s)", __FILE__, __LINE__, __func__, what,    \
				#cond);                                                            \
		}                                                                                  \
	} while (0)

/*
 * The symbol that holds `addr`: its name and, in *offset, the distance from its
 * start; NULL when the address is not in kernel text. The table is linked in by
 * the second link pass (tools/ksyms.py).
 */
const char *symbol_name(vaddr_t addr, unsigned long *offset);

#endif
