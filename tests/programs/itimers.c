/* itimers.c - setitimer() on CPU time: signals while the process runs, none while it sleeps. */
#include "oracle.h"

#include <signal.h>
#include <sys/time.h>
#include <time.h>

static volatile int counts[65], code;

static void on_signal(int signal, siginfo_t *info, void *context)
{
	counts[signal]++;
	code = info->si_code;
}

/* As long as the CPU takes, or until it looks like for ever. */
static bool run_until(int signal, int count)
{
	struct timespec t;

	for (int i = 0; i < 50000; i++) {
		if (counts[signal] >= count) {
			return true;
		}
		for (volatile int j = 0; j < 20000; j++) {
		}
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
		if (t.tv_sec >= 40) {
			break;
		}
	}
	return false;
}

static void one(const char *what, int which, int signal)
{
	/* What a machine under load takes for a little is far below the later one. */
	struct itimerval later = { { 0, 0 }, { 1000, 0 } };
	struct itimerval once = { { 0, 0 }, { 0, 20000 } }, often = { { 0, 10000 }, { 0, 10000 } },
			 off = { { 0, 0 }, { 0, 0 } }, old = { { 9, 9 }, { 9, 9 } };

	counts[signal] = 0;
	printf("%s\n", what);
	TRY(getitimer(which, &old));
	printf("at first %ld %ld\n", (long)old.it_value.tv_usec, (long)old.it_interval.tv_usec);
	TRY(setitimer(which, &later, NULL));
	usleep(60000);
	printf("none in sleep: %d\n", counts[signal]);
	TRY(setitimer(which, &once, &old));
	printf("some left %d\n", old.it_value.tv_sec >= 900 && old.it_value.tv_sec <= 1000);
	printf("once: %d", run_until(signal, 1));
	printf(", %d, by the kernel %d\n", counts[signal], code == 0x80);
	TRY(getitimer(which, &old));
	printf("then %ld %ld\n", (long)old.it_value.tv_usec, (long)old.it_interval.tv_usec);
	TRY(setitimer(which, &often, NULL));
	printf("again and again: %d\n", run_until(signal, 4));
	TRY(setitimer(which, &off, &old));
	printf("every %ld\n", (long)old.it_interval.tv_usec);
	counts[signal] = 0;
	usleep(1000);
	printf("none when off: %d\n", counts[signal]);
}

static void deadly(void)
{
	struct itimerval once = { { 0, 0 }, { 0, 10000 } };

	signal(SIGVTALRM, SIG_DFL);
	setitimer(ITIMER_VIRTUAL, &once, NULL);
	for (volatile unsigned i = 0; i < 4000000000u; i++) {
	}
}

static void not_inherited(void)
{
	struct itimerval now = { { 9, 9 }, { 9, 9 } };

	TRY(getitimer(ITIMER_PROF, &now));
	printf("%ld %ld\n", (long)now.it_value.tv_sec, (long)now.it_interval.tv_sec);
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };
	struct itimerval value = { { 0, 0 }, { 0, 1000000 } }, long_time = { { 50, 0 }, { 50, 0 } };

	sigaction(SIGVTALRM, &action, NULL);
	sigaction(SIGPROF, &action, NULL);
	one("virtual", ITIMER_VIRTUAL, SIGVTALRM);
	one("prof", ITIMER_PROF, SIGPROF);
	TRY(setitimer(ITIMER_PROF, &value, NULL));
	value.it_value.tv_usec = -1;
	TRY(setitimer(ITIMER_PROF, &value, NULL));
	TRY(setitimer(3, &long_time, NULL));
	TRY(getitimer(-1, &value));
	TRY(getitimer(ITIMER_PROF, BAD_POINTER));
	TRY(setitimer(ITIMER_PROF, BAD_POINTER, NULL));
	TRY(timer_getoverrun((timer_t)-1));
	TRY(timer_delete((timer_t)-2));
	TRY(setitimer(ITIMER_PROF, &long_time, NULL));
	in_child("a child has none", not_inherited);
	in_child("deadly", deadly);
	return 0;
}
