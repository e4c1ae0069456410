/* What single threads are: futexes, robust lists, names, bases, restartable sequences (kernel/sys/task.c). */
#include "oracle.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>

static unsigned int word, other;

static long futex(unsigned int *at, int op, unsigned long value, const void *timeout,
	unsigned int *second, unsigned long third)
{
	return syscall(SYS_futex, at, op, value, timeout, second, third);
}

static void refused(void)
{
	struct timespec none = { 0, 0 }, bad = { 0, -1 }, moment = { 0, 10000000 }, past = { 1, 0 };

	TRY(futex(&word, FUTEX_WAIT, 1, NULL, NULL, 0));
	TRY(futex(&word, FUTEX_WAIT, 0, &none, NULL, 0));
	TRY(futex(&word, FUTEX_WAIT, 0, &moment, NULL, 0));
	TRY(futex(&word, FUTEX_WAIT, 0, &bad, NULL, 0));
	TRY(futex(&word, FUTEX_WAIT_BITSET, 0, &past, NULL, ~0u));
	TRY(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &past, NULL, ~0u));
	TRY(futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0));
	TRY(futex((unsigned int *)((char *)&word + 1), FUTEX_WAIT, 0, NULL, NULL, 0));
	TRY(futex(BAD_POINTER, FUTEX_WAIT, 0, NULL, NULL, 0));
	TRY(futex(&word, FUTEX_WAIT, 0, BAD_POINTER, NULL, 0));
	TRY(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0));
	TRY(futex(&word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0));
	TRY(futex(&word, 99, 1, NULL, NULL, 0));
	TRY(futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)1, &other, 5));
}

static void *waiter(void *unused)
{
	while (futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 2) && errno == EINTR) {
	}
	return NULL;
}

/* So many threads asleep, as far as their number shows: a wake-up of nobody moves one to `other`. */
static void wait_for(unsigned int *at, int count)
{
	int moved = 0;

	while (moved < count) {
		long n = futex(at, FUTEX_REQUEUE, 0, (void *)1, &other, 0);

		moved += n > 0 ? (int)n : 0;
		usleep(1000);
	}
}

static void waking(void)
{
	pthread_t threads[3];

	for (int i = 0; i < 3; i++) {
		pthread_create(&threads[i], NULL, waiter, NULL);
	}
	wait_for(&word, 3);
	TRY(futex(&word, FUTEX_WAKE, 10, NULL, NULL, 0));
	TRY(futex(&other, FUTEX_WAKE_BITSET, 10, NULL, NULL, 1));
	TRY(futex(&other, FUTEX_WAKE_BITSET, 1, NULL, NULL, 2));
	TRY(futex(&other, FUTEX_CMP_REQUEUE, 1, (void *)10, &word, 0));
	TRY(futex(&word, FUTEX_WAKE, 10, NULL, NULL, 0));
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
	}
}

static unsigned int *shared;

static void wakes_parent(void)
{
	usleep(20000);
	__atomic_store_n(shared, 1, __ATOMIC_SEQ_CST);
	futex(shared, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void between_processes(void)
{
	int status;
	pid_t pid;

	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid = fork();
	if (pid == 0) {
		wakes_parent();
		_exit(0);
	}
	while (!__atomic_load_n(shared, __ATOMIC_SEQ_CST)) {
		futex(shared, FUTEX_WAIT, 0, NULL, NULL, 0);
	}
	waitpid(pid, &status, 0);
	show_end("waker", status);
}

/* A robust futex held by who dies. */
static struct {
	void *next;
	long offset;
	void *pending;
	struct {
		void *next;
		unsigned int word;
	} lock;
} * robust;

static void dies_holding(void)
{
	robust->next = &robust->lock;
	robust->lock.next = robust;
	robust->offset = (long)((char *)&robust->lock.word - (char *)&robust->lock);
	robust->pending = NULL;
	TRY(syscall(SYS_set_robust_list, robust, 3 * sizeof(long)));
	robust->lock.word = (unsigned int)gettid() | FUTEX_WAITERS;
}

/* One that is not in the list yet, or no more. */
static void dies_taking(void)
{
	dies_holding();
	robust->next = robust;
	robust->pending = &robust->lock;
}

static void owner_show(void)
{
	printf("  owner died %d, waiters %d, nobody's %d\n",
		!!(robust->lock.word & FUTEX_OWNER_DIED), !!(robust->lock.word & FUTEX_WAITERS),
		!(robust->lock.word & FUTEX_TID_MASK));
	robust->lock.word = 0;
}

static void robust_lists(void)
{
	void *head = BAD_POINTER;
	size_t len = 0;

	TRY(syscall(SYS_set_robust_list, NULL, 23));
	TRY(syscall(SYS_get_robust_list, 0, &head, &len));
	printf("  %p %lu\n", head, (unsigned long)len);
	TRY(syscall(SYS_get_robust_list, 99999999, &head, &len));
	TRY(syscall(SYS_get_robust_list, 0, BAD_POINTER, &len));
	robust = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	in_child("dies holding", dies_holding);
	owner_show();
	in_child("dies taking", dies_taking);
	owner_show();
}

static void controls(void)
{
	char name[17] = "";
	unsigned long base = 0;

	TRY(prctl(PR_SET_NAME, "a name that is too long"));
	TRY(prctl(PR_GET_NAME, name));
	printf("  %s\n", name);
	TRY(prctl(PR_SET_NAME, BAD_POINTER));
	TRY(prctl(PR_GET_DUMPABLE));
	TRY(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	TRY(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
	TRY(prctl(PR_SET_PDEATHSIG, 99));
	TRY(prctl(123456));
	TRY(arch_prctl(ARCH_GET_FS, (unsigned long)&base));
	TRY(base == (unsigned long)pthread_self());
	TRY(arch_prctl(ARCH_SET_GS, 4096));
	TRY(arch_prctl(ARCH_GET_GS, (unsigned long)&base));
	TRY(base);
	TRY(arch_prctl(ARCH_SET_GS, (unsigned long)KERNEL_POINTER));
	TRY(arch_prctl(ARCH_GET_FS, (unsigned long)BAD_POINTER));
	TRY(arch_prctl(12345, 0));
	TRY(syscall(SYS_membarrier, 99, 0, 0));
	TRY(syscall(SYS_membarrier, 0, 77, 0));
}

int main(void)
{
	refused();
	waking();
	between_processes();
	robust_lists();
	controls();
	return 0;
}
