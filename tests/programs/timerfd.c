/* timerfd.c - timerfd: one-shot and periodic, relative and absolute, on every clock; no times printed. */
#include "call.h"

enum { ABSTIME = 1, CANCEL_ON_SET = 2, NONBLOCK = 04000, CLOEXEC = 02000000, FOREVER = -1 };

struct setting {
	struct span interval, value;
};

#define MS 1000000l

static long ticks(int fd)
{
	uint64_t n = 0;
	long result = call(read, fd, &n, 8l);

	return result == 8 ? (long)n : result;
}

static int look(int fd, int timeout)
{
	struct {
		int fd;
		short events, ready;
	} p = { fd, 1, 0 };

	return (int)call(poll, &p, 1l, timeout) == 1 ? p.ready : 0;
}

static void clocks(void)
{
	static const int clock[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, -1 };

	for (unsigned i = 0; i < sizeof(clock) / sizeof(clock[0]); i++) {
		struct setting s = { { 0, 0 }, { 0, 5 * MS } }, old;
		int fd = (int)call(timerfd_create, clock[i], 0);
		struct span now;

		if (fd < 0) {
			printf("clock %d: %s\n", clock[i], error_name(fd));
			continue;
		}
		printf("clock %d: %s", clock[i],
			call(timerfd_settime, fd, 0, &s, 0l) ? "no" : "set");
		printf(" %ld", ticks(fd));
		call(clock_gettime, clock[i], &now);
		s.value = now;
		s.value.nsec += 5 * MS;
		if (s.value.nsec >= 1000 * MS) {
			s.value.sec++;
			s.value.nsec -= 1000 * MS;
		}
		call(timerfd_settime, fd, ABSTIME, &s, &old);
		printf(" %ld old %ld.%ld", ticks(fd), (long)old.value.sec, (long)old.value.nsec);
		s.value = (struct span){ 1, 0 }; /* long ago */
		call(timerfd_settime, fd, ABSTIME | CANCEL_ON_SET, &s, 0l);
		printf(" %ld\n", ticks(fd));
		call(close, fd);
	}
}

static void refusals(void)
{
	struct setting s = { { 0, 0 }, { 0, 0 } };
	int fd = (int)call(timerfd_create, 1, NONBLOCK | CLOEXEC), p[2];

	call(pipe, p);
	say("flags", call(timerfd_create, 1, 1));
	say("close on exec", call(fcntl, fd, 1, 0l));
	say("status", call(fcntl, fd, 3, 0l) & ~0100000l);
	say("set flags", call(timerfd_settime, fd, 4, &s, 0l));
	say("no setting", call(timerfd_settime, fd, 0, 0l, 0l));
	say("a pipe", call(timerfd_settime, p[0], 0, &s, 0l));
	say("nothing", call(timerfd_settime, 999, 0, &s, 0l));
	say("get a pipe", call(timerfd_gettime, p[0], &s));
	say("get nothing", call(timerfd_gettime, 999, &s));
	say("get to nowhere", call(timerfd_gettime, fd, 0l));
	s.value.nsec = 1000 * MS;
	say("nanoseconds", call(timerfd_settime, fd, 0, &s, 0l));
	s.value.nsec = -1;
	say("negative", call(timerfd_settime, fd, 0, &s, 0l));
	s.value.nsec = 0;
	s.interval.sec = -1;
	say("negative interval", call(timerfd_settime, fd, 0, &s, 0l));
	say("short read", call(read, fd, &s, 7l));
	say("disarmed", ticks(fd));
	say("write", call(write, fd, &s, 8l));
}

int main(void)
{
	struct setting s = { { 1000, 0 }, { 1000, 0 } }, now;
	int fd = (int)call(timerfd_create, 1, NONBLOCK);
	long n;

	refusals();
	clocks();
	call(timerfd_settime, fd, 0, &s, 0l);
	say("not yet", look(fd, 0));
	s.value = (struct span){ 0, 10 * MS };
	call(timerfd_settime, fd, 0, &s, 0l);
	say("wait", look(fd, FOREVER));
	say("one", ticks(fd));
	say("taken", look(fd, 0));
	s.interval = s.value = (struct span){ 0, 300 * MS };
	call(timerfd_settime, fd, 0, &s, 0l);
	say("wait", look(fd, FOREVER));
	sleep_ms(1210);
	n = ticks(fd);
	printf("periods: %s\n", n >= 4 ? "several" : "few");
	call(timerfd_gettime, fd, &now);
	printf("period %ld, %s\n", (long)now.interval.nsec,
		now.value.sec == 0 && now.value.nsec > 0 && now.value.nsec <= 300 * MS
			? "next is near"
			: "no");
	say("again", look(fd, FOREVER));
	s.value.nsec = 0; /* whatever the interval: disarmed */
	call(timerfd_settime, fd, 0, &s, 0l);
	sleep_ms(350);
	say("stopped", ticks(fd));
	call(timerfd_gettime, fd, &now);
	printf("interval %ld value %ld\n", (long)now.interval.nsec, (long)now.value.nsec);
	s.interval.nsec = 1;
	s.value.nsec = 1;
	call(timerfd_settime, fd, 0, &s, 0l);
	sleep_ms(2);
	printf("a period of a nanosecond: %s\n", ticks(fd) > 1000000 ? "counted" : "lost");
	s.interval.nsec = 0;
	s.value.nsec = 1 * MS;
	call(timerfd_settime, fd, 0, &s, 0l);
	sleep_ms(5);
	say("ready", look(fd, 0));
	s.value.sec = 1000;
	call(timerfd_settime, fd, 0, &s, 0l);
	say("setting it takes that back", ticks(fd));
	return 0;
}
