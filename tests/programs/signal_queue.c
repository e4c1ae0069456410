/*
 * signal_queue.c - pending signals: which queue, in what order they come, what they tell; sigtimedwait,
 * signalfd, ignored and blocked ones, children that nobody waits for, the alternate stack.
 */
#include "call.h"

#include <linux/word.h>

enum { HUP = 1, USR1 = 10, USR2 = 12, CHLD = 17, CONT = 18, STOP = 19, RT = 34, SYS = 31 };
enum { SIGINFO = 4, NOCLDSTOP = 1, NOCLDWAIT = 2, RESTART = 0x10000000, RESTORER = 0x04000000 };
enum { NODEFER = 0x40000000, ONSTACK = 0x08000000 };
#define RESETHAND 0x80000000ul
#define LONG	  1000000 /* ms; ends nothing but a test that hangs */

struct action {
	void (*handler)(int, void *, void *);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

struct info {
	int signo, error, code WORD_PAD(pad);
	int pid;
	unsigned uid;
	union {
		unsigned long value;
		int status;
	};
	char rest[120 - sizeof(long) - ALIGNED_TO_WORD(3 * sizeof(int))];
};

void restore(void);
#ifdef __x86_64__
__asm__("restore: mov $15, %eax; syscall");
#else
__asm__("restore: mov $173, %eax; int $0x80");
#endif

static uint64_t bit(int signo)
{
	return 1ull << (signo - 1);
}

static void mask(int how, uint64_t set)
{
	call(rt_sigprocmask, how, &set, 0l, 8l);
}

static void act(int signo, void (*handler)(int, void *, void *), unsigned long flags)
{
	struct action a = { handler, flags | RESTORER | SIGINFO, restore, 0 };

	call(rt_sigaction, signo, &a, 0l, 8l);
}

static const char *sender(const struct info *i)
{
	return i->pid == 0 ? "kernel" : i->pid == (int)call(getpid) ? "self" : "other";
}

static volatile int shown;

static void show(int signo, void *info, void *context)
{
	const struct info *i = info;

	printf("  handler %d: signo %d code %d from %s value %llx\n", signo, i->signo, i->code,
		signo == CHLD ? "child" : sender(i),
		signo == CHLD ? (unsigned long long)i->status : (unsigned long long)i->value);
	fflush(stdout);
	shown++;
}

/* One more than so many. */
static void until_shown(int before)
{
	while (shown == before) {
		sleep_ms(5);
	}
}

static int count;

static void tally(int signo, void *info, void *context)
{
	count++;
}

static long queue(int signo, unsigned long value)
{
	struct info i = { .signo = signo, .code = -1, .pid = (int)call(getpid), .value = value };

	return call(rt_sigqueueinfo, (int)call(getpid), signo, &i);
}

static void pending(const char *what)
{
	uint64_t set = 0;

	call(rt_sigpending, &set, 8l);
	printf("%s: pending %llx\n", what, (unsigned long long)set);
	fflush(stdout);
}

static void await(const char *what, uint64_t set, int ms)
{
	struct span t = { ms / 1000, ms % 1000 * 1000000l };
	struct info i;
	long signo = call(rt_sigtimedwait, &set, &i, &t, 8l);

	if (signo < 0) {
		say(what, signo);
	} else {
		printf("%s: %ld code %d value %llx\n", what, signo, i.code,
			(unsigned long long)i.value);
		fflush(stdout);
	}
}

static void queueing(void)
{
	static const int all[] = { USR2, RT + 1, RT, USR1, SYS };

	for (unsigned i = 0; i < 5; i++) {
		act(all[i], show, 0);
		mask(0, bit(all[i]));
	}
	for (unsigned n = 0; n < 3; n++) {
		for (unsigned i = 0; i < 5; i++) {
			queue(all[i], 0x100u * n + i);
		}
	}
	call(kill, (int)call(getpid), RT);
	call(tgkill, (int)call(getpid), (int)call(gettid), RT);
	pending("blocked");
	await("one of them", bit(RT) | bit(RT + 1), 0);
	await("classic ones queue once", bit(USR1), 0);
	await("gone", bit(USR1), 0);
	printf("unblocked, each handler interrupts the one before:\n");
	mask(1, ~0ull);
	pending("nothing left");
}

static void limit(void)
{
	unsigned long limits[2] = { 3, 3 }, old[2];

	call(getrlimit, 11, old);
	mask(0, bit(RT) | bit(USR1));
	call(setrlimit, 11, limits);
	for (int i = 0; i < 5; i++) {
		say("queue under a limit of 3", queue(RT, (unsigned long)i));
	}
	say("kill over it", call(kill, (int)call(getpid), RT));
	say("classic over it", queue(USR1, 9));
	say("kill classic", call(kill, (int)call(getpid), USR1));
	for (int i = 0; i < 4; i++) {
		await("take", bit(RT), 0);
	}
	await("take classic", bit(USR1), 0);
	say("again", queue(RT, 7));
	await("take", bit(RT), 0);
	mask(1, ~0ull);
}

/* All that is queued of one. */
static void drain(int signo)
{
	uint64_t set = bit(signo);
	struct span none = { 0, 0 };

	while (call(rt_sigtimedwait, &set, 0l, &none, 8l) > 0) {
	}
}

/* Children that are not made after all, since they cannot be told of: what they were sent meanwhile counts for nobody. */
static void unmade(void)
{
	unsigned long limits[2] = { 8, 8 };
	int sender, failures = 0, room = 0;

	mask(0, bit(RT));
	call(setpgid, 0, 0);
	call(setrlimit, 11, limits);
	sender = (int)call(fork);
	while (!sender) {
		call(kill, 0, RT);
		drain(RT);
	}
	for (int i = 0; i < 400; i++) {
		failures += call(clone, 0x1000 | CHLD, 0l, 8l, 0l, 0l) == -14;
		drain(RT);
	}
	call(kill, sender, 9);
	child_end();
	drain(RT);
	while (queue(RT, 0) == 0) {
		room++;
	}
	printf("children that failed: %d; room afterwards: %d\n", failures, room);
}

static void refusals(void)
{
	struct info i = { .code = 0 };
	int self = (int)call(getpid), child;

	child = (int)call(fork);
	if (!child) {
		call(pause);
	}
	say("queue nobody", call(rt_sigqueueinfo, 99999, USR1, &i) == -3 ? 0 : 1);
	say("queue as kernel to another", call(rt_sigqueueinfo, child, USR1, &i));
	i.code = -6;
	say("queue as tkill to another", call(rt_sigqueueinfo, child, USR1, &i));
	say("queue as tkill to oneself", call(rt_sigqueueinfo, self, 0, &i));
	i.code = -1;
	say("queue signal 65", call(rt_sigqueueinfo, self, 65, &i));
	say("queue from nowhere", call(rt_sigqueueinfo, self, USR1, 0l));
	say("queue 0 to another", call(rt_sigqueueinfo, child, 0, &i));
	say("tgqueue to group 0", call(rt_tgsigqueueinfo, 0, self, USR1, &i));
	say("tgqueue to thread 0", call(rt_tgsigqueueinfo, self, 0, USR1, &i));
	say("tgqueue to a thread of others", call(rt_tgsigqueueinfo, self, child, USR1, &i));
	say("tgqueue 65", call(rt_tgsigqueueinfo, self, self, 65, &i));
	say("kill 65", call(kill, self, 65));
	say("kill 65 nobody", call(kill, 99999, 65));
	say("kill -1 signal", call(kill, self, -1));
	say("tkill 0", call(tkill, 0, USR1));
	say("tgkill -1", call(tgkill, -1, self, USR1));
	say("tkill 65", call(tkill, self, 65));
	say("wait set size", call(rt_sigtimedwait, &i, 0l, 0l, 4l));
	say("wait bad time", call(rt_sigtimedwait, &i, 0l, &(struct span){ -1, 0 }, 8l));
	say("wait bad set", call(rt_sigtimedwait, 0l, 0l, 0l, 8l));
	call(kill, child, 9);
	child_end();
	act(RT, show, 0);
	printf("to a thread:\n");
	i.value = 0x77;
	i.pid = self;
	say("tgqueue", call(rt_tgsigqueueinfo, self, self, RT, &i));
}

static void waiting(void)
{
	int self = (int)call(getpid);

	mask(0, bit(USR1) | bit(CHLD));
	await("time out", bit(USR1), 20);
	child_when_asleep(call(kill, self, USR1));
	await("waited", bit(USR1), LONG);
	child_end();
	await("a child, though SIGCHLD is ignored by default", bit(CHLD), LONG);
	act(USR2, tally, 0);
	count = 0;
	child_when_asleep(call(kill, self, USR2));
	await("interrupted by another", bit(USR1), LONG);
	printf("handled %d\n", count);
	child_end();
	await("child", bit(CHLD), LONG);
	await("unblocked ones are taken too", bit(USR2), 0);
	mask(1, ~0ull);
}

static void ignoring(void)
{
	int self = (int)call(getpid);

	act(USR1, (void *)1, 0);
	call(kill, self, USR1);
	pending("ignored");
	mask(0, bit(USR1));
	call(kill, self, USR1);
	pending("ignored and blocked");
	act(USR1, (void *)1, 0);
	pending("ignored again");
	act(USR1, tally, 0);
	call(kill, self, USR1);
	act(USR1, (void *)0, 0);
	pending("default would end us");
	act(USR1, (void *)1, 0);
	pending("dropped");
	mask(1, ~0ull);
}

static void once(int signo, void *info, void *context)
{
	struct action a;

	call(rt_sigaction, signo, 0l, &a, 8l);
	printf("  in the handler it is %s\n", a.handler ? "set" : "default");
	fflush(stdout);
}

static int wait_any(int options)
{
	int status = -1;
	long pid = call(wait4, -1l, &status, options, 0l);

	if (pid < 0) {
		printf("wait: %s\n", error_name(pid));
	} else {
		printf("wait: %s status %x\n", pid ? "a child" : "none yet", pid ? status : 0);
	}
	fflush(stdout);
	return status;
}

static void children(void)
{
	int child;

	shown = 0;
	act(CHLD, show, 0);
	child_when_asleep(call(exit_group, 3));
	until_shown(0);
	wait_any(0);
	child = (int)call(fork);
	if (!child) {
		for (;;) {
			call(pause);
		}
	}
	until_asleep(child);
	/* What is told of it by wait() and by a signal may come in either order. */
	printf("stop:\n");
	call(kill, child, STOP);
	until_shown(1);
	wait_any(2);
	printf("continue:\n");
	call(kill, child, CONT);
	until_shown(2);
	wait_any(8);
	act(CHLD, show, NOCLDSTOP);
	printf("stop, unwanted:\n");
	call(kill, child, STOP);
	wait_any(2);
	call(kill, child, CONT);
	wait_any(8);
	until_asleep(child); /* and has said nothing on its way */
	printf("kill:\n");
	call(kill, child, 9);
	until_shown(3);
	wait_any(0);
	act(CHLD, show, NOCLDWAIT);
	printf("no zombies, but a signal:\n");
	child_when_asleep(call(exit_group, 4));
	wait_any(0);
	sleep_ms(20);
	act(CHLD, (void *)1, 0);
	printf("ignored:\n");
	child_when_asleep(call(exit_group, 4));
	child_when_asleep(call(exit_group, 4));
	wait_any(0);
	act(CHLD, (void *)0, 0);
	child_when_asleep(call(exit_group, 5));
	wait_any(0);
}

static void restarting(void)
{
	int p[2], self = (int)call(getpid);
	struct span t;
	char c;

	call(pipe, p);
	act(USR1, tally, RESTART);
	count = 0;
	child_when_asleep(call(kill, self, USR1); until_asleep(self); call(write, p[1], "x", 1l));
	say("read goes on", call(read, p[0], &c, 1l));
	child_end();
	act(USR1, tally, 0);
	child_when_asleep(call(kill, self, USR1); until_asleep(self); call(write, p[1], "x", 1l));
	say("read ends", call(read, p[0], &c, 1l));
	child_end();
	call(read, p[0], &c, 1l);
	act(USR1, tally, RESTART);
	child_when_asleep(call(kill, self, USR1));
	t = (struct span){ 1000, 0 };
	say("a sleep ends", call(nanosleep, &t, &t));
	printf("with %s left\n", t.sec || t.nsec ? "some" : "nothing");
	child_end();
	child_when_asleep(call(kill, self, USR1));
	t = (struct span){ 1000, 0 };
	say("a poll ends", call(ppoll, 0l, 0l, &t, 0l, 8l));
	child_end();
	child_when_asleep(call(kill, self, STOP); sleep_ms(50); call(kill, self, CONT));
	t = (struct span){ 0, 300000000 };
	say("stopped and continued, a sleep sleeps on", call(nanosleep, &t, &t));
	child_end();
	printf("handled %d\n", count);
	act(USR1, once, RESETHAND);
	call(kill, self, USR1);
}

static void read_signals(int fd, int room)
{
	struct {
		unsigned signo;
		int error, code;
		unsigned pid, uid;
		int fd;
		unsigned tid, band, overrun, trapno;
		int status, integer;
		uint64_t pointer;
		char rest[72];
	} s[4];
	long n = call(read, fd, s, (long)room);

	if (n < 0) {
		printf("signalfd: %s\n", error_name(n));
	}
	for (long i = 0; i < n / 128; i++) {
		printf("signalfd: %u code %d %s int %d ptr %llx\n", s[i].signo, s[i].code,
			s[i].pid == (unsigned)call(getpid) ? "self" : "other", s[i].integer,
			(unsigned long long)s[i].pointer);
	}
	fflush(stdout);
}

static int look(int fd)
{
	struct {
		int fd;
		short events, ready;
	} p = { fd, 1, 0 };

	call(poll, &p, 1l, 0);
	return p.ready;
}

static void signal_files(void)
{
	uint64_t set = bit(USR1) | bit(RT) | bit(9);
	int fd, ep = (int)call(epoll_create1, 0), self = (int)call(getpid);
	struct {
		uint32_t events;
		uint64_t data;
	} __attribute__((packed)) e = { 1, 0 };

	say("set size", call(signalfd4, -1, &set, 4l, 0));
	say("flags", call(signalfd4, -1, &set, 8l, 1));
	say("no set", call(signalfd4, -1, 0l, 8l, 0));
	say("change a pipe", call(signalfd4, ep, &set, 8l, 0));
	say("change nothing", call(signalfd4, 999, &set, 8l, 0));
	fd = (int)call(signalfd4, -1, &set, 8l, 04000);
	say("status", call(fcntl, fd, 3, 0l) & ~0100000l);
	mask(0, set | bit(USR2));
	read_signals(fd, 128);
	read_signals(fd, 127);
	say("watch", call(epoll_ctl, ep, 1, fd, &e));
	call(kill, self, USR2);
	say("not of the set", look(fd));
	queue(RT, (unsigned long)0x1122334455667788ull);
	queue(RT, 2);
	call(kill, self, USR1);
	say("ready", look(fd));
	say("epoll", call(epoll_wait, ep, &e, 1, 0));
	read_signals(fd, 300);
	read_signals(fd, 512);
	say("epoll", call(epoll_wait, ep, &e, 1, 0));
	set = bit(USR2);
	say("changed", call(signalfd4, fd, &set, 8l, 0) == fd);
	read_signals(fd, 128);
	set = bit(USR1);
	call(signalfd, fd, &set, 8l);
	child_when_asleep(call(kill, self, USR1));
	say("epoll woken", call(epoll_wait, ep, &e, 1, -1));
	read_signals(fd, 128);
	child_end();
	call(fcntl, fd, 4, 0l);
	child_when_asleep(call(kill, self, USR1));
	read_signals(fd, 128);
	child_end();
	mask(1, ~0ull);
}

static char stack[32768];

static void on_stack(int signo, void *info, void *context)
{
	struct {
		void *base;
		int flags;
		unsigned long size;
	} s;
	char here;

	call(sigaltstack, 0l, &s);
	printf("  %s, flags %x, size %s\n",
		&here >= stack && &here < stack + sizeof(stack) ? "on it" : "off it",
		(unsigned)s.flags,
		s.size == sizeof(stack) ? "all"
			: s.size	? "?"
					: "none");
	s.flags = 2;
	printf("  %s\n", error_name(call(sigaltstack, &s, 0l)));
	fflush(stdout);
}

static void stacks(void)
{
	struct {
		void *base;
		int flags;
		unsigned long size;
	} s = { stack, 0, 1000 }, old;

	say("too small", call(sigaltstack, &s, 0l));
	s.size = sizeof(stack);
	s.flags = 4;
	say("flags", call(sigaltstack, &s, 0l));
	s.flags = 0;
	say("set", call(sigaltstack, &s, &old));
	printf("it was %d\n", old.flags);
	act(USR1, on_stack, ONSTACK);
	call(kill, (int)call(getpid), USR1);
	s.flags = (int)(1u << 31);
	say("autodisarm", call(sigaltstack, &s, &old));
	printf("it was %d\n", old.flags);
	call(kill, (int)call(getpid), USR1);
	call(sigaltstack, 0l, &old);
	printf("after it %x %s\n", (unsigned)old.flags, old.size == sizeof(stack) ? "all" : "none");
	s.flags = 2;
	say("off", call(sigaltstack, &s, 0l));
}

int main(void)
{
	queueing();
	/* What is queued counts for the user: one who has nothing else, so that root has to run this. */
	if (call(fork) == 0) {
		call(setresuid, 54321, 54321, 54321);
		limit();
		call(exit_group, 0);
	}
	child_end();
	if (call(fork) == 0) {
		call(setresuid, 54322, 54322, 54322);
		unmade();
		fflush(stdout);
		call(exit_group, 0);
	}
	child_end();
	refusals();
	waiting();
	ignoring();
	children();
	restarting();
	signal_files();
	stacks();
	return 0;
}
