/*
 * thread.c (fake) - the context switch: the address space as on pv64, the shared
 * switch of registers with the address sanitizer told which stack is running.
 *
 * There is no user mode here, so no kernel stack, segment base or FPU state has
 * to follow the thread.
 *
 * switch.S is assembled under the names fake_context_switch and
 * fake_thread_start, so that both ends of a switch pass through here.
 */
#include <arch/thread.h>
#include <drivers/xen/batch.h>
#include <fake/stack.h>
#include <x86/pt.h>
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

void port_thread_switch(struct thread *from, struct thread *to, struct mmu_aspace *aspace)
{
	if (aspace) {
		pt_load(aspace, __builtin_return_address(0));
		batch_flush(BATCH_SWITCH);
	}
	x86_context_switch(&from->port, &to->port);
}
