/*
 * arch/user_i386.h - contract: what the i386 interface asks of a port beside arch/user.h.
 *
 * Thread-local storage is in a segment: the thread has some descriptors of the GDT, which it fills
 * by set_thread_area() and loads into a segment register itself. They are part of struct port_user:
 * port_user_copy() and port_user_reset() see to them, and so does a switch of threads.
 */
#ifndef ARCH_USER_I386_H
#define ARCH_USER_I386_H

#include <kernel/types.h>

/*
 * set_thread_area(): the calling thread's descriptor, as the struct user_desc at `user` says; its entry_number
 * -1 is replaced by a free one's. 0; -EFAULT; -EINVAL for what is no entry of the program's, or
 * no data segment that it may have; -ESRCH when none is free.
 */
int port_thread_area_set(vaddr_t user) __must_check;

/* get_thread_area(): 0, -EFAULT, -EINVAL. */
int port_thread_area_get(vaddr_t user) __must_check;

#endif
