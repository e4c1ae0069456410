/*
 * mqueue.c - POSIX message queues: mq_overview(7), as far as one sees it from a program.
 *
 * Prints what each call gave, or its error.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TRY(call) (errno = 0, show(#call, (long)(call)))

/* Where a call must not touch memory. The compiler shall not know. */
static char *volatile nowhere = (char *)8;
static char name[40], other[40], longest[300], buf[8192];
static const struct timespec past = { 1, 0 }, bad = { 0, -1 };

static long show(const char *call, long result)
{
	printf("%s: ", call);
	if (result < 0) {
		printf("%s\n", strerror(errno));
	} else {
		printf("%ld\n", result);
	}
	return result;
}

/* Descriptors are not the same everywhere. */
#define OPENS(call) (errno = 0, show(#call, (long)(call) < 0 ? -1 : 0))

static void opening(void)
{
	struct mq_attr few = { .mq_maxmsg = 3, .mq_msgsize = 20 },
		       none = { .mq_maxmsg = 0, .mq_msgsize = 20 };
	struct mq_attr negative = { .mq_maxmsg = 3, .mq_msgsize = -1 };
	struct mq_attr huge = { .mq_maxmsg = 65537, .mq_msgsize = 20 };
	mqd_t q;

	OPENS(mq_open(name, O_RDWR));
	OPENS(mq_open("/", O_RDWR | O_CREAT, 0600, NULL));
	OPENS(mq_open("/a/b", O_RDWR | O_CREAT, 0600, NULL));
	OPENS(mq_open("/..", O_RDWR | O_CREAT, 0600, NULL));
	OPENS(mq_open(longest, O_RDWR | O_CREAT, 0600, NULL));
	OPENS(mq_open(name, O_RDWR | O_CREAT, 0600, &none));
	OPENS(mq_open(name, O_RDWR | O_CREAT, 0600, &negative));
	OPENS(mq_open(name, O_RDWR | O_CREAT, 0600, &huge));
	OPENS(syscall(SYS_mq_open, nowhere, O_RDWR | O_CREAT, 0600, NULL));
	OPENS(syscall(SYS_mq_open, name + 1, O_RDWR | O_CREAT, 0600, nowhere));
	OPENS(q = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &few));
	TRY(fcntl(q, F_GETFD));
	mq_close(q);
	OPENS(mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &few));
	OPENS(mq_open(name, O_ACCMODE));
	OPENS(q = mq_open(name, O_RDWR | O_CREAT, 0600, &none));
	mq_close(q);
	TRY(mq_unlink(other));
	TRY(mq_unlink("/a/b"));
	TRY(mq_unlink(longest));
	TRY(syscall(SYS_mq_unlink, nowhere));
	TRY(mq_unlink(name));
	TRY(mq_unlink(name));
}

static mqd_t make(int flags)
{
	struct mq_attr few = { .mq_maxmsg = 3, .mq_msgsize = 20 };

	return mq_open(name, O_RDWR | O_CREAT | flags, 0600, &few);
}

static void receive_show(mqd_t q)
{
	unsigned priority = 77;
	ssize_t len;

	memset(buf, 0, sizeof(buf));
	errno = 0;
	len = mq_receive(q, buf, 20, &priority);
	printf("received %ld \"%s\" of priority %u, %s\n", (long)len, buf, priority,
		strerror(errno));
}

static void attributes_show(mqd_t q)
{
	struct mq_attr attr = { .mq_flags = -1 };

	TRY(mq_getattr(q, &attr));
	printf("flags %ld, %ld of %ld messages of %ld\n", attr.mq_flags, attr.mq_curmsgs,
		attr.mq_maxmsg, attr.mq_msgsize);
}

static void messages(void)
{
	mqd_t q = make(O_NONBLOCK);

	attributes_show(q);
	TRY(mq_send(q, "low", 3, 1));
	TRY(mq_send(q, "high", 4, 32767));
	TRY(mq_send(q, "low too", 7, 1));
	TRY(mq_send(q, "no room", 7, 1));
	attributes_show(q);
	receive_show(q);
	receive_show(q);
	receive_show(q);
	receive_show(q);
	TRY(mq_send(q, buf, 21, 1));
	TRY(mq_send(q, buf, 1, 32768));
	TRY(mq_send(q, nowhere, 5, 1));
	TRY(mq_send(q, "", 0, 1));
	TRY(mq_receive(q, buf, 19, NULL));
	TRY(mq_receive(q, nowhere, 20, NULL));
	TRY(mq_send(q, "x", 1, 0));
	TRY(mq_receive(q, nowhere, 20, NULL));
	receive_show(q);
	TRY(mq_timedsend(q, "x", 1, 0, &bad));
	TRY(syscall(SYS_mq_timedsend, q, "x", 1, 40000, nowhere));
	TRY(mq_timedsend(q, "x", 1, 0, &past));
	TRY(mq_timedreceive(q, buf, 20, NULL, &bad));
	TRY(mq_timedreceive(q, buf, 20, NULL, &past));
	mq_close(q);
	mq_unlink(name);
}

static void descriptors(void)
{
	struct mq_attr attr = { .mq_flags = O_APPEND }, before = { 0 };
	mqd_t q = make(0), reader = mq_open(name, O_RDONLY), writer = mq_open(name, O_WRONLY);

	TRY(mq_send(reader, "x", 1, 0));
	TRY(mq_receive(writer, buf, 20, NULL));
	TRY(mq_send(1, "x", 1, 0));
	TRY(mq_send(99, "x", 1, 0));
	TRY(mq_getattr(1, &attr));
	TRY(mq_setattr(q, &attr, NULL));
	attr.mq_flags = O_NONBLOCK;
	TRY(mq_setattr(q, &attr, &before));
	printf("flags before %ld\n", before.mq_flags);
	attributes_show(q);
	attributes_show(reader);
	TRY(syscall(SYS_mq_getsetattr, q, nowhere, NULL));
	TRY(syscall(SYS_mq_getsetattr, q, NULL, nowhere));
	TRY(syscall(SYS_mq_getsetattr, q, NULL, NULL));
	TRY(mq_unlink(name));
	/* Without a name, it is still one queue. */
	TRY(mq_send(writer, "still", 5, 2));
	receive_show(reader);
	TRY(mq_close(q));
	mq_close(reader);
	mq_close(writer);
	OPENS(mq_open(name, O_RDWR));
}

static void polling(void)
{
	mqd_t q = make(0);
	struct pollfd fd = { .fd = q, .events = POLLIN | POLLOUT };

	TRY(poll(&fd, 1, 0));
	TRY(fd.revents);
	mq_send(q, "x", 1, 0);
	TRY(poll(&fd, 1, 0));
	TRY(fd.revents);
	mq_send(q, "x", 1, 0);
	mq_send(q, "x", 1, 0);
	TRY(poll(&fd, 1, 0));
	TRY(fd.revents);
	mq_close(q);
	mq_unlink(name);
}

static void on_alarm(int signo)
{
	(void)signo;
}

/* A child sends slowly what the parent waits for, and the parent takes what the child has no room for. */
static void waiting(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval ticks = { { 0, 20000 }, { 0, 20000 } }, off = { { 0, 0 }, { 0, 0 } };
	mqd_t q = make(0);
	pid_t child = fork();

	if (!child) {
		for (int i = 0; i < 8; i++) {
			char c = (char)('a' + i);

			usleep(i < 2 ? 10000 : 0);
			mq_send(q, &c, 1, 5);
		}
		_exit(0);
	}
	for (int i = 0; i < 8; i++) {
		usleep(i > 4 ? 10000 : 0);
		receive_show(q);
	}
	waitpid(child, NULL, 0);
	TRY(mq_timedreceive(q, buf, 20, NULL, &past));
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &ticks, NULL);
	TRY(mq_receive(q, buf, 20, NULL));
	setitimer(ITIMER_REAL, &off, NULL);
	for (int i = 0; i < 3; i++) {
		mq_send(q, "x", 1, 0);
	}
	TRY(mq_timedsend(q, "x", 1, 0, &past));
	mq_close(q);
	mq_unlink(name);
}

static siginfo_t told;

static void on_message(int signo, siginfo_t *info, void *context)
{
	(void)context;
	told = *info;
	told.si_signo = signo;
}

static void told_show(void)
{
	printf("signal %d, code %d, value %d, ours %d\n", told.si_signo, told.si_code,
		told.si_value.sival_int, told.si_pid == getpid());
	memset(&told, 0, sizeof(told));
}

static void notifying(void)
{
	struct sigaction action = { .sa_sigaction = on_message, .sa_flags = SA_SIGINFO };
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 42
	};
	struct sigevent quiet = { .sigev_notify = SIGEV_NONE }, wrong = { .sigev_notify = 77 };
	struct sigevent far = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = 99 };
	mqd_t q = make(O_NONBLOCK);

	sigaction(SIGUSR1, &action, NULL);
	TRY(mq_notify(q, &wrong));
	TRY(mq_notify(q, &far));
	TRY(mq_notify(1, &event));
	TRY(mq_notify(1, NULL));
	TRY(syscall(SYS_mq_notify, q, nowhere));
	TRY(mq_notify(q, NULL));
	TRY(mq_notify(q, &event));
	TRY(mq_notify(q, &event));
	TRY(mq_send(q, "one", 3, 0));
	told_show();
	TRY(mq_notify(q, &event));
	TRY(mq_send(q, "two", 3, 0)); /* it was not empty */
	told_show();
	receive_show(q);
	receive_show(q);
	TRY(mq_send(q, "three", 5, 0));
	told_show();
	receive_show(q);
	TRY(mq_send(q, "four", 4, 0)); /* once only */
	told_show();
	receive_show(q);
	TRY(mq_notify(q, &event));
	TRY(mq_notify(q, NULL));
	TRY(mq_send(q, "five", 4, 0));
	told_show();
	receive_show(q);
	TRY(mq_notify(q, &quiet));
	TRY(mq_notify(q, &event));
	mq_close(q);
	mq_unlink(name);
}

/* What another user may do. */
static void rights(void)
{
	mqd_t q = make(0);
	int status;

	if (!fork()) {
		if (setgid(1000) || setuid(1000)) {
			_exit(1);
		}
		OPENS(mq_open(name, O_RDONLY));
		OPENS(mq_open(name, O_RDWR));
		TRY(mq_unlink(name));
		printf("%s\n", "of its own:");
		OPENS(mq_open(other, O_RDWR | O_CREAT, 0200,
			&(struct mq_attr){ .mq_maxmsg = 11, .mq_msgsize = 10 }));
		OPENS(mq_open(other, O_RDWR | O_CREAT, 0200, NULL));
		OPENS(mq_open(other, O_WRONLY));
		OPENS(mq_open(other, O_RDONLY));
		TRY(mq_unlink(other));
		fflush(stdout);
		_exit(0);
	}
	wait(&status);
	mq_close(q);
	mq_unlink(name);
}

/* As many as RLIMIT_MSGQUEUE has room for: each takes ten times 8192 bytes, and some more. */
static void limit(void)
{
	struct rlimit limit = { 400000, 400000 };
	char one[48];
	mqd_t q;

	TRY(setrlimit(RLIMIT_MSGQUEUE, &limit));
	for (int i = 0; i < 6; i++) {
		snprintf(one, sizeof(one), "%s-%d", name, i);
		OPENS(q = mq_open(one, O_RDWR | O_CREAT, 0600, NULL));
		if (q != (mqd_t)-1) {
			mq_close(q);
		}
	}
	for (int i = 0; i < 6; i++) {
		snprintf(one, sizeof(one), "%s-%d", name, i);
		TRY(mq_unlink(one));
	}
	OPENS(q = mq_open(name, O_RDWR | O_CREAT, 0600, NULL));
	mq_unlink(name);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	snprintf(name, sizeof(name), "/queue-%d", getpid());
	snprintf(other, sizeof(other), "/other-%d", getpid());
	memset(longest, 'n', sizeof(longest) - 1);
	longest[0] = '/';
	opening();
	messages();
	descriptors();
	polling();
	waiting();
	notifying();
	rights();
	limit();
	return 0;
}
