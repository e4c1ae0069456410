/* posix_timer.c - POSIX timers: signals, overruns, clocks, refusals; no times printed. */
#include <linux/signal.h>
#include <linux/word.h>
#include "call.h"

enum { USR1 = 10, ALRM = 14, RT = 40, SIGNAL = 0, NONE = 1, THREAD_ID = 4, ABSTIME = 1 };
#define MS   1000000l
#define LONG 1000000 /* ms; ends nothing but a test that hangs */

struct setting {
	struct span interval, value;
};

/* What a timer's signal brings: in struct linux_siginfo, two numbers stand where a sender's would. */
struct info {
	int signo, error, code WORD_PAD(pad), timer, overrun;
	unsigned long value;
	char rest[LINUX_SIGINFO_REST - 8 - sizeof(long)];
};

static uint64_t bit(int signo)
{
	return 1ull << (signo - 1);
}

static int make(int clock, int notify, int signo, unsigned long value)
{
	struct linux_sigevent e = { .value = value, .signo = signo, .notify = notify };
	int number = -1;
	long err;

	e.tid = (int)call(gettid);
	err = call(timer_create, clock, &e, &number);
	if (err) {
		printf("create on clock %d: %s\n", clock, error_name(err));
	}
	return number;
}

static long set(int number, int flags, long long value, long long interval)
{
	struct setting s = { { (long)(interval / (1000 * MS)), (long)(interval % (1000 * MS)) },
		{ (long)(value / (1000 * MS)), (long)(value % (1000 * MS)) } };

	return call(timer_settime, number, flags, &s, 0l);
}

/* Whether a pending signal outlives its timer, or a new setting, differs between versions of Linux. */
static void drain(int signo)
{
	struct span none = { 0, 0 };
	uint64_t s = bit(signo);

	while (call(rt_sigtimedwait, &s, 0l, &none, 8l) > 0) {
	}
}

static int first_number; /* failed attempts may use up numbers */

static void await(const char *what, int signo, int ms)
{
	struct span t = { ms / 1000, ms % 1000 * MS };
	uint64_t s = bit(signo);
	struct info i;
	long got = call(rt_sigtimedwait, &s, &i, &t, 8l);

	if (got < 0) {
		say(what, got);
		return;
	}
	printf("%s: %ld code %d timer %d value %lx overrun %s\n", what, got, i.code,
		i.timer - first_number, signo == ALRM ? i.value - (unsigned)first_number : i.value,
		i.overrun > 2 ? "some" : "few or none");
	fflush(stdout);
}

static void refusals(void)
{
	struct linux_sigevent e = { .notify = SIGNAL, .signo = 0 };
	struct setting s = { { 0, 0 }, { 0, 0 } };
	int n, last = -1;

	for (int clock = 0; clock <= 12; clock++) {
		struct linux_sigevent none = { .notify = NONE };
		long err = call(timer_create, clock, &none, &n);

		printf("clock %d: %s\n", clock, err ? error_name(err) : "yes");
	}
	e.signo = 0;
	say("signal 0", call(timer_create, 1, &e, &n));
	e.signo = 65;
	say("signal 65", call(timer_create, 1, &e, &n));
	e.signo = USR1;
	e.notify = 3;
	say("notify 3", call(timer_create, 1, &e, &n));
	e.notify = THREAD_ID;
	e.tid = 1;
	say("thread of others", call(timer_create, 1, &e, &n));
	e.notify = SIGNAL;
	say("no event", call(timer_create, 1, 8l, &n));
	say("number to nowhere", call(timer_create, 1, &e, 0l));
	say("set none", call(timer_settime, 99, 0, &s, 0l));
	say("get none", call(timer_gettime, 99, &s));
	say("overrun of none", call(timer_getoverrun, 99));
	say("delete none", call(timer_delete, 99));
	last = make(1, SIGNAL, USR1, 0);
	say("set nothing", call(timer_settime, last, 0, 0l, 0l));
	say("set from nowhere", call(timer_settime, last, 0, 8l, 0l));
	say("get to nowhere", call(timer_gettime, last, 0l));
	s.value.nsec = 1000 * MS;
	say("nanoseconds", call(timer_settime, last, 0, &s, 0l));
	s.value.nsec = 0;
	s.interval.sec = -1;
	say("negative", call(timer_settime, last, 0, &s, 0l));
	say("delete", call(timer_delete, last));
	say("delete again", call(timer_delete, last));
}

static void signals(void)
{
	int first = make(1, SIGNAL, RT, 0xabc), second, n;
	struct setting left;

	first_number = first;
	set(first, 0, 10 * MS, 0);
	await("one-shot", RT, LONG);
	say("overrun", call(timer_getoverrun, first));
	call(timer_gettime, first, &left);
	printf("left %ld %ld\n", (long)left.value.sec, (long)left.value.nsec);
	await("no more", RT, 20);
	set(first, 0, 5 * MS, 5 * MS);
	sleep_ms(60);
	await("periodic, late", RT, LONG);
	printf("overrun %s\n", call(timer_getoverrun, first) > 2 ? "some" : "few");
	drain(RT);
	set(first, 0, 5 * MS, 5 * MS);
	sleep_ms(10);
	call(timer_gettime, first, &left);
	printf("period %ld, %s\n", (long)left.interval.nsec,
		left.value.nsec > 0 && left.value.nsec <= 5 * MS ? "soon" : "?");
	set(first, 0, 0, 5 * MS);
	drain(RT);
	await("disarmed", RT, 20);
	second = make(1, THREAD_ID, RT, 0xdef);
	set(second, 0, 5 * MS, 0);
	await("to a thread", RT, LONG);
	set(second, 0, 1, 0);
	sleep_ms(5);
	say("deleted while pending", call(timer_delete, second));
	drain(RT);
	call(timer_create, 1, 0l, &n);
	set(n, 0, 5 * MS, 0);
	printf("value of the default is the number: %s\n", n > first ? "yes" : "no");
	await("default is SIGALRM", ALRM, LONG);
	set(n, 0, 3600ll * 1000 * MS, 0);
	call(timer_gettime, n, &left);
	printf("an hour: %s\n", left.value.sec >= 3000 && left.value.sec < 3600 ? "nearly" : "no");
	set(first, 0, 1, 1);
	sleep_ms(5);
	await("a period of a nanosecond", RT, LONG);
	set(first, 0, 0, 0);
	drain(RT);
	if (call(fork) == 0) {
		say("timers are not inherited", call(timer_delete, first));
		call(exit_group, 0);
	}
	child_end();
}

static void clocks(void)
{
	static const int on[] = { 0, 1, 7, 11 };

	for (unsigned i = 0; i < 4; i++) {
		int n = make(on[i], SIGNAL, RT, (uint64_t)on[i]);
		struct span now;

		if (n < 0) {
			continue;
		}
		call(clock_gettime, on[i], &now);
		say("absolute", set(n, ABSTIME, now.sec * 1000ll * MS + now.nsec + 10 * MS, 0));
		await("at its time", RT, LONG);
		set(n, ABSTIME, 1, 0);
		await("long ago", RT, LONG);
		call(timer_delete, n);
	}
}

/* CPU time passes only while we run; what a loaded machine steals may count, so the spans are long. */
static void cpu_time(void)
{
	for (int clock = 2; clock <= 3; clock++) {
		int n = make(clock, SIGNAL, RT, (uint64_t)clock);
		struct setting left;
		uint64_t s = bit(RT);
		struct span none = { 0, 0 };
		volatile unsigned spin = 0;

		say("set", set(n, 0, 1000ll * 1000 * MS, 0));
		sleep_ms(500);
		await("asleep", RT, 0);
		call(timer_gettime, n, &left);
		printf("left %s\n",
			left.value.sec >= 900 && left.value.sec <= 1000 ? "most" : "little");
		say("set", set(n, 0, 400 * MS, 0));
		while (spin < 4000000000u && call(rt_sigtimedwait, &s, 0l, &none, 8l) < 0) {
			for (int i = 0; i < 10000; i++) {
				spin++;
			}
		}
		printf("busy: %s\n", spin < 4000000000u ? "it came" : "never");
		call(timer_delete, n);
	}
}

static void without_signal(void)
{
	int n = make(1, NONE, 0, 0);
	struct setting left;

	set(n, 0, 5 * MS, 0);
	sleep_ms(10);
	call(timer_gettime, n, &left);
	printf("one-shot: %ld\n", (long)left.value.nsec);
	set(n, 0, 5 * MS, 5 * MS);
	sleep_ms(12);
	call(timer_gettime, n, &left);
	printf("periodic: %s\n",
		left.value.nsec > 0 && left.value.nsec <= 5 * MS ? "some left" : "?");
	say("overrun", call(timer_getoverrun, n));
}

int main(void)
{
	uint64_t s = bit(RT) | bit(ALRM) | bit(USR1);

	call(rt_sigprocmask, 0, &s, 0l, 8l);
	refusals();
	signals();
	clocks();
	cpu_time();
	without_signal();
	return 0;
}
