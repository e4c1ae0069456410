/*
 * calls.c (i386) - functions whose call has another form here: positions and limits of 64 bits, files that
 * may be large, pages instead of bytes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE_SHIFT 12

static int open_large(int dir, const char *path, int flags, va_list more)
{
	bool has_mode = flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE;

	return (int)syscall(
		SYS_openat, dir, path, flags | O_LARGEFILE, has_mode ? va_arg(more, mode_t) : 0);
}

int open(const char *path, int flags, ...)
{
	va_list more;
	int fd;

	va_start(more, flags);
	fd = open_large(AT_FDCWD, path, flags, more);
	va_end(more);
	return fd;
}

int openat(int dir, const char *path, int flags, ...)
{
	va_list more;
	int fd;

	va_start(more, flags);
	fd = open_large(dir, path, flags, more);
	va_end(more);
	return fd;
}

int creat(const char *path, mode_t mode)
{
	return open(path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

off_t lseek(int fd, off_t offset, int whence)
{
	off_t result;

	return syscall(SYS__llseek, fd, (unsigned long)(offset >> 32), (unsigned long)offset,
		       &result, whence) < 0
		? -1
		: result;
}

void *mmap(void *address, size_t len, int prot, int flags, int fd, off_t offset)
{
	if (offset & ((1 << PAGE_SHIFT) - 1)) {
		errno = EINVAL;
		return MAP_FAILED;
	}
	return (void *)syscall(
		SYS_mmap2, address, len, prot, flags, fd, (unsigned long)(offset >> PAGE_SHIFT));
}

int getrlimit(int resource, struct rlimit *limit)
{
	return prlimit64(0, resource, NULL, limit);
}

int setrlimit(int resource, const struct rlimit *limit)
{
	return prlimit64(0, resource, limit, NULL);
}
