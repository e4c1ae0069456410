/*
 * arch/vdso.h - contract: code of the kernel's that runs in programs.
 *
 * A shared object that is mapped into each program (vdso(7)), with which it can
 * tell the time without a system call where the port's clock allows that.
 */
#ifndef ARCH_VDSO_H
#define ARCH_VDSO_H

#include <kernel/types.h>

struct vm_space;

/*
 * Map it into a fresh space. 0 and its address in *base, which goes into the
 * program's AT_SYSINFO_EHDR, and in *entry that of the function that makes system calls, for AT_SYSINFO
 * (each 0: there is none); or what vm_map() says.
 */
int port_vdso_map(struct vm_space *space, vaddr_t *base, vaddr_t *entry) __must_check;

#endif
