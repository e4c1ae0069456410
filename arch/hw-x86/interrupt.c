/*
 * interrupt.c - from a vector to its handler.
 *
 * vectors.S calls hw_interrupt() for everything. Below VECTOR_FIRST stand the
 * CPU's own traps, which x86_trap() judges; above, whatever a driver asked for.
 */
#include <arch/interrupt.h>
#include <kernel/cpu.h>
#include <kernel/panic.h>
#include <kernel/string.h>
#include <kernel/thread.h>
#include <hw/control.h>
#include <hw/interrupt.h>
#include <hw/start.h>
#include <x86/trap.h>

static struct vector {
	void (*handler)(void);
	const char *name;
	uint64_t counts[CONFIG_NR_CPUS];
} vectors[256 - VECTOR_FIRST];

void hw_interrupt(struct trap_frame *frame); /* for vectors.S only */

void interrupt_handler_set(unsigned vector, const char *name, void (*handler)(void))
{
	assert_that(vector >= VECTOR_FIRST && vector < 256, "not a trap's vector");
	vectors[vector - VECTOR_FIRST].name = name;
	vectors[vector - VECTOR_FIRST].handler = handler;
}

void interrupt_vector_for_each(
	void (*each)(const struct interrupt_source *source, void *arg), void *arg)
{
	for (unsigned i = 0; i < ARRAY_SIZE(vectors); i++) {
		struct interrupt_source source = {
			.number = VECTOR_FIRST + i, .kind = "apic", .name = vectors[i].name
		};

		if (vectors[i].handler) {
			memcpy(source.counts, vectors[i].counts, sizeof(source.counts));
			each(&source, arg);
		}
	}
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
	if (vectors[vector - VECTOR_FIRST].handler) {
		vectors[vector - VECTOR_FIRST].counts[cpu_id()]++;
		vectors[vector - VECTOR_FIRST].handler();
	} else {
		env_unexpected_interrupt(vector);
	}
	sched_interrupt_exit(!port_frame_is_user(frame));
}
