/* Clocks, sleeping, interval timers, and what the machine says of itself (kernel/sys/time.c, system.c). */
#include "oracle.h"

#include <signal.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <time.h>

static volatile int alarms;

static void on_alarm(int signal)
{
	alarms++;
}

static long long ns(struct timespec t)
{
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static void reading(void)
{
	static const int clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID,
		CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE,
		CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME, CLOCK_TAI };
	struct timespec a, b;
	struct timeval now;
	time_t seconds;

	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		printf("clock %d\n", clocks[i]);
		TRY(clock_gettime(clocks[i], &a));
		TRY(clock_gettime(clocks[i], &b));
		TRY(ns(b) >= ns(a));
		TRY(clock_getres(clocks[i], &a));
		TRY(a.tv_sec == 0 && a.tv_nsec > 0);
	}
	TRY(clock_gettime(77, &a));
	TRY(clock_gettime(CLOCK_REALTIME, BAD_POINTER));
	TRY(clock_getres(77, &a));
	TRY(clock_getres(CLOCK_REALTIME, NULL));
	clock_gettime(CLOCK_REALTIME, &a);
	TRY(gettimeofday(&now, NULL));
	seconds = syscall(SYS_time, NULL);
	clock_gettime(CLOCK_REALTIME, &b);
	TRY(now.tv_sec >= a.tv_sec && now.tv_sec <= b.tv_sec);
	/* It is read from a tick's clock, which may be behind. */
	TRY(seconds >= a.tv_sec - 1 && seconds <= b.tv_sec);
	TRY(seconds > 1000000000);
	TRY(gettimeofday(BAD_POINTER, NULL));
	TRY(syscall(SYS_time, BAD_POINTER));
}

static void sleeping(void)
{
	struct timespec a, b, request = { 0, 20000000 }, bad = { 0, 1000000000 },
			      negative = { -1, 0 };

	clock_gettime(CLOCK_MONOTONIC, &a);
	TRY(nanosleep(&request, NULL));
	clock_gettime(CLOCK_MONOTONIC, &b);
	TRY(ns(b) - ns(a) >= 20000000);
	TRY(nanosleep(&bad, NULL));
	TRY(nanosleep(&negative, NULL));
	TRY(nanosleep(BAD_POINTER, NULL));
	TRY(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &request, NULL));
	TRY(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &a, NULL));
	TRY(syscall(SYS_clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &request, NULL));
	TRY(syscall(SYS_clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &request, NULL));
	TRY(syscall(SYS_clock_nanosleep, 77, 0, &request, NULL));
	TRY(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &bad, NULL));
	clock_gettime(CLOCK_MONOTONIC, &a);
	a.tv_sec++;
	a.tv_nsec = 0;
	TRY(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &a, NULL));
	clock_gettime(CLOCK_MONOTONIC, &b);
	TRY(ns(b) >= ns(a));
}

static void intervals(void)
{
	struct itimerval timer = { { 0, 10000 }, { 0, 10000 } }, old, off = { { 0, 0 }, { 0, 0 } };
	struct itimerval bad = { { 0, 0 }, { 0, 1000000 } }, longer = { { 0, 0 }, { 1000, 0 } };

	signal(SIGALRM, on_alarm);
	TRY(setitimer(ITIMER_REAL, &timer, NULL));
	while (alarms < 3) {
		pause();
	}
	TRY(setitimer(ITIMER_REAL, &longer, &old));
	printf("  interval %ld.%06ld\n", old.it_interval.tv_sec, old.it_interval.tv_usec);
	TRY(getitimer(ITIMER_REAL, &old));
	TRY(old.it_value.tv_sec >= 900);
	TRY(setitimer(ITIMER_REAL, &off, &old));
	TRY(getitimer(ITIMER_REAL, &old));
	printf("  value %ld.%06ld\n", old.it_value.tv_sec, old.it_value.tv_usec);
	TRY(setitimer(ITIMER_REAL, &bad, NULL));
	TRY(setitimer(77, &timer, NULL));
	TRY(getitimer(77, &timer));
	TRY(getitimer(ITIMER_REAL, BAD_POINTER));
	TRY(setitimer(ITIMER_REAL, BAD_POINTER, NULL));
	alarm(1000);
	TRY(alarm(0) >= 900);
}

static void used(void)
{
	struct timespec begin, now;
	struct tms a, b;
	struct rusage usage;
	volatile unsigned long n = 0;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
	OK(times(&a));
	do {
		for (int i = 0; i < 100000; i++) {
			n++;
		}
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	} while (ns(now) - ns(begin) < 50000000);
	OK(times(&b));
	/* Linux divides what passed by its ticks, and rounds down twice. */
	TRY(b.tms_utime + b.tms_stime - a.tms_utime - a.tms_stime >= 1);
	TRY(syscall(SYS_times, BAD_POINTER));
	TRY(getrusage(RUSAGE_SELF, &usage));
	TRY(usage.ru_utime.tv_sec + usage.ru_utime.tv_usec > 0);
}

static void machine(void)
{
	struct utsname name;
	struct sysinfo info;
	unsigned char bytes[64] = { 0 };
	unsigned int cpu = 99, node = 99;
	int set = 0;

	/* PER_LINUX32, or a wide Linux tells of itself. */
	if (!IS_WIDE) {
		OK(syscall(SYS_personality, 8));
	}
	TRY(uname(&name));
	printf("  %s %s\n", name.sysname, name.machine);
	TRY(uname(BAD_POINTER));
	TRY(sysinfo(&info));
	TRY(info.mem_unit > 0 && info.totalram > 0 && info.freeram <= info.totalram &&
		info.procs > 0);
	TRY(sysinfo(BAD_POINTER));
	TRY(getrandom(bytes, sizeof(bytes), 0));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		set += __builtin_popcount(bytes[i]);
	}
	TRY(set > 100 && set < 412);
	TRY(getrandom(bytes, 10, GRND_NONBLOCK | GRND_RANDOM));
	TRY(getrandom(bytes, 10, 0x77));
	TRY(getrandom(BAD_POINTER, 10, 0));
	TRY(syscall(SYS_getcpu, &cpu, &node, NULL));
	TRY(cpu < 64 && node == 0);
	TRY(syscall(SYS_getcpu, BAD_POINTER, NULL, NULL));
	TRY(syscall(SYS_reboot, 1, 2, 3, NULL));
}

int main(void)
{
	reading();
	sleeping();
	intervals();
	used();
	machine();
	return 0;
}
