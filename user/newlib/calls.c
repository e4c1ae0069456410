/*
 * calls.c - functions that are nearly a system call: another order of arguments, an argument more,
 * the error as the result. (What is exactly one is in stubs.S.)
 */
#include "thread.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- memory --------------------------------------------------------------------- */

int brk(void *end)
{
	if (syscall(SYS_brk, end) != (long)end) {
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

/* malloc() comes here, with its lock held. */
void *sbrk(ptrdiff_t change)
{
	static char *end;
	char *old;

	if (!end) {
		end = (char *)syscall(SYS_brk, 0);
	}
	old = end;
	if (change && brk(old + change)) {
		return (void *)-1;
	}
	end = old + change;
	return old;
}

/* ---- files ---------------------------------------------------------------------- */

char *getcwd(char *buf, size_t size)
{
	return syscall(SYS_getcwd, buf, size) < 0 ? NULL : buf;
}

int faccessat(int dir, const char *path, int mode, int flags)
{
	return (int)syscall(SYS_faccessat2, dir, path, mode, flags);
}

/* The call has no flags; a link cannot be changed. */
int fchmodat(int dir, const char *path, mode_t mode, int flags)
{
	if (flags) {
		errno = flags == AT_SYMLINK_NOFOLLOW ? ENOTSUP : EINVAL;
		return -1;
	}
	return (int)syscall(SYS_fchmodat, dir, path, mode);
}

ssize_t preadv(int fd, const struct iovec *vector, int count, off_t offset)
{
	return syscall(SYS_preadv, fd, vector, count, offset, 0);
}

ssize_t pwritev(int fd, const struct iovec *vector, int count, off_t offset)
{
	return syscall(SYS_pwritev, fd, vector, count, offset, 0);
}

int mkfifo(const char *path, mode_t mode)
{
	return mknod(path, S_IFIFO | mode, 0);
}

int mkfifoat(int dir, const char *path, mode_t mode)
{
	return mknodat(dir, path, S_IFIFO | mode, 0);
}

int futimens(int fd, const struct timespec times[2])
{
	return utimensat(fd, NULL, times, 0);
}

/* The kernel changes its timeout; ours is the caller's constant. */
int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
	struct timespec copy;

	if (timeout) {
		copy = *timeout;
	}
	return (int)syscall(SYS_ppoll, fds, count, timeout ? &copy : NULL, mask, sizeof(*mask));
}

int pselect(int count, fd_set *read, fd_set *write, fd_set *except, const struct timespec *timeout,
	const sigset_t *mask)
{
	struct {
		const sigset_t *mask;
		size_t len;
	} last = { mask, sizeof(*mask) };
	struct timespec copy;

	if (timeout) {
		copy = *timeout;
	}
	return (int)syscall(
		SYS_pselect6, count, read, write, except, timeout ? &copy : NULL, &last);
}

/* ---- processes ------------------------------------------------------------------ */

void _exit(int status)
{
	for (;;) {
		exit_group(status);
	}
}

pid_t wait(int *status)
{
	return wait4(-1, status, 0, NULL);
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	return wait4(pid, status, options, NULL);
}

pid_t wait3(int *status, int options, struct rusage *usage)
{
	return wait4(-1, status, options, usage);
}

int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	return (int)syscall(SYS_waitid, type, id, info, options, NULL);
}

int setpgrp(void)
{
	return setpgid(0, 0);
}

int seteuid(uid_t uid)
{
	return setresuid((uid_t)-1, uid, (uid_t)-1);
}

int setegid(gid_t gid)
{
	return setresgid((gid_t)-1, gid, (gid_t)-1);
}

/* The call returns 20 less the value, which so is never negative. */
int getpriority(int which, int who)
{
	long result = syscall(SYS_getpriority, which, who);

	return result < 0 ? -1 : 20 - (int)result;
}

int nice(int change)
{
	int value = getpriority(PRIO_PROCESS, 0) + change;

	return setpriority(PRIO_PROCESS, 0, value) ? -1 : getpriority(PRIO_PROCESS, 0);
}

int reboot(unsigned int command)
{
	return (int)syscall(SYS_reboot, REBOOT_MAGIC1, REBOOT_MAGIC2, command, NULL);
}

/* ---- time ----------------------------------------------------------------------- */

int clock_nanosleep(
	clockid_t clock, int flags, const struct timespec *request, struct timespec *remain)
{
	int saved = errno, result = 0;

	if (syscall(SYS_clock_nanosleep, clock, flags, request, remain)) {
		result = errno;
	}
	errno = saved;
	return result;
}

clock_t clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * CLOCKS_PER_SEC + t.tv_nsec / (1000000000 / CLOCKS_PER_SEC);
}

unsigned int sleep(unsigned int seconds)
{
	struct timespec t = { seconds, 0 };

	return nanosleep(&t, &t) ? (unsigned int)t.tv_sec : 0;
}

int usleep(useconds_t microseconds)
{
	struct timespec t = { microseconds / 1000000, microseconds % 1000000 * 1000 };

	return nanosleep(&t, NULL);
}

/* ---- the system ----------------------------------------------------------------- */

int getpagesize(void)
{
	return 4096;
}

long sysconf(int name)
{
	unsigned long cpus[16] = { 0 };
	struct rlimit limit;
	long count = 0;

	switch (name) {
	case _SC_PAGESIZE:
		return getpagesize();
	case _SC_CLK_TCK:
		return 100;
	case _SC_OPEN_MAX:
		return getrlimit(RLIMIT_NOFILE, &limit) ? -1 : (long)limit.rlim_cur;
	case _SC_NPROCESSORS_ONLN:
	case _SC_NPROCESSORS_CONF:
		sched_getaffinity(0, sizeof(cpus), cpus);
		for (size_t i = 0; i < sizeof(cpus) / sizeof(cpus[0]); i++) {
			count += __builtin_popcountl(cpus[i]);
		}
		return count;
	default:
		errno = EINVAL;
		return -1;
	}
}

int gethostname(char *name, size_t len)
{
	struct utsname system;

	if (uname(&system)) {
		return -1;
	}
	if (strlen(system.nodename) >= len) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(name, system.nodename);
	return 0;
}

/* newlib's arc4random() begins with this. */
int getentropy(void *buf, size_t len)
{
	if (len > 256) {
		errno = EIO;
		return -1;
	}
	return getrandom(buf, len, 0) == (ssize_t)len ? 0 : -1;
}
