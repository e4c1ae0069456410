/*
 * fake/rename.h - included before every kernel source: the kernel's string
 * functions get names of their own, so that both they and the host's exist.
 */
#ifndef FAKE_RENAME_H
#define FAKE_RENAME_H

#define memcpy	kernel_memcpy
#define memmove kernel_memmove
#define memset	kernel_memset
#define memcmp	kernel_memcmp
#define memchr	kernel_memchr
#define strlen	kernel_strlen
#define strnlen kernel_strnlen
#define strcmp	kernel_strcmp
#define strncmp kernel_strncmp
#define strchr	kernel_strchr
#define strrchr kernel_strrchr
#define strstr	kernel_strstr
#define strlcpy kernel_strlcpy

#endif
