/* pidfd.c - processes as files: opened, cloned with, waited for, polled, signalled, and after the end. */
#include "call.h"

enum {
	P_PIDFD = 3,
	EXITED = 4,
	NOHANG = 1,
	NOWAIT = 0x01000000,
	NONBLOCK = 04000,
	CLONE_PIDFD = 0x1000
};

static int look(int fd, int timeout)
{
	struct {
		int fd;
		short events, ready;
	} p = { fd, 1, 0 };

	call(poll, &p, 1l, timeout);
	return p.ready;
}

static void await(const char *what, int fd, int options)
{
	struct {
		int signo, error, code, pad, pid, uid, status;
		char rest[100];
	} info = { .signo = -1 };
	long err = call(waitid, P_PIDFD, fd, &info, options, 0l);

	if (err) {
		say(what, err);
	} else {
		printf("%s: signo %d code %d status %d\n", what, info.signo,
			info.signo ? info.code : 0, info.signo ? info.status : 0);
		fflush(stdout);
	}
}

static int sleeper(void)
{
	int child = (int)call(fork);

	if (!child) {
		for (;;) {
			call(pause);
		}
	}
	return child;
}

int main(void)
{
	int child = sleeper(), fd, other = (int)call(open, "/dev/null", 2), number = -1, p[2];
	struct {
		int signo, error, code, pad, pid;
		char rest[108];
	} info = { .signo = 9, .code = 0 };
	char text[64] = "", path[32], c = 0;

	say("flags", call(pidfd_open, child, 1));
	say("0", call(pidfd_open, 0, 0));
	say("-1", call(pidfd_open, -1, 0));
	say("nobody", call(pidfd_open, 99999, 0));
	fd = (int)call(pidfd_open, child, NONBLOCK);
	say("close on exec", call(fcntl, fd, 1, 0l));
	say("status", call(fcntl, fd, 3, 0l) & ~0100000l);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	call(readlink, path, text, 63l);
	printf("%s\n", text);
	fflush(stdout);
	say("read", call(read, fd, text, 1l));
	say("not ended", look(fd, 0));
	await("wait by it, impatient", fd, EXITED);
	await("by a wrong one", other, EXITED);
	await("by none", -1, EXITED);
	say("signal flags", call(pidfd_send_signal, fd, 0, 0l, 8));
	say("signal by a wrong one", call(pidfd_send_signal, other, 0, 0l, 0));
	say("signal 65", call(pidfd_send_signal, fd, 65, 0l, 0));
	say("signal 0", call(pidfd_send_signal, fd, 0, 0l, 0));
	say("signal as another", call(pidfd_send_signal, fd, 10, &info, 0));
	say("signal as the kernel", call(pidfd_send_signal, fd, 9, &info, 0));
	call(pipe, p);
	say("take flags", call(pidfd_getfd, fd, 0, 1));
	say("take from a wrong one", call(pidfd_getfd, other, 0, 0));
	say("take what is not open", call(pidfd_getfd, fd, 999, 0));
	say("kill", call(pidfd_send_signal, fd, 9, 0l, 0));
	say("ended", look(fd, -1) & 1);
	await("and stay", fd, EXITED | NOWAIT);
	await("and go", fd, EXITED);
	say("still readable", look(fd, 0) & 1);
	await("gone", fd, EXITED);
	say("signal to the gone", call(pidfd_send_signal, fd, 9, 0l, 0));
	call(close, fd);

	child = (int)call(clone, CLONE_PIDFD | 17, 0l, &number, 0l, 0l);
	if (!child) {
		int own = (int)call(open, "taken", 0102, 0600);

		call(write, own, "from the child", 14l);
		call(write, p[1], &own, 4l);
		call(pause);
		call(exit_group, 7);
	}
	say("clone gave a file", number > 2);
	call(read, p[0], &fd, 4l);
	fd = (int)call(pidfd_getfd, number, fd, 0);
	call(pread64, fd, text, 14l, 0ll);
	printf("%.14s\n", text);
	fflush(stdout);
	say("close on exec", call(fcntl, fd, 1, 0l));
	call(kill, child, 9);
	await("killed", number, EXITED);
	say("clone to nowhere", call(clone, CLONE_PIDFD | 17, 0l, 8l, 0l, 0l));
	say("clone with two in a place",
		call(clone, CLONE_PIDFD | 0x100000 | 17, 0l, &number, 0l, 0l));
	child = sleeper();
	fd = (int)call(pidfd_open, child, 0);
	await("without waiting", fd, EXITED | NOHANG);
	child_when_asleep(call(kill, child, 15));
	await("patient", fd, EXITED);
	child_end();
	printf("%d\n", c);
	return 0;
}
