/*
 * libc.h - the little of a C library that libext2fs uses; all of the usual header names lead here.
 *
 * The names are given a prefix, so that they are nobody else's. stdio goes nowhere: the library
 * prints only in its debugging.
 */
#ifndef EXT2FS_LIBC_H
#define EXT2FS_LIBC_H

#include <kernel/errno.h>
#include <kernel/string.h>
#include <kernel/types.h>
#include <linux/stat.h>
#include <stdarg.h>

typedef long ssize_t;
typedef int64_t off_t;
typedef int64_t time_t;
typedef unsigned mode_t;
typedef unsigned uid_t, gid_t;
typedef int pid_t;
typedef uint64_t dev_t;
typedef struct ext2_nothing FILE;

struct timeval {
	time_t tv_sec;
	long tv_usec;
};

struct stat {
	mode_t st_mode;
};

#define malloc		       ext2_malloc
#define calloc		       ext2_calloc
#define realloc		       ext2_realloc
#define free		       ext2_free
#define qsort		       ext2_qsort
#define strcpy		       ext2_strcpy
#define strncpy		       ext2_strncpy
#define strcat		       ext2_strcat
#define time		       ext2_time
#define getenv(name)	       ((char *)NULL)
#define getpid()	       1
#define printf(...)	       ((void)0)
#define fprintf(...)	       ((void)0)
#define sprintf(buf, ...)      ext2_print(buf, ~(size_t)0 >> 1, __VA_ARGS__)
#define snprintf	       ext2_print
#define fflush(file)	       ((void)0)
#define fputs(text, file)      ((void)0)
#define fputc(c, file)	       ((void)0)
#define stdout		       ((FILE *)NULL)
#define stderr		       ((FILE *)NULL)
#define abort()		       ext2_abort()
#define exit(status)	       ext2_abort()
#define assert(cond)	       ((cond) ? (void)0 : ext2_abort())
#define gettimeofday(tv, zone) ext2_gettimeofday(tv)
#define gethostname(name, len) (-1)
#define isspace(c)	       ((c) == ' ' || ((c) >= '\t' && (c) <= '\r'))

#define INT_MAX	  0x7fffffff
#define UINT_MAX  0xffffffffu
#define ULONG_MAX (~0ul)
#define CHAR_BIT  8

#define errno (*ext2_errno())

void *ext2_malloc(size_t size);
void *ext2_calloc(size_t count, size_t size);
void *ext2_realloc(void *old, size_t size);
void ext2_free(void *p);
void ext2_qsort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *));
char *ext2_strcpy(char *dst, const char *src);
char *ext2_strncpy(char *dst, const char *src, size_t size);
char *ext2_strcat(char *dst, const char *src);
time_t ext2_time(time_t *now);
int ext2_gettimeofday(struct timeval *now);
int ext2_print(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
void ext2_abort(void) __noreturn;
int *ext2_errno(void);

#endif
