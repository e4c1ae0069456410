/* What clone() lets processes and threads have in common, and when that ends: exec, unshare() (kernel/proc). */
#include "oracle.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

enum {
	KEPT = 40,
	CLOSED,
	MADE
}; /* descriptors: one that exec closes, one that the other process makes */

static volatile int handled;

static void count(int signo)
{
	handled++;
}

/* As vfork() without a copy of anything: both go on here, the child on the caller's stack until it runs another program. */
static inline __attribute__((always_inline)) long clone_here(unsigned long flags)
{
	long pid;

#ifdef __x86_64__
	register long r10 __asm__("r10") = 0;
	register long r8 __asm__("r8") = 0;

	__asm__ volatile("syscall"
			 : "=a"(pid)
			 : "0"((long)SYS_clone), "D"(flags), "S"(0l), "d"(0l), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
#else
	__asm__ volatile("int $0x80"
			 : "=a"(pid)
			 : "0"(SYS_clone), "b"(flags), "c"(0), "d"(0), "S"(0), "D"(0)
			 : "memory");
#endif
	return pid;
}

/* ---- exec ------------------------------------------------------------------------------------ */

/* The new program: what it does is its own matter. */
static int other_program(void)
{
	TRY(fcntl(KEPT, F_GETFD));
	TRY(fcntl(CLOSED, F_GETFD));
	TRY(close(KEPT));
	TRY(dup2(1, MADE));
	signal(SIGUSR1, SIG_IGN);
	return 3;
}

static __attribute__((noinline)) long run_sharing(void)
{
	long pid = clone_here(CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_SIGHAND | SIGCHLD);

	if (pid == 0) {
		execl("/proc/self/exe", "sharing", "other", NULL);
		_exit(1);
	}
	return pid;
}

static void exec_takes_copies(void)
{
	int status = -1;
	long pid;

	signal(SIGUSR1, count);
	dup2(1, KEPT);
	dup2(1, CLOSED);
	fcntl(CLOSED, F_SETFD, FD_CLOEXEC);
	pid = run_sharing();
	waitpid((pid_t)pid, &status, 0);
	show_end("the other program", status);
	TRY(fcntl(KEPT, F_GETFD));
	TRY(fcntl(CLOSED, F_GETFD));
	TRY(fcntl(MADE, F_GETFD));
	raise(SIGUSR1);
	printf("handled %d\n", handled);
}

/* ---- threads --------------------------------------------------------------------------------- */

static void *close_own(void *arg)
{
	TRY(syscall(SYS_unshare, CLONE_FILES));
	TRY(close(KEPT));
	TRY(dup2(1, MADE));
	return NULL;
}

static void *close_range_own(void *arg)
{
	TRY(syscall(SYS_close_range, KEPT, MADE, 2 /* CLOSE_RANGE_UNSHARE */));
	TRY(fcntl(CLOSED, F_GETFD));
	return NULL;
}

static void *close_common(void *arg)
{
	TRY(close(KEPT));
	return NULL;
}

static void in_thread(void *(*act)(void *arg))
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, act, NULL)) {
		printf("no thread\n");
		return;
	}
	pthread_join(thread, NULL);
	TRY(fcntl(KEPT, F_GETFD));
	TRY(fcntl(CLOSED, F_GETFD));
	TRY(fcntl(MADE, F_GETFD));
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		return other_program();
	}
	exec_takes_copies();
	in_thread(close_own);
	in_thread(close_range_own);
	in_thread(close_common);
	return 0;
}
