/*
 * fake/rename.h - included before every kernel source: functions of the kernel
 * that are called as ones of the C library get names of their own, so that both
 * exist.
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

#define epoll_create kernel_epoll_create
#define epoll_wait   kernel_epoll_wait
#define memfd_create kernel_memfd_create

#endif
