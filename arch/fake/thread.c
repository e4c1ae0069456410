/*
 * thread.c (fake) - the shared switch of registers, with the address sanitizer told
 * which stack is running.
 *
 * switch.S is assembled under the names fake_context_switch and
 * fake_thread_start, so that both ends of a switch pass through here.
 */
#include "../pv-x86/stack_check.h"

#include <arch/thread.h>
#include <fake/stack.h>
#include <x86/stack.h>
#include <x86/switch.h>

void fake_context_switch(struct port_thread *from, struct port_thread *to);
void fake_thread_start(struct thread *self) __noreturn;

void x86_context_switch(struct port_thread *from, struct port_thread *to)
{
	struct stack_bounds stack = stack_of(container_of(to, struct thread, port));

	fake_stack_leaving((const void *)stack.base, stack.end - stack.base);
	fake_context_switch(from, to);
	fake_stack_arrived();
}

void fake_thread_start(struct thread *self)
{
	fake_stack_arrived();
	thread_start(self);
}

/* Overflows are met by the guard page: the signal handler has a stack of its own. */
void stack_check_set(vaddr_t stack_base)
{
}
