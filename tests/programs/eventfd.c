/* eventfd.c - eventfd: counter and semaphore, full and empty, what poll() says; its edges in epoll. */
#include "call.h"

enum { SEMAPHORE = 1, NONBLOCK = 04000, CLOEXEC = 02000000 };

static long add(int fd, uint64_t n)
{
	return call(write, fd, &n, 8l);
}

static void take(const char *what, int fd)
{
	uint64_t n = 0;
	long result = call(read, fd, &n, 8l);

	if (result == 8) {
		printf("%s: %llx\n", what, (unsigned long long)n);
		fflush(stdout);
	} else {
		say(what, result);
	}
}

static void look(const char *what, int fd)
{
	struct {
		int fd;
		short events, ready;
	} p = { fd, 0x1 | 0x4 | 0x40 | 0x100, 0 };

	call(poll, &p, 1l, 0);
	printf("%s: %x\n", what, p.ready);
	fflush(stdout);
}

/* Edge-triggered: a read is no news for who waits to read. */
static void edges(void)
{
	struct {
		uint32_t events;
		uint64_t data;
	} __attribute__((packed)) e = { 1u | 1u << 31, 0 };
	int fd = (int)call(eventfd2, 3, SEMAPHORE), ep = (int)call(epoll_create1, 0);

	call(epoll_ctl, ep, 1, fd, &e);
	say("first", call(epoll_wait, ep, &e, 1, 0));
	take("one", fd);
	say("after a read", call(epoll_wait, ep, &e, 1, 0));
	add(fd, 1);
	say("after a write", call(epoll_wait, ep, &e, 1, 0));
	e.events = 1u | 4u | 1u << 31;
	call(epoll_ctl, ep, 3, fd, &e);
	say("both", call(epoll_wait, ep, &e, 1, 0));
	take("one", fd);
	say("after a read", call(epoll_wait, ep, &e, 1, 0));
	say("events", e.events);
}

int main(void)
{
	int fd = (int)call(eventfd2, 0, NONBLOCK | CLOEXEC);
	char name[40] = "";
	uint64_t small = 5;

	say("flags", call(eventfd2, 0, 2));
	say("close on exec", call(fcntl, fd, 1, 0l));
	say("status", call(fcntl, fd, 3, 0l) & ~0100000l);
	look("empty", fd);
	take("read empty", fd);
	say("short read", call(read, fd, &small, 7l));
	say("short write", call(write, fd, &small, 7l));
	say("add", add(fd, 3));
	say("add", add(fd, 4));
	look("some", fd);
	take("all", fd);
	say("all ones", add(fd, ~0ull));
	say("the most", add(fd, ~0ull - 1));
	look("full", fd);
	say("one more", add(fd, 1));
	say("none more", add(fd, 0));
	take("all", fd);
	say("pread", call(pread64, fd, &small, 8l, 0ll));
	say("seek", call(lseek, fd, 0l, 0));
	call(close, fd);
	fd = (int)call(eventfd2, 2, SEMAPHORE | NONBLOCK);
	take("semaphore", fd);
	take("semaphore", fd);
	take("semaphore", fd);
	call(close, fd);
	fd = (int)call(eventfd, 0);
	child_when_asleep(add(fd, 7));
	take("waited", fd);
	child_end();
	add(fd, ~0ull - 1);
	child_when_asleep(call(read, fd, &small, 8l));
	say("waited for room", add(fd, 5));
	child_end();
	take("that", fd);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	small = 0;
	call(readlink, name, name, (long)sizeof(name) - 1);
	printf("%.20s\n", name);
	edges();
	return 0;
}
