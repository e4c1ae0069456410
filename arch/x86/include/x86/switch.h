/* x86/switch.h - the part of a context switch that every 64-bit x86 port shares (switch.S). */
#ifndef X86_SWITCH_H
#define X86_SWITCH_H

#include <port/thread.h>

/*
 * Save the callee-saved registers and stack pointer in `from`, load `to`'s.
 * Returns when something switches back. Interrupts masked; what else belongs
 * to a context (address space, kernel stack for entries) the port loads before.
 */
void x86_context_switch(struct port_thread *from, struct port_thread *to);

/* Where the first switch to a thread goes: calls thread_start(thread in rbx). */
void x86_thread_trampoline(void);

#endif
