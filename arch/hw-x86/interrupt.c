/*
 * interrupt.c - from a vector to its handler.
 *
 * vectors.S calls hw_interrupt() for everything. Below VECTOR_FIRST stand the
 * CPU's own traps, which x86_trap() judges; above, whatever a driver asked for.
 */
#include <kernel/cpu.h>
#include <kernel/panic.h>
#include <kernel/thread.h>
#include <hw/control.h>
#include <hw/interrupt.h>
#include <hw/start.h>
#include <x86/trap.h>

static void (*handlers[256])(void);

void hw_interrupt(struct trap_frame *frame); /* for vectors.S only */

void interrupt_handler_set(unsigned vector, void (*handler)(void))
{
	assert_that(vector >= VECTOR_FIRST && vector < ARRAY_SIZE(handlers), "not a trap's vector");
	handlers[vector] = handler;
}

bool port_frame_is_user(const struct trap_frame *frame)
{
	return frame->cs & 3;
}

void hw_interrupt(struct trap_frame *frame)
{
	unsigned vector = frame->vector;

	if (vector < VECTOR_FIRST) {
		x86_trap(frame, cr2_read()); /* a double fault leaves the page fault's CR2 */
		return;
	}
	if (frame->ip == (vaddr_t)idle_halt) {
		frame->ip = (vaddr_t)idle_halted;
	}
	if (handlers[vector]) {
		handlers[vector]();
	} else {
		env_unexpected_interrupt(vector);
	}
	sched_interrupt_exit(!port_frame_is_user(frame));
}
