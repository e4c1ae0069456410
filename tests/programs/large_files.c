/*
 * Files beyond 2 GiB (kernel/fs/open.c, file.c): who opens them on i386 has to say O_LARGEFILE, or stays below. x86-64
 * says it for all, so that the two interfaces differ here, as they do on Linux.
 */
#include "oracle.h"

#define NARROW_MAX 0x7fffffffll
#define MADE	   (O_RDWR | O_CREAT)

/* Past the C library, which says O_LARGEFILE by itself. */
static int open_as(const char *name, int flags)
{
	return (int)syscall(SYS_openat, AT_FDCWD, name, flags, 0600);
}

static void told(int narrow, int large)
{
	TRY(fcntl(narrow, F_GETFL) & (O_LARGEFILE | O_ACCMODE));
	TRY(fcntl(large, F_GETFL) & (O_LARGEFILE | O_ACCMODE));
}

static void writing(int narrow, int large)
{
	int end = open_as("f", O_WRONLY | O_APPEND);

	TRY(pwrite(narrow, "xyz", 3, NARROW_MAX - 2));
	TRY(pwrite(narrow, "x", 1, NARROW_MAX));
	TRY(pwrite(narrow, "", 0, NARROW_MAX));
	OK(lseek(narrow, NARROW_MAX - 1, SEEK_SET));
	TRY(write(narrow, "12", 2));
	TRY(write(narrow, "3", 1));
	OK(ftruncate(large, NARROW_MAX));
	TRY(write(end, "x", 1));
	OK(ftruncate(large, NARROW_MAX - 1));
	TRY(write(end, "xy", 2));
	TRY(pwrite(large, "xyz", 3, NARROW_MAX));
}

static void opening(void)
{
	struct stat s;

	OK(open_as("f", O_RDONLY));
	OK(open_as("f", O_WRONLY | O_APPEND));
	OK(open_as("f", MADE | O_EXCL));
	OK(open_as("f", O_PATH));
	OK(open_as("f", O_RDONLY | O_LARGEFILE));
	OK(open("f", O_RDONLY));
	OK(openat(AT_FDCWD, "f", O_RDWR));
	OK(stat("f", &s));
	printf("%lld\n", (long long)s.st_size);
	OK(open_as("f", O_RDWR | O_TRUNC));
	OK(stat("f", &s));
	printf("%lld\n", (long long)s.st_size);
}

static void reading(int narrow)
{
	char got[4] = "";

	TRY(pread(narrow, got, 3, NARROW_MAX));
	printf("%s\n", got);
}

int main(void)
{
	int narrow = open_as("f", MADE), large = open_as("f", O_RDWR | O_LARGEFILE), p[2];

	told(narrow, large);
	writing(narrow, large);
	reading(narrow);
	opening();
	OK(ftruncate(large, NARROW_MAX));
	OK(open_as("f", O_RDONLY));
	OK(pipe(p));
	TRY(fcntl(p[0], F_GETFL) & O_LARGEFILE);
	OK(truncate("f", 1ll << 33));
	OK(open_as("f", O_RDONLY));
	return 0;
}
