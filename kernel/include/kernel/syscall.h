/*
 * syscall.h - the system calls' prototypes, from abi/linux/syscall.def.
 *
 * sys_NAME() runs on the thread's kernel stack, interrupts on, and returns the
 * result or a negative errno. Pointers are user addresses: only the functions
 * of arch/user.h touch what they point to.
 */
#ifndef KERNEL_SYSCALL_H
#define KERNEL_SYSCALL_H

#include <kernel/types.h>

typedef int sys_fd;
typedef vaddr_t sys_path;
typedef vaddr_t sys_ptr;
typedef size_t sys_len;
typedef int64_t sys_off;
typedef unsigned sys_flags;
typedef uint32_t sys_mode;
typedef int sys_int;
typedef unsigned sys_uint;
typedef long sys_long;
typedef unsigned long sys_ulong;

#define SC0(nr64, nr32, name)		      long sys_##name(void);
#define SC1(nr64, nr32, name, t1, a1)	      long sys_##name(sys_##t1 a1);
#define SC2(nr64, nr32, name, t1, a1, t2, a2) long sys_##name(sys_##t1 a1, sys_##t2 a2);
#define SC3(nr64, nr32, name, t1, a1, t2, a2, t3, a3)                                              \
	long sys_##name(sys_##t1 a1, sys_##t2 a2, sys_##t3 a3);
#define SC4(nr64, nr32, name, t1, a1, t2, a2, t3, a3, t4, a4)                                      \
	long sys_##name(sys_##t1 a1, sys_##t2 a2, sys_##t3 a3, sys_##t4 a4);
#define SC5(nr64, nr32, name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5)                              \
	long sys_##name(sys_##t1 a1, sys_##t2 a2, sys_##t3 a3, sys_##t4 a4, sys_##t5 a5);
#define SC6(nr64, nr32, name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, t6, a6)                      \
	long sys_##name(                                                                           \
		sys_##t1 a1, sys_##t2 a2, sys_##t3 a3, sys_##t4 a4, sys_##t5 a5, sys_##t6 a6);
#define SC_NONE(nr64, nr32, name)
#include <abi/syscall.def>
#undef SC0
#undef SC1
#undef SC2
#undef SC3
#undef SC4
#undef SC5
#undef SC6
#undef SC_NONE

#endif
