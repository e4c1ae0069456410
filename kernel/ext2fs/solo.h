/*
 * solo.h - how the kernel builds libext2fs (Debian's source package `e2fsprogs`, which
 * tools/debian-source fetches): without a C library.
 *
 * Each file beside this one stands for one of the library's, which it includes as it is. What
 * they expect of a C library is in include/ (headers of the usual names, as much of them
 * as is used) and libc.c; what they expect of configure in include/config.h.
 */
#ifndef EXT2FS_SOLO_H
#define EXT2FS_SOLO_H

#include "include/config.h"
#include "include/libc.h"

#endif
