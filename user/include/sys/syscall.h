/*
 * sys/syscall.h - SYS_NAME for every call that Linux has, and the calls without a C function in a
 * standard header.
 */
#ifndef _SYS_SYSCALL_H
#define _SYS_SYSCALL_H

#include <stddef.h>
#include <sys/types.h>

#define SC_NONE(number, name)  SYS_##name = number,
#define SC0(number, name, ...) SYS_##name = number,
#define SC1(number, name, ...) SYS_##name = number,
#define SC2(number, name, ...) SYS_##name = number,
#define SC3(number, name, ...) SYS_##name = number,
#define SC4(number, name, ...) SYS_##name = number,
#define SC5(number, name, ...) SYS_##name = number,
#define SC6(number, name, ...) SYS_##name = number,
enum {
#include <linux/syscall.def>
};
#undef SC_NONE
#undef SC0
#undef SC1
#undef SC2
#undef SC3
#undef SC4
#undef SC5
#undef SC6

long syscall(long number, ...);

void exit_group(int status);
long set_tid_address(unsigned int *tid);
int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned int flags);
int faccessat2(int dir, const char *path, int mode, int flags);

#endif
