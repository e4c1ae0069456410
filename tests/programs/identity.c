/* Who a process is, what it may use: identity, limits, priorities, groups and sessions. */
#include "oracle.h"

#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>

static void ids_show(void)
{
	uid_t u[3];
	gid_t g[3];

	TRY(getresuid(&u[0], &u[1], &u[2]));
	TRY(getresgid(&g[0], &g[1], &g[2]));
	printf("  %u %u %u, %u %u %u\n", u[0], u[1], u[2], g[0], g[1], g[2]);
	printf("  %u %u %u %u\n", getuid(), geteuid(), getgid(), getegid());
}

static void becoming(void)
{
	gid_t groups[1] = { 7 };

	TRY(syscall(SYS_setgroups, 0, groups));
	TRY(getgroups(0, groups));
	TRY(getresuid(BAD_POINTER, BAD_POINTER, BAD_POINTER));
	TRY(setresgid(10, 11, 12));
	TRY(setregid(11, 12));
	ids_show();
	TRY(setgid(13));
	TRY(setresuid(20, 0, 22));
	ids_show();
	TRY(setfsuid(5));
	TRY(setfsgid((gid_t)-1));
	TRY(setreuid((uid_t)-1, 20));
	ids_show();
	TRY(setuid(0));
	TRY(setuid(22));
	TRY(setresuid(22, 23, 22));
	TRY(setreuid(22, 20));
	TRY(setgid(0));
	TRY(syscall(SYS_setgroups, 1, groups));
	TRY(getgroups(-1, groups));
	ids_show();
	TRY(kill(1, 0));
}

static void drops(void)
{
	TRY(setuid(30));
	ids_show();
	TRY(setuid(0));
}

static void limits(void)
{
	struct rlimit limit = { 20, 30 }, old = { 0, 0 };

	TRY(setrlimit(RLIMIT_NOFILE, &limit));
	TRY(getrlimit(RLIMIT_NOFILE, &old));
	printf("  %lu %lu\n", (unsigned long)old.rlim_cur, (unsigned long)old.rlim_max);
	TRY(dup2(1, 19));
	TRY(dup2(1, 20));
	TRY(fcntl(1, F_DUPFD, 19));
	limit = (struct rlimit){ 31, 30 };
	TRY(setrlimit(RLIMIT_NOFILE, &limit));
	TRY(setrlimit(99, &limit));
	TRY(getrlimit(99, &limit));
	TRY(getrlimit(RLIMIT_STACK, BAD_POINTER));
	TRY(prlimit64(0, RLIMIT_NOFILE, NULL, &old));
	TRY(prlimit64(getppid(), RLIMIT_NOFILE, NULL, &old));
	TRY(prlimit64(99999999, RLIMIT_NOFILE, NULL, &old));
	limit = (struct rlimit){ 5, 10 };
	TRY(prlimit64(0, RLIMIT_FSIZE, &limit, &old));
	TRY(old.rlim_cur == RLIM_INFINITY);
}

static void priorities(void)
{
	struct sched_param param = { 0 };
	struct rusage usage;
	struct rlimit old;
	unsigned long mask = 1;

	TRY(getpriority(PRIO_PROCESS, 0));
	TRY(setpriority(PRIO_PROCESS, 0, 0));
	TRY(getpriority(99, 0));
	TRY(setpriority(99, 0, 0));
	TRY(sched_getscheduler(0));
	TRY(sched_getscheduler(-1));
	TRY(sched_getparam(0, &param));
	TRY(sched_setscheduler(0, SCHED_OTHER, &param));
	TRY(sched_setscheduler(0, 77, &param));
	TRY(sched_get_priority_max(SCHED_OTHER));
	TRY(sched_get_priority_min(77));
	TRY(sched_yield());
	TRY(sched_getaffinity(0, 1, &mask));
	TRY(sched_getaffinity(0, 128, BAD_POINTER));
	mask = 0;
	TRY(sched_setaffinity(0, sizeof(mask), &mask));
	mask = 1;
	TRY(sched_setaffinity(0, sizeof(mask), &mask));
	TRY(getrusage(RUSAGE_SELF, &usage));
	TRY(getrusage(RUSAGE_CHILDREN, &usage));
	TRY(getrusage(77, &usage));
	TRY(getrusage(RUSAGE_SELF, BAD_POINTER));
	getrlimit(RLIMIT_STACK, &old);
	TRY(old.rlim_cur > 0);
}

static void sessions(void)
{
	pid_t pid, self = getpid();
	int status;

	TRY(getpgid(0) == getpgrp());
	TRY(getpgid(self) == getpgrp());
	TRY(getpgid(99999999));
	TRY(getpgid(-1));
	TRY(getsid(0) == getsid(self));
	TRY(getsid(99999999));
	TRY(setpgid(0, -1));
	TRY(setpgid(99999999, 0));
	pid = fork();
	if (pid == 0) {
		pause();
	}
	TRY(setpgid(pid, pid));
	TRY(getpgid(pid) == pid);
	TRY(setpgid(pid, 99999999));
	TRY(kill(-pid, 0));
	TRY(killpg(pid, SIGTERM));
	waitpid(pid, &status, 0);
	show_end("by its group", status);
	TRY(kill(-pid, 0));
	pid = fork();
	if (pid == 0) {
		TRY(setsid() == getpid());
		TRY(setsid());
		TRY(getsid(0) == getpid());
		TRY(setpgid(0, 0));
		_exit(0);
	}
	waitpid(pid, &status, 0);
	TRY(setpgid(1, 1));
}

int main(void)
{
	ids_show();
	in_child("becoming", becoming);
	in_child("dropping", drops);
	in_child("limits", limits);
	in_child("priorities", priorities);
	in_child("sessions", sessions);
	return 0;
}
