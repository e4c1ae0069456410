/* futex_waitv(): sleeping for several words at a time (kernel/proc/futex.c). */
#include "oracle.h"

#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

#define CALL	449
#define SIZE_32 2u
#define PRIVATE 128u
#define MANY	128

struct waitv {
	uint64_t value, address;
	uint32_t flags, reserved;
};

/* Its times are of 64 bits everywhere. */
struct time64 {
	int64_t seconds, nanoseconds;
};

static uint32_t *words;
static struct waitv list[MANY + 1];

static long waitv(const void *waiters, unsigned count, unsigned flags, const void *time, int clock)
{
	return syscall(CALL, waiters, count, flags, time, clock);
}

static void list_fill(unsigned flags)
{
	for (unsigned i = 0; i <= MANY; i++) {
		list[i] = (struct waitv){ 0, (uintptr_t)&words[i], SIZE_32 | flags, 0 };
	}
}

static void refused(void)
{
	struct time64 bad = { 0, -1 }, negative = { -1, 0 }, past = { 1, 0 };

	list_fill(PRIVATE);
	TRY(waitv(NULL, 1, 0, &past, CLOCK_MONOTONIC));
	TRY(waitv(list, 0, 0, &past, CLOCK_MONOTONIC));
	TRY(waitv(list, MANY + 1, 0, &past, CLOCK_MONOTONIC));
	TRY(waitv(list, 1, 1, &past, CLOCK_MONOTONIC));
	TRY(waitv(list, 1, 0, &past, 7));
	TRY(waitv(list, 1, 0, BAD_POINTER, 7));
	TRY(waitv(list, 1, 0, BAD_POINTER, CLOCK_MONOTONIC));
	TRY(waitv(list, 1, 0, &bad, CLOCK_MONOTONIC));
	TRY(waitv(list, 1, 0, &negative, CLOCK_MONOTONIC));
	TRY(waitv(BAD_POINTER, 1, 0, &past, CLOCK_MONOTONIC));
	list[1].flags = 0;
	TRY(waitv(list, 2, 0, &past, CLOCK_MONOTONIC));
	list[1].flags = 1;
	TRY(waitv(list, 2, 0, &past, CLOCK_MONOTONIC));
	list[1].flags = SIZE_32 | 1u << 30;
	TRY(waitv(list, 2, 0, &past, CLOCK_MONOTONIC));
	list_fill(PRIVATE);
	list[1].reserved = 1;
	TRY(waitv(list, 2, 0, &past, CLOCK_MONOTONIC));
	list_fill(PRIVATE);
	list[1].address++;
	TRY(waitv(list, 2, 0, &past, CLOCK_MONOTONIC));
	list[1].address = 0;
	TRY(waitv(list, 2, 0, &past, CLOCK_MONOTONIC));
	list_fill(0);
	list[1].address = 0;
	TRY(waitv(list, 2, 0, &past, CLOCK_MONOTONIC));
	/* Addresses are looked at before values. */
	list[0].value = 5;
	TRY(waitv(list, 2, 0, &past, CLOCK_MONOTONIC));
	list_fill(0);
	list[MANY - 1].value = 5;
	TRY(waitv(list, MANY, 0, &past, CLOCK_MONOTONIC));
}

static void timed(void)
{
	struct time64 past = { 1, 0 };
	struct timespec now;
	struct time64 soon;

	list_fill(PRIVATE);
	TRY(waitv(list, 1, 0, &past, CLOCK_MONOTONIC));
	TRY(waitv(list, MANY, 0, &past, CLOCK_REALTIME));
	clock_gettime(CLOCK_MONOTONIC, &now);
	soon = (struct time64){ now.tv_sec + (now.tv_nsec >= 980000000),
		(now.tv_nsec + 20000000) % 1000000000 };
	TRY(waitv(list, 3, 0, &soon, CLOCK_MONOTONIC));
}

static void on_alarm(int signo)
{
}

static void interrupted(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval ticks = { { 0, 20000 }, { 0, 20000 } }, none = { 0 };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &ticks, NULL);
	TRY(waitv(list, 3, 0, NULL, 0));
	setitimer(ITIMER_REAL, &none, NULL);
}

/* Another process wakes a word, once we sleep for it. */
static void wake(unsigned place, const struct waitv *waiters, unsigned count)
{
	int status;
	pid_t child = fork();

	if (!child) {
		while (syscall(SYS_futex, &words[place], 1 /* FUTEX_WAKE */, 5, NULL, NULL, 0) !=
			1) {
			usleep(1000);
		}
		_exit(0);
	}
	TRY(waitv(waiters, count, 0, NULL, 0));
	waitpid(child, &status, 0);
}

static void woken(void)
{
	list_fill(0);
	wake(0, list, 1);
	wake(0, list, 3);
	wake(2, list, 3);
	wake(77, list, MANY);

	words[9] = 3;
	list[9].value = 3;
	wake(9, list, 12);
}

int main(void)
{
	words = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	refused();
	timed();
	interrupted();
	woken();
	return 0;
}
