/*
 * x86/stack.h - the boot stack: a guard page, then the stack of the boot thread.
 *
 * Entry code sets the stack pointer to its end. The port takes the guard page
 * out of the map as soon as it has a final one; x86_trap() recognizes a fault in it.
 */
#ifndef X86_STACK_H
#define X86_STACK_H

#define BOOT_STACK_GUARD 4096
#define BOOT_STACK_SIZE	 16384

#ifndef __ASSEMBLER__
#include <kernel/types.h>

struct thread;

/* Page aligned; the guard is its first page. */
extern char boot_stack[BOOT_STACK_GUARD + BOOT_STACK_SIZE];

/* The stack `thread` runs on: its own, or the boot stack for NULL and for a thread without one. */
struct stack_bounds {
	vaddr_t base; /* lowest usable byte; the page below is the guard */
	vaddr_t end;
};
struct stack_bounds stack_of(const struct thread *thread);
#endif

#endif
