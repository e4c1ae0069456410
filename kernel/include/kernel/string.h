/* string.h - the C library's memory and string functions that the kernel uses; same contracts. */
#ifndef KERNEL_STRING_H
#define KERNEL_STRING_H

#include <kernel/types.h>

void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *hay, const char *needle);

/* Copy with truncation, always NUL-terminated when size > 0; returns strlen(src). */
size_t strlcpy(char *dst, const char *src, size_t size);

/*
 * Parse all of `s` as an unsigned number: decimal, or 0x and hexadecimal.
 * 0, or -EINVAL when it is not one, -ERANGE when it does not fit.
 */
int str_to_u64(const char *s, uint64_t *value) __must_check;

#endif
