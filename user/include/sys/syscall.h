/*
 * sys/syscall.h - SYS_NAME for every call that Linux has, and the calls without a C function in a
 * standard header.
 */
#ifndef _SYS_SYSCALL_H
#define _SYS_SYSCALL_H

#include <stddef.h>
#include <sys/types.h>

#define SC_NONE(nr64, nr32, name)  SYS_##name = SC_NUMBER(nr64, nr32),
#define SC0(nr64, nr32, name, ...) SYS_##name = SC_NUMBER(nr64, nr32),
#define SC1(nr64, nr32, name, ...) SYS_##name = SC_NUMBER(nr64, nr32),
#define SC2(nr64, nr32, name, ...) SYS_##name = SC_NUMBER(nr64, nr32),
#define SC3(nr64, nr32, name, ...) SYS_##name = SC_NUMBER(nr64, nr32),
#define SC4(nr64, nr32, name, ...) SYS_##name = SC_NUMBER(nr64, nr32),
#define SC5(nr64, nr32, name, ...) SYS_##name = SC_NUMBER(nr64, nr32),
#define SC6(nr64, nr32, name, ...) SYS_##name = SC_NUMBER(nr64, nr32),
enum {
#include <abi/syscall.def>
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
