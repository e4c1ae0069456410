/* epoll.c - epoll: what is reported when, in which order, and every refusal. */
#include "call.h"

#define IN	  0x001u
#define OUT	  0x004u
#define ERR	  0x008u
#define HUP	  0x010u
#define EXCLUSIVE (1u << 28)
#define ONESHOT	  (1u << 30)
#define EDGE	  (1u << 31)

enum { ADD = 1, DEL = 2, MOD = 3 };
#define CLOEXEC	 02000000
#define NONBLOCK 04000
#define FOREVER	 (-1l)

struct event {
	uint32_t events;
	uint64_t data;
} __attribute__((packed));

static long ctl(int ep, int op, int fd, uint32_t events)
{
	struct event e = { events, 100 + (uint64_t)fd };

	return call(epoll_ctl, ep, op, fd, &e);
}

/* Wait and tell all; numbers are relative to `first`, so that they do not depend on the descriptors. */
static void tell(const char *what, int ep, int max, long timeout, int first)
{
	struct event e[16];
	long n = call(epoll_wait, ep, e, max, timeout);

	if (n <= 0) {
		say(what, n);
		return;
	}
	printf("%s: %ld:", what, n);
	for (long i = 0; i < n; i++) {
		printf(" %ld=%x", (long)e[i].data - 100 - first, e[i].events);
	}
	printf("\n");
	fflush(stdout);
}

static void put(int fd)
{
	call(write, fd, "x", 1l);
}

static void take(int fd)
{
	char c;

	call(read, fd, &c, 1l);
}

static void refusals(void)
{
	int p[2], ep = (int)call(epoll_create1, 0), other, file;
	struct event e = { IN, 0 };

	say("create 0", call(epoll_create, 0));
	say("create -1", call(epoll_create, -1));
	say("create1 flags", call(epoll_create1, 1));
	call(pipe, p);
	file = (int)call(open, "file", 0102, 0600);
	other = (int)call(epoll_create1, CLOEXEC);
	say("close on exec", call(fcntl, other, 1, 0l));
	say("flags", call(fcntl, other, 3, 0l) & ~0100000l);
	say("no epoll", call(epoll_ctl, -1, ADD, p[0], &e));
	say("no file", call(epoll_ctl, ep, ADD, 999, &e));
	say("not an epoll", call(epoll_ctl, p[1], ADD, p[0], &e));
	say("itself", call(epoll_ctl, ep, ADD, ep, &e));
	say("regular file", call(epoll_ctl, ep, ADD, file, &e));
	say("null device", call(epoll_ctl, ep, ADD, (int)call(open, "/dev/null", 2), &e));
	say("operation", call(epoll_ctl, ep, 4, p[0], &e));
	say("no event", call(epoll_ctl, ep, ADD, p[0], 0l));
	say("modify unknown", ctl(ep, MOD, p[0], IN));
	say("delete unknown", ctl(ep, DEL, p[0], IN));
	say("add", ctl(ep, ADD, p[0], IN));
	say("add again", ctl(ep, ADD, p[0], IN));
	say("delete without event", call(epoll_ctl, ep, DEL, p[0], 0l));
	say("exclusive with oneshot", ctl(ep, ADD, p[0], IN | EXCLUSIVE | ONESHOT));
	say("exclusive epoll", ctl(ep, ADD, other, IN | EXCLUSIVE));
	say("exclusive", ctl(ep, ADD, p[0], IN | EXCLUSIVE | EDGE));
	say("modify to exclusive", ctl(ep, MOD, p[0], IN | EXCLUSIVE));
	say("modify exclusive", ctl(ep, MOD, p[0], IN));
	say("wait for none", call(epoll_wait, ep, &e, 0, 0));
	say("wait for -1", call(epoll_wait, ep, &e, -1, 0));
	say("wait for too many", call(epoll_wait, ep, &e, 0x7fffffff, 0));
	say("wait on a pipe", call(epoll_wait, p[0], &e, 1, 0));
	say("wait on nothing", call(epoll_wait, 999, &e, 1, 0));
	say("pwait mask size", call(epoll_pwait, ep, &e, 1, 0, &e, 4l));
	say("read", call(read, ep, &e, 8l));
	say("write", call(write, ep, &e, 8l));
	say("seek", call(lseek, ep, 0l, 0));
	put(p[1]);
	say("event to nowhere", call(epoll_wait, ep, 8l, 1, 0));
	tell("it is kept", ep, 1, 0, p[0]);
}

static void level_and_edge(void)
{
	int p[2], ep = (int)call(epoll_create1, 0);

	call(pipe2, p, NONBLOCK);
	ctl(ep, ADD, p[0], IN);
	tell("empty", ep, 4, 0, p[0]);
	put(p[1]);
	tell("level", ep, 4, 0, p[0]);
	tell("level again", ep, 4, 0, p[0]);
	take(p[0]);
	tell("taken", ep, 4, 0, p[0]);
	put(p[1]);
	ctl(ep, MOD, p[0], IN | EDGE);
	tell("edge after mod", ep, 4, 0, p[0]);
	tell("edge again", ep, 4, 0, p[0]);
	put(p[1]);
	tell("more", ep, 4, 0, p[0]);
	take(p[0]);
	tell("less", ep, 4, 0, p[0]);
	ctl(ep, MOD, p[0], IN | ONESHOT);
	tell("once", ep, 4, 0, p[0]);
	put(p[1]);
	tell("not twice", ep, 4, 0, p[0]);
	ctl(ep, MOD, p[0], IN | ONESHOT);
	tell("armed again", ep, 4, 0, p[0]);
	ctl(ep, MOD, p[0], 0);
	tell("asked for nothing", ep, 4, 0, p[0]);
	call(close, p[1]);
	tell("hung up all the same", ep, 4, 0, p[0]);
	ctl(ep, ADD, (int)call(dup, p[0]), IN);
	tell("two of one file", ep, 4, 0, p[0]);
}

static void order(void)
{
	int p[3][2], ep = (int)call(epoll_create1, 0), base;

	for (int i = 0; i < 3; i++) {
		call(pipe, p[i]);
		ctl(ep, ADD, p[i][0], IN);
	}
	base = p[0][0];
	put(p[2][1]);
	put(p[0][1]);
	put(p[1][1]);
	tell("in order of wake-up", ep, 4, 0, base);
	tell("two", ep, 2, 0, base);
	tell("the others come first", ep, 2, 0, base);
	take(p[2][0]);
	tell("one went", ep, 4, 0, base);
	ctl(ep, ADD, p[0][1], OUT);
	tell("writable", ep, 8, 0, base);
	call(close, p[0][0]);
	tell("no reader", ep, 8, 0, base);
}

static void ends(void)
{
	int p[2], ep = (int)call(epoll_create1, 0), copy;

	call(pipe, p);
	ctl(ep, ADD, p[0], IN);
	put(p[1]);
	copy = (int)call(dup, p[0]);
	call(close, p[0]);
	tell("closed, a duplicate lives", ep, 4, 0, p[0]);
	say("delete by the duplicate", ctl(ep, DEL, copy, 0));
	say("delete by the closed number", ctl(ep, DEL, p[0], 0));
	call(close, copy);
	tell("closed for good", ep, 4, 0, p[0]);
	call(pipe, p);
	ctl(ep, ADD, p[0], IN);
	call(close, ep);
	put(p[1]);
	say("the pipe is well", call(read, p[0], &copy, 1l));
}

static void waiting(void)
{
	int p[2], ep = (int)call(epoll_create1, 0);
	/* Of this call wide everywhere. */
	struct {
		int64_t sec, nsec;
	} t = { 0, 10000000 }, bad = { 0, 1000000000 };
	struct event e;

	call(pipe, p);
	ctl(ep, ADD, p[0], IN);
	tell("time out", ep, 4, 20, p[0]);
	say("pwait2 time out", call(epoll_pwait2, ep, &e, 1, &t, 0l, 8l));
	say("pwait2 time", call(epoll_pwait2, ep, &e, 1, &bad, 0l, 8l));
	child_when_asleep(put(p[1]));
	tell("woken", ep, 4, FOREVER, p[0]);
	child_end();
	take(p[0]);
	child_when_asleep(call(close, p[1]); call(close, p[0]));
	call(close, p[1]);
	tell("hung up", ep, 4, FOREVER, p[0]);
	child_end();
	call(pipe, p);
	child_when_asleep(ctl(ep, ADD, p[1], OUT));
	ctl(ep, DEL, p[0], 0);
	tell("added while waiting", ep, 4, FOREVER, p[1]);
	child_end();
}

static void nested(void)
{
	int p[2], ep[9];
	struct {
		int fd;
		short events, ready;
	} look;

	for (int i = 0; i < 9; i++) {
		ep[i] = (int)call(epoll_create1, 0);
	}
	call(pipe, p);
	say("one in another", ctl(ep[1], ADD, ep[0], IN));
	say("circle of two", ctl(ep[0], ADD, ep[1], IN));
	say("three", ctl(ep[2], ADD, ep[1], IN));
	say("circle of three", ctl(ep[0], ADD, ep[2], IN));
	say("leaf", ctl(ep[0], ADD, p[0], IN));
	tell("nothing yet", ep[2], 4, 0, ep[1]);
	child_when_asleep(put(p[1]));
	tell("up through three", ep[2], 4, FOREVER, ep[1]);
	child_end();
	look.fd = ep[1];
	look.events = 1;
	look.ready = 0;
	say("poll of an epoll", call(poll, &look, 1l, 0));
	say("readable", look.ready);
	take(p[0]);
	say("not any more", call(poll, &look, 1l, 0));
	tell("nor above", ep[2], 4, 0, ep[1]);
	ctl(ep[2], MOD, ep[1], IN | EDGE);
	put(p[1]);
	tell("edge of an epoll", ep[2], 4, 0, ep[1]);
	tell("only once", ep[2], 4, 0, ep[1]);
	say("four", ctl(ep[3], ADD, ep[2], IN));
	say("five", ctl(ep[4], ADD, ep[3], IN));
	say("six over a file", ctl(ep[5], ADD, ep[4], IN));
	call(epoll_ctl, ep[0], DEL, p[0], 0l);
	say("six over nothing", ctl(ep[5], ADD, ep[4], IN));
	say("seven", ctl(ep[6], ADD, ep[5], IN));
	say("eight", ctl(ep[7], ADD, ep[6], IN));
	say("a file under six", ctl(ep[0], ADD, p[0], IN));
}

/* A file under many epolls that are all under one: each is a way for its wake-ups. */
static void many_ways(void)
{
	int p[2], top = (int)call(epoll_create1, 0), ways = 0;
	long result = 0;

	call(pipe, p);
	while (ways < 600 && !result) {
		int ep = (int)call(epoll_create1, 0);

		result = ctl(top, ADD, ep, IN);
		result = result ? result : ctl(ep, ADD, p[0], IN);
		ways += !result;
	}
	printf("%d ways: %s\n", ways, error_name(result));
}

int main(void)
{
	refusals();
	level_and_edge();
	order();
	ends();
	waiting();
	nested();
	many_ways();
	return 0;
}
