/* Fifos that are opened and closed many times, from two sides at once. */
#include "oracle.h"

#include <signal.h>
#include <time.h>

/* One byte through a fifo that is opened for it, and at once closed. */
static int passed(const char *name, int flags)
{
	char c = 'x';
	int fd = open(name, flags);
	int ok = (flags == O_RDONLY ? read(fd, &c, 1) : write(fd, &c, 1)) == 1;

	close(fd);
	return ok;
}

/* Who opens a fifo meets the other side, also one that is gone again before it looks. */
static void meetings(void)
{
	time_t end = time(NULL) + 3;
	int met = 0, rounds = 0;
	pid_t pid;

	TRY(mkfifo("there", 0600));
	TRY(mkfifo("back", 0600));
	pid = fork();
	alarm(30); /* ends a test that hangs */
	while (!pid) {
		passed("there", O_WRONLY);
		passed("back", O_RDONLY);
	}
	for (; rounds < 20000 && time(NULL) < end; rounds++) {
		met += passed("there", O_RDONLY) && passed("back", O_WRONLY);
	}
	alarm(0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	printf("met each time: %d\n", met == rounds);
}

int main(void)
{
	meetings();
	return 0;
}
