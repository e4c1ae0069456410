/* Which thread takes what was sent to the process, when the one that was woken for it does not (kernel/proc/signal.c). */
#include "oracle.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>

#define ROUNDS	 30
#define LONG_MS	 30000 /* ends nothing but a test that would hang */
#define SET_LEN	 8
#define BIT(sig) (UINT64_C(1) << ((sig)-1))

static const uint64_t both = BIT(SIGUSR1) | BIT(SIGUSR2);
static int taker; /* of SIGUSR2, by the number of the thread; atomic */

static int taker_get(void)
{
	return __atomic_load_n(&taker, __ATOMIC_ACQUIRE);
}

static void mask(int how, uint64_t set)
{
	syscall(SYS_rt_sigprocmask, how, &set, NULL, SET_LEN);
}

/* ---- a handler's mask ------------------------------------------------------------------------ */

static void take(int signo)
{
	__atomic_store_n(&taker, (int)syscall(SYS_gettid), __ATOMIC_RELEASE);
}

/* SIGUSR2, which came at the same time, is blocked here: the other thread has it. */
static void linger(int signo)
{
	for (int i = 0; i < LONG_MS && !taker_get(); i++) {
		usleep(1000);
	}
	printf("SIGUSR2 is taken %s\n",
		!taker_get()			  ? "by nobody"
			: taker_get() == getpid() ? "by who blocks it"
						  : "by the other thread");
	fflush(stdout);
}

static void *wait_for_second(void *arg)
{
	uint64_t others = ~BIT(SIGUSR2);

	while (!taker_get()) {
		syscall(SYS_rt_sigsuspend, &others, SET_LEN);
	}
	return NULL;
}

/* Both come while this thread sleeps in a call that they do not disturb. */
static void send_both(void)
{
	pid_t self = getpid(), pid = (pid_t)syscall(SYS_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0) {
		usleep(50000); /* so that the other thread sleeps, most likely */
		kill(self, SIGUSR1);
		kill(self, SIGUSR2);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static void by_a_handler(void)
{
	struct sigaction first = { .sa_handler = linger, .sa_mask = 1ul << (SIGUSR2 - 1) };
	struct sigaction second = { .sa_handler = take };
	pthread_t other;

	sigaction(SIGUSR1, &first, NULL);
	sigaction(SIGUSR2, &second, NULL);
	mask(SIG_BLOCK, both);
	if (pthread_create(&other, NULL, wait_for_second, NULL)) {
		printf("no thread\n");
		return;
	}
	mask(SIG_UNBLOCK, both);
	send_both();
	pthread_join(other, NULL);
}

/* ---- two that wait --------------------------------------------------------------------------- */

static void *wait_for_either(void *arg)
{
	struct {
		long sec, nsec;
	} span = { LONG_MS / 1000, 0 };
	long signo;

	/* What woke it may be taken by the other before it runs: Linux says EINTR then. */
	do {
		signo = syscall(SYS_rt_sigtimedwait, &both, NULL, &span, SET_LEN);
	} while (signo < 0 && errno == EINTR);
	return (void *)signo;
}

static bool each_gets_one(void)
{
	pthread_t threads[2];
	void *got[2];

	for (int i = 0; i < 2; i++) {
		if (pthread_create(&threads[i], NULL, wait_for_either, NULL)) {
			return false;
		}
	}
	usleep(10000);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR2);
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], &got[i]);
	}
	return (long)got[0] + (long)got[1] == SIGUSR1 + SIGUSR2;
}

static void by_who_has_waited(void)
{
	int round = 0;

	mask(SIG_BLOCK, both);
	while (round < ROUNDS && each_gets_one()) {
		round++;
	}
	printf("two signals for two that wait: %s\n",
		round == ROUNDS ? "one each" : "one gets none");
}

int main(void)
{
	by_a_handler();
	by_who_has_waited();
	return 0;
}
