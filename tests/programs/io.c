/* Reading, writing and what a descriptor is: files (kernel/sys/file_io.c, file.c). */
#include "oracle.h"

#include <limits.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

static char buf[8192];

static void opening(void)
{
	TRY(open("nothing", O_RDONLY));
	TRY(open("", O_RDONLY));
	TRY(open(BAD_POINTER, O_RDONLY));
	TRY(open(KERNEL_POINTER, O_RDONLY));
	TRY(open("a", O_RDWR | O_CREAT, 0600));
	TRY(open("a", O_RDWR | O_CREAT | O_EXCL, 0600));
	TRY(open("a/b", O_RDONLY));
	TRY(open("a", O_RDONLY | O_DIRECTORY));
	TRY(open(".", O_RDONLY));
	TRY(open(".", O_WRONLY));
	TRY(open(".", O_RDWR));
	TRY(open("b", O_CREAT | O_DIRECTORY, 0700));
	TRY(creat("b", 0600));
	TRY(openat(AT_FDCWD, "b", O_RDONLY));
	TRY(openat(99, "b", O_RDONLY));
	TRY(openat(3, "b", O_RDONLY));
	TRY(openat(4, "b", O_RDONLY));
	TRY(openat(99, "/dev/null", O_RDONLY));
	OK(symlink("loop", "loop"));
	TRY(open("loop", O_RDONLY));
	TRY(open("loop", O_RDONLY | O_NOFOLLOW));
	TRY(open("loop", O_PATH | O_NOFOLLOW));
	memset(buf, 'x', 300);
	buf[300] = 0;
	TRY(open(buf, O_RDONLY));
	memset(buf, 'x', 5000);
	buf[5000] = 0;
	TRY(open(buf, O_RDONLY));
	OK(close_range(3, ~0u, 0));
	TRY(close(3));
	TRY(close(-1));
}

static void positions(void)
{
	int fd = file_make("p", "0123456789");

	TRY(lseek(fd, 3, SEEK_SET));
	TRY(lseek(fd, 3, SEEK_CUR));
	TRY(lseek(fd, -1, SEEK_END));
	TRY(lseek(fd, -100, SEEK_CUR));
	TRY(lseek(fd, 100, SEEK_END));
	TRY(read(fd, buf, 10));
	TRY(lseek(fd, 0, 77));
	TRY(lseek(99, 0, SEEK_SET));
	TRY(pread(fd, buf, 4, 6));
	printf("%.4s\n", buf);
	TRY(pread(fd, buf, 4, 10));
	TRY(pread(fd, buf, 4, -1));
	TRY(pwrite(fd, "ab", 2, 12));
	TRY(pwrite(fd, "ab", 2, -1));
	file_show("p");
	TRY(lseek(fd, 0, LINUX_SEEK_DATA));
	TRY(lseek(fd, 0, LINUX_SEEK_HOLE));
	TRY(lseek(fd, 1000, LINUX_SEEK_DATA));
	close(fd);
}

static void transfers(void)
{
	int fd = file_make("t", "hello"), only_read, only_write;

	TRY(read(fd, buf, 0));
	TRY(read(fd, BAD_POINTER, 5));
	TRY(read(fd, KERNEL_POINTER, 5));
	TRY(write(fd, BAD_POINTER, 5));
	TRY(write(fd, KERNEL_POINTER, 5));
	TRY(read(fd, buf, sizeof(buf)));
	TRY(read(fd, buf, sizeof(buf)));
	TRY(read(99, buf, 1));
	TRY(write(99, buf, 1));
	only_read = open("t", O_RDONLY);
	only_write = open("t", O_WRONLY | O_APPEND);
	TRY(write(only_read, "x", 1));
	TRY(read(only_write, buf, 1));
	TRY(write(only_write, " there", 6));
	TRY(lseek(only_write, 0, SEEK_SET));
	TRY(write(only_write, "!", 1));
	TRY(pwrite(only_write, "?", 1, 0));
	file_show("t");
	TRY(read(open(".", O_RDONLY), buf, 10));
	TRY(read(open("t", O_PATH), buf, 10));
	OK(close_range(fd, ~0u, 0));
}

static void vectors(void)
{
	struct iovec two[2] = { { (void *)"one ", 4 }, { (void *)"two", 3 } };
	struct iovec into[3] = { { buf, 2 }, { buf + 100, 0 }, { buf + 200, 10 } };
	struct iovec bad[2] = { { (void *)"ok", 2 }, { BAD_POINTER, 3 } };
	struct iovec huge[2] = { { buf, ~0ul }, { buf, 1 } };
	int fd = file_make("v", "");

	TRY(writev(fd, two, 2));
	TRY(writev(fd, two, 0));
	TRY(writev(fd, two, -1));
	TRY(writev(fd, two, UIO_MAXIOV + 1));
	TRY(writev(fd, BAD_POINTER, 2));
	TRY(writev(fd, huge, 2));
	file_show("v");
	lseek(fd, 0, SEEK_SET);
	TRY(readv(fd, into, 3));
	printf("%.2s|%.5s\n", buf, buf + 200);
	TRY(preadv(fd, into, 3, 4));
	printf("%.2s|%.1s\n", buf, buf + 200);
	TRY(preadv(fd, into, 3, -1));
	TRY(pwritev(fd, two, 2, 2));
	TRY(pwritev(fd, two, 2, -5));
	file_show("v");
	TRY(syscall(SYS_preadv, fd, into, 3, 4, 0));
	TRY(syscall(SYS_pwritev, fd, two, 1, 0, 0));
	TRY(writev(fd, bad, 2));
	close(fd);
}

static void copies(void)
{
	int in = file_make("in", "from here to there"), out = file_make("out", "");
	off_t at = 5, to = 3;

	TRY(sendfile(out, in, NULL, 4));
	TRY(sendfile(out, in, &at, 4));
	printf("at %ld\n", (long)at);
	TRY(sendfile(out, in, NULL, 1000));
	TRY(sendfile(out, in, NULL, 1000));
	TRY(sendfile(out, 99, NULL, 1));
	TRY(sendfile(99, in, NULL, 1));
	at = -1;
	TRY(sendfile(out, in, &at, 1));
	TRY(sendfile(out, in, BAD_POINTER, 1));
	file_show("out");
	at = 5;
	TRY(copy_file_range(in, &at, out, &to, 4, 0));
	printf("at %ld to %ld\n", (long)at, (long)to);
	TRY(copy_file_range(in, &at, out, &to, 4, 1));
	TRY(copy_file_range(in, NULL, out, NULL, 4, 0));
	TRY(copy_file_range(99, NULL, out, NULL, 4, 0));
	TRY(copy_file_range(in, NULL, open("out", O_RDONLY), NULL, 4, 0));
	at = 0;
	to = 2;
	TRY(copy_file_range(in, &at, in, &to, 4, 0));
	file_show("out");
	OK(close_range(in, ~0u, 0));
}

static void sizes(void)
{
	int fd = file_make("s", "0123456789"), only_read = open("s", O_RDONLY);

	TRY(ftruncate(fd, 4));
	TRY(ftruncate(fd, 6));
	file_show("s");
	TRY(ftruncate(fd, -1));
	TRY(ftruncate(only_read, 1));
	TRY(ftruncate(99, 1));
	TRY(truncate("s", 3));
	TRY(truncate("nothing", 3));
	TRY(truncate(".", 3));
	TRY(truncate("s", -3));
	TRY(truncate(BAD_POINTER, 3));
	TRY(fallocate(fd, 0, 0, 5));
	file_show("s");
	TRY(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 10000));
	TRY(lseek(fd, 0, SEEK_END));
	TRY(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 2));
	TRY(fallocate(fd, 0, -1, 5));
	TRY(fallocate(fd, 0, 0, 0));
	TRY(fallocate(only_read, 0, 0, 5));
	TRY(fallocate(99, 0, 0, 5));
	TRY(fsync(fd));
	TRY(fdatasync(fd));
	TRY(fsync(99));
	TRY(fdatasync(99));
	sync();
	OK(close_range(fd, ~0u, 0));
}

static void descriptors(void)
{
	int fd = file_make("d", "abc");

	TRY(dup(fd));
	TRY(dup(99));
	TRY(dup2(fd, 10));
	TRY(dup2(fd, fd));
	TRY(dup2(99, 10));
	TRY(dup2(fd, -1));
	TRY(dup2(fd, 1 << 30));
	TRY(syscall(SYS_dup3, fd, 11, O_CLOEXEC));
	TRY(syscall(SYS_dup3, fd, fd, 0));
	TRY(syscall(SYS_dup3, fd, 12, O_APPEND));
	TRY(fcntl(11, F_GETFD));
	TRY(fcntl(10, F_GETFD));
	TRY(read(10, buf, 1));
	TRY(read(fd, buf, 1));
	TRY(close_range(10, 11, 0));
	TRY(close_range(11, 10, 0));
	TRY(close_range(0, 1, 77));
	TRY(close(10));
	TRY(close_range(fd, fd, CLOSE_RANGE_CLOEXEC));
	TRY(fcntl(fd, F_GETFD));
	OK(close_range(fd, ~0u, 0));
}

int main(void)
{
	opening();
	positions();
	transfers();
	vectors();
	copies();
	sizes();
	descriptors();
	return 0;
}
