/*
 * rseq.c - restartable sequences (kernel/proc/rseq.c). The sequence is a loop that nothing ends: only who is
 * preempted in it, or gets a signal, comes out.
 */
#include "oracle.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/time.h>

#define SIGNATURE  0x53053053
#define UNREGISTER 1

static struct area {
	uint32_t cpu_start, cpu;
	uint64_t sequence;
	uint32_t flags, rest[3];
} __attribute__((aligned(32))) area, other;

static struct sequence {
	uint32_t version, flags;
	uint64_t start, len, abort;
} __attribute__((aligned(32))) sequence;

/* long sequence_run(uint64_t *place, const struct sequence *s): names the sequence, and runs it: 1 when it was left. */
long sequence_run(uint64_t *place, const struct sequence *s);
extern const char sequence_start[], sequence_end[], sequence_abort[], sequence_unsigned[];

#ifdef __x86_64__
#define NAME_IT "	movq	%rsi, (%rdi)\n"
#else
#define NAME_IT "	movl	4(%esp), %ecx\n	movl	8(%esp), %eax\n	movl	%eax, (%ecx)\n"
#endif

__asm__(".text\n"
	"	.globl	sequence_run, sequence_start, sequence_end, sequence_abort, sequence_unsigned\n"
	"sequence_run:\n" NAME_IT "sequence_start:\n"
	"	pause\n"
	"	jmp	sequence_start\n"
	"sequence_end:\n"
	"	.long	0x53053053\n"
	"sequence_abort:\n"
	"	movl	$1, %eax\n"
	"	ret\n"
	"	.long	0\n"
	"sequence_unsigned:\n"
	"	movl	$2, %eax\n"
	"	ret\n");

static volatile sig_atomic_t handled;

static void handle(int signo)
{
	handled++;
}

static long rseq(void *at, unsigned len, int flags, unsigned signature)
{
	return syscall(SYS_rseq, at, len, flags, signature);
}

static void sequence_make(void)
{
	sequence = (struct sequence){ .start = (uintptr_t)sequence_start,
		.len = (uintptr_t)(sequence_end - sequence_start),
		.abort = (uintptr_t)sequence_abort };
}

static void registering(void)
{
	TRY(rseq(&area, sizeof(area), 4, SIGNATURE));
	TRY(rseq(&area, 16, 0, SIGNATURE));
	TRY(rseq((char *)&area + 4, sizeof(area), 0, SIGNATURE));
	TRY(rseq(KERNEL_POINTER, sizeof(area), 0, SIGNATURE));
	TRY(rseq(&area, sizeof(area), UNREGISTER, SIGNATURE));
	area.cpu = 77;
	TRY(rseq(&area, sizeof(area), 0, SIGNATURE));
	printf("a CPU: %d, the same: %d\n", area.cpu < 1024, area.cpu == area.cpu_start);
	TRY(rseq(&area, sizeof(area), 0, SIGNATURE));
	TRY(rseq(&area, sizeof(area), 0, 1));
	TRY(rseq(&other, sizeof(area), 0, SIGNATURE));
	TRY(rseq(&other, sizeof(area), UNREGISTER, SIGNATURE));
	TRY(rseq(&area, 16, UNREGISTER, SIGNATURE));
	TRY(rseq(&area, sizeof(area), UNREGISTER, 1));
	TRY(rseq(&area, sizeof(area), UNREGISTER | 4, SIGNATURE));
	TRY(rseq(&area, sizeof(area), UNREGISTER, SIGNATURE));
	printf("%u %d\n", area.cpu_start, (int)area.cpu);
	TRY(rseq(&area, sizeof(area), UNREGISTER, SIGNATURE));
	TRY(rseq(&area, sizeof(area), 0, SIGNATURE));
}

#define BITS (8 * sizeof(long))

static unsigned long allowed[16];

static bool may_use(unsigned cpu)
{
	return allowed[cpu / BITS] >> cpu % BITS & 1;
}

static void use(unsigned cpu)
{
	unsigned long one[16] = { 0 };

	one[cpu / BITS] = 1ul << cpu % BITS;
	sched_setaffinity(0, sizeof(one), one);
}

/* And stay on the first one. */
static void numbers(void)
{
	unsigned first = 0;
	bool is_right = true;

	sched_getaffinity(0, sizeof(allowed), allowed);
	for (unsigned cpu = 64; cpu-- > 0;) {
		if (may_use(cpu)) {
			use(cpu);
			is_right &= area.cpu == cpu && area.cpu_start == cpu;
			first = cpu;
		}
	}
	use(first);
	printf("the CPU's number is right: %d\n", is_right);
}

/* Alarms come again and again until one comes in the sequence: the first may be too early. */
static long run_with_alarms(void)
{
	struct itimerval often = { .it_value = { 0, 20000 }, .it_interval = { 0, 20000 } };
	struct itimerval never = { .it_value = { 0, 0 } };
	long result;

	setitimer(ITIMER_REAL, &often, NULL);
	result = sequence_run(&area.sequence, &sequence);
	while (!handled) {
	}
	setitimer(ITIMER_REAL, &never, NULL);
	return result;
}

static void by_signal(void)
{
	signal(SIGALRM, handle);
	printf("left by a signal: %ld", run_with_alarms());
	printf(", handled %d, named %d\n", handled > 0, area.sequence != 0);
}

/* Somebody else wants the same CPU. */
static void by_others(void)
{
	pid_t rival;

	rival = fork();
	if (!rival) {
		for (;;) {
		}
	}
	printf("left by preemption: %ld", sequence_run(&area.sequence, &sequence));
	printf(", named %d\n", area.sequence != 0);
	kill(rival, SIGKILL);
	waitpid(rival, NULL, 0);
}

/* What is named and not left is forgotten; a signal is enough for that. */
static void outside(void)
{
	area.sequence = (uintptr_t)&sequence;
	raise(SIGALRM);
	printf("named %d\n", area.sequence != 0);
}

static void signal_soon(void)
{
	printf("left by a signal: %ld\n", run_with_alarms());
}

static void signal_now(void)
{
	area.sequence = (uintptr_t)BAD_POINTER;
	raise(SIGALRM);
	printf("still here\n");
}

static void wrong(void)
{
	sequence.abort = (uintptr_t)sequence_unsigned;
	in_child("no signature", signal_soon);
	sequence_make();
	sequence.version = 1;
	in_child("another version", signal_soon);
	sequence_make();
	sequence.len = (uintptr_t)(sequence_unsigned - sequence_start);
	in_child("it ends within itself", signal_soon);
	sequence_make();
	sequence.start = ~0ull - 5;
	in_child("it starts nowhere", signal_soon);
	sequence_make();
	sequence.len = ~0ull;
	in_child("it is too long", signal_soon);
	sequence_make();
	in_child("nothing is wrong", signal_soon);
	in_child("a bad pointer", signal_now);
}

static void child_asks(void)
{
	TRY(rseq(&area, sizeof(area), 0, SIGNATURE));
}

static void *thread_asks(void *arg)
{
	TRY(rseq(&area, sizeof(area), UNREGISTER, SIGNATURE));
	TRY(rseq(&other, sizeof(other), 0, SIGNATURE));
	TRY(rseq(&other, sizeof(other), UNREGISTER, SIGNATURE));
	return NULL;
}

static void exec_asks(void)
{
	execl("/proc/self/exe", "again", (char *)NULL);
}

static void heirs(void)
{
	pthread_t thread;

	in_child("a child", child_asks);
	pthread_create(&thread, NULL, thread_asks, NULL);
	pthread_join(thread, NULL);
	in_child("another program", exec_asks);
}

/* Nothing is mapped there any more. */
static void unmapped(void)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	rseq(&area, sizeof(area), UNREGISTER, SIGNATURE);
	TRY(rseq(at, sizeof(area), 0, SIGNATURE));
	munmap(at, 4096);
	raise(SIGALRM);
	printf("still here\n");
}

int main(int argc, char **argv)
{
	if (argc > 0 && !strcmp(argv[0], "again")) {
		TRY(rseq(&area, sizeof(area), UNREGISTER, SIGNATURE));
		return 0;
	}
	sequence_make();
	registering();
	numbers();
	by_signal();
	outside();
	by_others();
	wrong();
	heirs();
	in_child("nothing is there", unmapped);
	return 0;
}
