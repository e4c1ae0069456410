/*
 * arch/trap.h - contract: faults that the kernel may take and survive.
 *
 * Every other trap in kernel mode is a bug and panics with the registers.
 */
#ifndef ARCH_TRAP_H
#define ARCH_TRAP_H

#include <kernel/types.h>

/*
 * Copy between kernel memory and memory that may fault. 0, or -EFAULT when any
 * byte could not be accessed (how much was copied is then undefined). Used for
 * probing addresses; never sleeps.
 */
int memory_probe_read(void *dst, const void *src, size_t len) __must_check;
int memory_probe_write(void *dst, const void *src, size_t len) __must_check;

/* Frame pointer and pc of the caller, for a backtrace that starts there. */
static inline vaddr_t frame_pointer_here(void)
{
	return (vaddr_t)__builtin_frame_address(0);
}

/*
 * One step of a walk over saved frame pointers: false when the chain ends or
 * `frame_pointer` is not plausible. Never faults.
 */
bool backtrace_step(vaddr_t *frame_pointer, vaddr_t *pc);

#endif
