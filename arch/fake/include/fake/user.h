/*
 * fake/user.h - programs, played by a function of the test.
 *
 * There is no user mode in this process. When the kernel leaves for it, the port
 * calls fake_program with the frame; rip says where the program is, as an
 * ordinary number. The function touches user memory with the functions below and
 * ends by fake_user_syscall() (or just returns after a fault changed its course).
 */
#ifndef FAKE_USER_H
#define FAKE_USER_H

#include <x86/trap.h>

extern void (*fake_program)(struct trap_frame *frame);

/*
 * A load or store of user mode, through the user root and the model's TLB. A
 * fault traps into the kernel and is tried again; false when the program was
 * sent elsewhere meanwhile (a signal), and should return.
 */
bool fake_user_load(struct trap_frame *frame, vaddr_t va, void *buf, size_t len);
bool fake_user_store(struct trap_frame *frame, vaddr_t va, const void *buf, size_t len);

/* Ask for a system call once the program returns; it goes on at `rip` with the result in rax. */
void fake_user_syscall(struct trap_frame *frame, vaddr_t rip, long nr, unsigned long a1,
	unsigned long a2, unsigned long a3);

#endif
