/*
 * backtrace.c - walking saved frame pointers.
 *
 * The whole kernel keeps frame pointers: at *rbp stands the caller's rbp, above
 * it the return address. The walk stays within the current thread's stack, goes
 * upwards only and reads through the fault-tolerant copy, so a smashed stack
 * shortens the trace but never adds a second fault to the first.
 */
#include <arch/trap.h>
#include <kernel/cpu.h>
#include <x86/stack.h>

struct saved_frame {
	vaddr_t frame_pointer;
	vaddr_t return_address;
};

static bool is_on_stack(vaddr_t frame_pointer)
{
	struct stack_bounds stack = stack_of(thread_current());

	return frame_pointer % sizeof(vaddr_t) == 0 && frame_pointer >= stack.base &&
		frame_pointer <= stack.end - sizeof(struct saved_frame);
}

bool backtrace_step(vaddr_t *frame_pointer, vaddr_t *pc)
{
	struct saved_frame saved;

	if (!is_on_stack(*frame_pointer) ||
		memory_probe_read(&saved, (const void *)*frame_pointer, sizeof(saved)) ||
		!saved.return_address) {
		return false;
	}
	*pc = saved.return_address;
	*frame_pointer = saved.frame_pointer > *frame_pointer ? saved.frame_pointer : 0;
	return true;
}
