/* fcntl(), locks and ioctl() on files (kernel/sys/file_control.c, kernel/fs/lock.c). */
#include "oracle.h"

#include <sys/file.h>
#include <sys/ioctl.h>

static int fd;

static void flags(void)
{
	TRY(fcntl(fd, F_GETFL) & O_ACCMODE);
	TRY(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK));
	TRY(fcntl(fd, F_GETFL) & (O_APPEND | O_NONBLOCK | O_ACCMODE));
	TRY(fcntl(fd, F_SETFL, O_WRONLY));
	TRY(fcntl(fd, F_GETFL) & (O_APPEND | O_NONBLOCK | O_ACCMODE));
	TRY(fcntl(99, F_GETFL));
	TRY(fcntl(fd, F_GETFD));
	TRY(fcntl(fd, F_SETFD, FD_CLOEXEC));
	TRY(fcntl(fd, F_GETFD));
	TRY(fcntl(fd, F_SETFD, 0));
	TRY(fcntl(fd, F_DUPFD, 20));
	TRY(fcntl(fd, F_DUPFD_CLOEXEC, 20));
	TRY(fcntl(21, F_GETFD));
	TRY(fcntl(fd, F_DUPFD, -1));
	TRY(fcntl(fd, F_DUPFD, 1 << 30));
	TRY(fcntl(fd, 12345));
	TRY(fcntl(fd, F_SETPIPE_SZ, 4096));
	close_range(20, 30, 0);
}

static struct flock region(short type, off_t start, off_t len)
{
	return (struct flock){
		.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len
	};
}

static void lock_show(struct flock lock)
{
	static const char *const names[] = { "read", "write", "unlocked" };

	TRY(fcntl(fd, F_GETLK, &lock));
	printf("  %s", names[lock.l_type]);
	if (lock.l_type != F_UNLCK) {
		printf(" %ld+%ld by %s", (long)lock.l_start, (long)lock.l_len,
			lock.l_pid == getppid() ? "the parent" : "somebody");
	}
	printf("\n");
}

/* A child, for which the parent's locks are somebody's. */
static void others(void)
{
	struct flock read_lock = region(F_RDLCK, 0, 10), write_lock = region(F_WRLCK, 0, 10);
	struct flock past = region(F_WRLCK, 30, 0), inside = region(F_WRLCK, 12, 2);

	lock_show(read_lock);
	lock_show(write_lock);
	lock_show(past);
	lock_show(inside);
	TRY(fcntl(fd, F_SETLK, &read_lock));
	TRY(fcntl(fd, F_SETLK, &write_lock));
	TRY(fcntl(fd, F_SETLK, &past));
	TRY(fcntl(fd, F_SETLK, &inside));
}

static void waits(void)
{
	struct flock all = region(F_WRLCK, 0, 0);

	TRY(fcntl(fd, F_SETLKW, &all));
}

static void posix_locks(void)
{
	struct flock a = region(F_RDLCK, 0, 10), b = region(F_WRLCK, 20, 10),
		     c = region(F_UNLCK, 22, 2);
	struct flock bad = region(7, 0, 0), negative = region(F_RDLCK, -1, 1),
		     all = region(F_UNLCK, 0, 0);
	struct flock back = region(F_RDLCK, 10, -5);
	int only_read = open("f", O_RDONLY), status, result;
	pid_t pid;

	TRY(fcntl(fd, F_SETLK, &a));
	TRY(fcntl(fd, F_SETLK, &b));
	TRY(fcntl(fd, F_SETLK, &c));
	in_child("others", others);
	TRY(fcntl(fd, F_SETLK, &bad));
	TRY(fcntl(fd, F_GETLK, &bad));
	TRY(fcntl(fd, F_SETLK, &negative));
	TRY(fcntl(fd, F_SETLK, BAD_POINTER));
	TRY(fcntl(fd, F_SETLK, &back));
	TRY(fcntl(only_read, F_SETLK, &b));
	TRY(fcntl(99, F_SETLK, &b));
	pid = fork();
	if (pid == 0) {
		waits();
		_exit(0);
	}
	usleep(20000);
	result = fcntl(fd, F_SETLK, &all);
	waitpid(pid, &status, 0); /* who speaks first is a matter of time */
	printf("let go: %d\n", result);
	show_end("waiter", status);
	/* Closing any descriptor of the file lets go of all its locks. */
	TRY(fcntl(fd, F_SETLK, &b));
	TRY(close(only_read));
	in_child("after a close", others);
}

static void ofd_locks(void)
{
	struct flock a = region(F_WRLCK, 0, 10);
	int second = open("f", O_RDWR);

	TRY(fcntl(fd, F_OFD_SETLK, &a));
	TRY(fcntl(second, F_OFD_SETLK, &a));
	TRY(fcntl(second, F_OFD_GETLK, &a));
	printf("  type %d pid %d\n", a.l_type, a.l_pid);
	a.l_type = F_UNLCK;
	a.l_pid = 0;
	TRY(fcntl(fd, F_OFD_SETLK, &a));
	a.l_pid = 1;
	TRY(fcntl(fd, F_OFD_SETLK, &a));
	close(second);
}

static void whole_file(void)
{
	int second = open("f", O_RDONLY);

	TRY(flock(fd, LOCK_SH));
	TRY(flock(second, LOCK_SH | LOCK_NB));
	TRY(flock(second, LOCK_EX | LOCK_NB));
	TRY(flock(fd, LOCK_UN));
	TRY(flock(second, LOCK_EX | LOCK_NB));
	TRY(flock(fd, LOCK_SH | LOCK_NB));
	TRY(flock(fd, 77));
	TRY(flock(99, LOCK_SH));
	close(second);
	TRY(flock(fd, LOCK_SH | LOCK_NB));
}

static void requests(void)
{
	int n = -1, on = 1;

	lseek(fd, 1, SEEK_SET);
	TRY(ioctl(fd, FIONREAD, &n));
	printf("  %d\n", n);
	TRY(ioctl(fd, FIONBIO, &on));
	TRY(!!(fcntl(fd, F_GETFL) & O_NONBLOCK));
	TRY(ioctl(fd, FIOCLEX));
	TRY(fcntl(fd, F_GETFD));
	TRY(ioctl(fd, FIONCLEX));
	TRY(fcntl(fd, F_GETFD));
	TRY(ioctl(fd, TCGETS, &n));
	TRY(ioctl(fd, 0x12345678, &n));
	TRY(ioctl(fd, FIONREAD, BAD_POINTER));
	TRY(ioctl(99, FIONREAD, &n));
}

int main(void)
{
	fd = file_make("f", "0123456789");
	flags();
	posix_locks();
	ofd_locks();
	whole_file();
	requests();
	return 0;
}
