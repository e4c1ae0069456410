/*
 * arch/thread.h - contract: contexts.
 *
 * <port/thread.h> defines struct port_thread, the saved context of a thread
 * that is not running.
 */
#ifndef ARCH_THREAD_H
#define ARCH_THREAD_H

#include <kernel/thread.h>

/* Prepare `thread` (stack set, never run) so that the first switch to it enters thread_start(thread). */
void port_thread_prepare(struct thread *thread);

/*
 * Save the running context in `from`, load `to`'s; returns when something
 * switches back. Interrupts are masked. `aspace` is the address space to load,
 * NULL to keep the one that is loaded. The port joins all it has to tell the
 * hypervisor (stack, roots, segment bases) into one batch.
 */
void port_thread_switch(struct thread *from, struct thread *to, struct mmu_aspace *aspace);

#endif
