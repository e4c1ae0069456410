/*
 * solo.h - how the kernel builds the inflating half of zlib (Debian's source package `zlib`,
 * which tools/debian-source fetches): without a C library, names prefixed by z_.
 *
 * Each file beside this one stands for one of zlib's, which it includes as it is.
 */
#ifndef ZLIB_SOLO_H
#define ZLIB_SOLO_H

#define Z_SOLO
#define Z_PREFIX
#define Z_TESTW 0 /* CRCs byte by byte: a table of 1 KiB instead of many */

#endif
