/* Waiting for files (kernel/sys/poll.c). */
#include "oracle.h"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/time.h>
#include <time.h>

static int p[2];
static volatile int caught;

static void on_alarm(int signal)
{
	caught++;
}

static long elapsed_ms(struct timespec from)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - from.tv_sec) * 1000 + (now.tv_nsec - from.tv_nsec) / 1000000;
}

static void polls(void)
{
	struct pollfd fds[4] = { { .fd = p[0], .events = POLLIN }, { .fd = -1, .events = POLLIN },
		{ .fd = 99, .events = POLLIN }, { .fd = p[1], .events = POLLOUT | POLLIN } };
	struct timespec begin, wait = { 0, 20000000 }, negative = { -1, 0 },
			       bad = { 0, 1000000000 };

	clock_gettime(CLOCK_MONOTONIC, &begin);
	TRY(poll(fds, 1, 0));
	TRY(poll(fds, 1, 30));
	TRY(elapsed_ms(begin) >= 30);
	TRY(poll(NULL, 0, 10));
	TRY(poll(fds, 2, 0));
	TRY(poll(fds, 4, -1));
	printf("  %d %d %d %d\n", fds[0].revents, fds[1].revents, fds[2].revents, fds[3].revents);
	TRY(poll(BAD_POINTER, 1, 0));
	TRY(poll(fds, 1ul << 30, 0));
	TRY(ppoll(fds, 1, &wait, NULL));
	TRY(ppoll(fds, 1, &negative, NULL));
	TRY(ppoll(fds, 1, &bad, NULL));
	TRY(syscall(SYS_ppoll, fds, 1, &wait, &wait, 7));
	TRY(syscall(SYS_ppoll, fds, 1, &wait, BAD_POINTER, 8));
	TRY(syscall(SYS_ppoll, fds, 1, BAD_POINTER, NULL, 8));
}

static void selects(void)
{
	struct timeval none = { 0, 0 }, wait = { 0, 20000 }, bad = { 0, -1 },
		       long_wait = { 1000, 0 };
	struct timespec wait_ns = { 0, 1000000 };
	fd_set reading, writing;

	FD_ZERO(&reading);
	FD_ZERO(&writing);
	FD_SET(p[0], &reading);
	FD_SET(p[1], &writing);
	TRY(select(p[1] + 1, &reading, &writing, NULL, &none));
	printf("  %d %d\n", FD_ISSET(p[0], &reading), FD_ISSET(p[1], &writing));
	FD_SET(p[0], &reading);
	TRY(select(p[0] + 1, &reading, NULL, NULL, &wait));
	printf("  left %ld.%06ld, %d\n", wait.tv_sec, wait.tv_usec, FD_ISSET(p[0], &reading));
	TRY(select(-1, NULL, NULL, NULL, &none));
	TRY(select(0, NULL, NULL, NULL, &bad));
	/* Linux looks no further than its table of descriptors reaches, which is at least 64 long. */
	FD_SET(40, &reading);
	TRY(select(41, &reading, NULL, NULL, &none));
	TRY(select(10, BAD_POINTER, NULL, NULL, &none));
	TRY(select(0, NULL, NULL, NULL, BAD_POINTER));
	write(p[1], "x", 1);
	FD_ZERO(&reading);
	FD_SET(p[0], &reading);
	TRY(select(p[0] + 1, &reading, NULL, NULL, &long_wait));
	TRY(long_wait.tv_sec >= 900);
	FD_ZERO(&reading);
	FD_SET(p[0], &reading);
	TRY(pselect(p[0] + 1, &reading, NULL, NULL, &wait_ns, NULL));
	TRY(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &wait_ns, BAD_POINTER));
	read(p[0], (char[1]){ 0 }, 1);
}

static void interrupted(void)
{
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	/* Again and again: the first may come before anybody waits. */
	struct itimerval soon = { .it_value = { 0, 20000 }, .it_interval = { 0, 20000 } };
	struct itimerval never = { .it_value = { 0, 0 } };
	struct pollfd fd = { .fd = p[0], .events = POLLIN };
	struct timespec wait = { 1000, 0 };
	sigset_t none = 0, alarm_set = 1ul << (SIGALRM - 1);
	fd_set reading;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	TRY(poll(&fd, 1, 1000000));
	setitimer(ITIMER_REAL, &soon, NULL);
	FD_ZERO(&reading);
	FD_SET(p[0], &reading);
	TRY(select(p[0] + 1, &reading, NULL, NULL, NULL));
	setitimer(ITIMER_REAL, &never, NULL);
	TRY(caught >= 2);
	caught = 0;
	sigprocmask(SIG_BLOCK, &alarm_set, NULL);
	raise(SIGALRM);
	TRY(caught);
	TRY(ppoll(&fd, 1, &wait, &none));
	TRY(caught);
	raise(SIGALRM);
	TRY(pselect(0, NULL, NULL, NULL, &wait, &none));
	TRY(caught);
	sigprocmask(SIG_BLOCK, NULL, &none);
	TRY(none == alarm_set);
}

/* Readiness comes while somebody waits. */
static void woken(void)
{
	struct pollfd fd = { .fd = p[0], .events = POLLIN };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		usleep(20000);
		write(p[1], "y", 1);
		_exit(0);
	}
	TRY(poll(&fd, 1, 1000000));
	TRY(fd.revents);
	waitpid(pid, &status, 0);
	show_end("writer", status);
}

static void others(void)
{
	struct pollfd fds[3] = { { .fd = open("file", O_RDWR | O_CREAT, 0600),
					 .events = POLLIN | POLLOUT },
		{ .fd = open("/dev/null", O_RDWR), .events = POLLIN | POLLOUT | POLLPRI },
		{ .fd = open(".", O_RDONLY), .events = POLLIN } };

	TRY(poll(fds, 3, 0));
	printf("  %d %d %d\n", fds[0].revents, fds[1].revents, fds[2].revents);
}

int main(void)
{
	pipe(p);
	polls();
	selects();
	interrupted();
	woken();
	others();
	return 0;
}
