/*
 * thread.c - the stack of a thread that has never run, and which stack is whose.
 *
 * Invariants:
 *   T1  A new stack looks as if x86_context_switch() had left it, called from
 *       the trampoline.
 *   T2  The saved frame pointer is 0, which ends every backtrace there.
 *   T3  The trampoline starts with the stack 16-byte aligned, as its call needs.
 *   T4  The top of the stack is kept for a program's registers (user_frame_of()):
 *       they are there while the thread's first functions still run.
 */
#include <arch/thread.h>
#include <x86/stack.h>
#include <x86/switch.h>

_Static_assert(offsetof(struct port_thread, sp) == 0, "switch.S");
_Static_assert(offsetof(struct thread, port) == 0, "switch.S gets &thread->port");
_Static_assert(BOOT_STACK_GUARD == PAGE_SIZE, "the guard is one page");

char boot_stack[BOOT_STACK_GUARD + BOOT_STACK_SIZE] __aligned(PAGE_SIZE);

void port_thread_prepare(struct thread *thread)
{
	/* T3, T4 */
	vaddr_t top =
		ALIGN_DOWN(thread->stack_base + thread->stack_size - sizeof(struct user_frame), 16);
	struct switch_frame *frame = (struct switch_frame *)top - 1;

	*frame = (struct switch_frame){
		.bx = (unsigned long)thread,
		.bp = 0, /* T2 */
		.ip = (unsigned long)x86_thread_trampoline,
	};
	thread->port.sp = (unsigned long)frame;
}

struct stack_bounds stack_of(const struct thread *thread)
{
	if (!thread || !thread->stack_base) {
		vaddr_t base = (vaddr_t)boot_stack + BOOT_STACK_GUARD;

		return (struct stack_bounds){ base, base + BOOT_STACK_SIZE };
	}
	return (struct stack_bounds){ thread->stack_base, thread->stack_base + thread->stack_size };
}
