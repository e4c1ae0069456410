/* Who a process is, what it may use: identity, limits, priorities, groups and sessions. */
#include "oracle.h"
#include "set_id.h"

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

static void groups_show(int room)
{
	gid_t had[8];
	int count = TRY(getgroups(room, had));

	for (int i = 0; room && i < count; i++) {
		printf("  group %u\n", (unsigned)had[i]);
	}
}

static void groups_refused(void)
{
	gid_t one[] = { 1 }, nobodys = (gid_t)-1;

	TRY(syscall(SYS_setgroups, -1, one));
	TRY(syscall(SYS_setgroups, 65537, one));
	TRY(syscall(SYS_setgroups, 1, BAD_POINTER));
	TRY(syscall(SYS_setgroups, 1, &nobodys));
	TRY(getgroups(2, one));
	TRY(getgroups(8, BAD_POINTER));
}

/* As i386 had them before Linux 2.4. */
static void groups_narrow(void)
{
	enum { GET = 80, SET = 81 };
	unsigned short some[] = { 3, 1, 0xffff };
	gid_t again[] = { 10, 20, 40, 70000 };

	TRY(syscall(SET, 3, some));
	TRY(syscall(SET, 2, some));
	groups_show(8);
	TRY(syscall(GET, 1, some));
	TRY(syscall(GET, 2, BAD_POINTER));
	TRY(syscall(SET, 2, BAD_POINTER));
	TRY(setgroups(4, again));
	TRY(syscall(GET, 3, some));
	TRY(syscall(GET, 4, again));
	TRY(((unsigned short *)again)[3]);
}

static void file_of(const char *name, int gid, int mode)
{
	close(open(name, O_CREAT | O_RDWR, 0600));
	chown(name, 0, gid);
	chmod(name, mode);
}

/* Files of a group's own, for who is in it. */
static void groups_use(void)
{
	gid_t some[] = { 30, 10, 40, 20 };

	chmod(".", 0777);
	file_of("of20", 20, 0640);
	file_of("of25", 25, 0640);
	TRY(syscall(SYS_setgroups, 4, some));
	groups_show(0);
	groups_show(8);
	groups_refused();
	if (!IS_WIDE) {
		groups_narrow();
	}
	TRY(setgid(50));
	TRY(setuid(50));
	TRY(access("of20", R_OK));
	TRY(access("of20", W_OK));
	TRY(access("of25", R_OK));
	OK(open("of20", O_RDONLY));
	OK(open("of25", O_RDONLY));
	close(open("mine", O_CREAT | O_RDWR, 0600));
	TRY(chown("mine", (uid_t)-1, 25));
	TRY(chown("mine", (uid_t)-1, 40));
	TRY(chmod("mine", 02750));
	TRY(syscall(SYS_setgroups, 0, some));
	groups_show(8);
}

static void groups(void)
{
	in_child("groups", groups_use);
	groups_show(0);
}

/* ---- programs with other rights ---------------------------------------------- */

#define AT_SECURE 23

/* Of the auxiliary vector, which lies behind the environment: /proc/self/auxv is closed to such programs. */
static int is_secure(void)
{
	char **end = environ;
	const unsigned long *entry;

	while (*end++) {
	}
	for (entry = (unsigned long *)end; entry[0] && entry[0] != AT_SECURE; entry += 2) {
	}
	return (int)entry[1];
}

static int rights_show(void)
{
	ids_show();
	printf("  secure %d\n", is_secure());
	return 0;
}

static void run_both(void)
{
	setresuid(50, 50, 52);
	execl("./both", "both", "show", NULL);
}

static void run_user(void)
{
	setresgid(50, 51, 52);
	setresuid(50, 50, 52);
	execl("./user", "user", "show", NULL);
}

static void run_locking(void)
{
	setresgid(50, 50, 52);
	execl("./locking", "locking", "show", NULL);
}

static void run_written(void)
{
	int fd;

	setresuid(50, 50, 50);
	fd = open("./both", O_WRONLY | O_APPEND);
	TRY(write(fd, "", 1));
	close(fd);
	execl("./both", "both", "show", NULL);
}

static void set_ids(void)
{
	copy_make("both", 06777);
	copy_make("user", 04755);
	copy_make("locking", 02745);
	in_child("set-user-id and set-group-id", run_both);
	in_child("set-user-id", run_user);
	in_child("set-group-id without execution", run_locking);
	in_child("set-user-id that somebody wrote to", run_written);
}

/* ---- what one may use -------------------------------------------------------- */

static void size_bounded(void)
{
	struct rlimit limit = { 10, 20 };
	int fd = open("bounded", O_CREAT | O_RDWR, 0600);

	TRY(setrlimit(RLIMIT_FSIZE, &limit));
	signal(SIGXFSZ, SIG_IGN);
	TRY(write(fd, "twelve bytes", 12));
	TRY(write(fd, "more", 4));
	TRY(write(fd, "", 0));
	TRY(pwrite(fd, "x", 1, 9));
	TRY(pwrite(fd, "x", 1, 10));
	TRY(ftruncate(fd, 11));
	TRY(ftruncate(fd, 4));
	TRY(ftruncate(fd, 10));
	TRY(lseek(fd, 0, SEEK_END));
	signal(SIGXFSZ, SIG_DFL);
	write(fd, "more", 4);
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

static void unprivileged(void)
{
	struct rlimit limit = { 0, 0 };

	TRY(getpriority(PRIO_PROCESS, 0));
	TRY(setrlimit(RLIMIT_NICE, &limit));
	TRY(setuid(77));
	TRY(setpriority(PRIO_PROCESS, getppid(), 10));
	TRY(setpriority(PRIO_PROCESS, 0, 3));
	TRY(setpriority(PRIO_PROCESS, 0, -5));
	TRY(setpriority(PRIO_PROCESS, 0, -6));
	TRY(setpriority(PRIO_USER, 0, 2));
	TRY(getpriority(PRIO_USER, 77));
}

static void priorities(void)
{
	struct sched_param param = { 0 };
	struct rusage usage;
	struct rlimit old;
	unsigned long mask = 1;

	TRY(getpriority(PRIO_PROCESS, 0));
	TRY(setpriority(PRIO_PROCESS, 0, 0));
	TRY(setpriority(PRIO_PROCESS, 0, 5));
	TRY(getpriority(PRIO_PROCESS, 0));
	TRY(getpriority(PRIO_PROCESS, getpid()));
	TRY(getpriority(PRIO_PROCESS, 99999999));
	TRY(setpriority(PRIO_PROCESS, 99999999, 1));
	TRY(setpriority(PRIO_PROCESS, 0, 99));
	TRY(getpriority(PRIO_PROCESS, 0));
	TRY(setpriority(PRIO_PROCESS, 0, -7));
	TRY(getpriority(PRIO_PROCESS, 0));
	in_child("nice inherited, unprivileged", unprivileged);
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

int main(int argc, char **argv)
{
	if (argc > 1) {
		return rights_show();
	}
	ids_show();
	in_child("becoming", becoming);
	in_child("dropping", drops);
	in_child("groups", groups);
	set_ids();
	in_child("bounded", size_bounded);
	in_child("limits", limits);
	in_child("priorities", priorities);
	in_child("sessions", sessions);
	return 0;
}
