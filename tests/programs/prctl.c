/* What a program says of itself, and what follows from it (kernel/sys/prctl.c, kernel/proc/look.c). */
#include "oracle.h"
#include "set_id.h"

#include <signal.h>

enum {
	SET_PDEATHSIG = 1,
	GET_PDEATHSIG = 2,
	GET_DUMPABLE = 3,
	SET_DUMPABLE = 4,
	GET_KEEPCAPS = 7,
	SET_KEEPCAPS = 8,
	CAPBSET_READ = 23,
	SET_SUBREAPER = 36,
	GET_SUBREAPER = 37,
	SET_NO_NEW_PRIVS = 38,
	GET_NO_NEW_PRIVS = 39
};

#define BROKEN 1000

static long prctl(long op, long a, long b)
{
	return syscall(SYS_prctl, op, a, b, 0l, 0l);
}

static void words(void)
{
	int value = -1;

	TRY(prctl(SET_PDEATHSIG, 65, 0));
	TRY(prctl(SET_PDEATHSIG, SIGUSR1, 0));
	TRY(prctl(GET_PDEATHSIG, (long)&value, 0));
	printf("signal %d\n", value);
	TRY(prctl(GET_PDEATHSIG, 8, 0));
	TRY(prctl(SET_PDEATHSIG, 0, 0));
	TRY(prctl(GET_DUMPABLE, 0, 0));
	TRY(prctl(SET_DUMPABLE, 2, 0));
	TRY(prctl(SET_DUMPABLE, 0, 0));
	TRY(prctl(GET_DUMPABLE, 0, 0));
	TRY(prctl(SET_DUMPABLE, 1, 0));
	TRY(prctl(SET_KEEPCAPS, 2, 0));
	TRY(prctl(SET_KEEPCAPS, 1, 0));
	TRY(prctl(GET_KEEPCAPS, 0, 0));
	TRY(prctl(SET_KEEPCAPS, 0, 0));
	TRY(prctl(CAPBSET_READ, BROKEN, 0));
	TRY(prctl(SET_SUBREAPER, 5, 0));
	TRY(prctl(GET_SUBREAPER, (long)&value, 0));
	printf("adopts %d\n", value);
	TRY(prctl(SET_SUBREAPER, 0, 0));
	TRY(prctl(SET_NO_NEW_PRIVS, 0, 0));
	TRY(prctl(SET_NO_NEW_PRIVS, 1, 1));
	TRY(prctl(GET_NO_NEW_PRIVS, 1, 0));
	TRY(prctl(GET_NO_NEW_PRIVS, 0, 0));
	TRY(prctl(BROKEN, 0, 0));
}

/* A grandchild whose parent ends is this process's then, and hears of it. */
static void orphans(void)
{
	int to[2], status = 0;
	char c = 0;
	pid_t pid, grandchild;

	fflush(stdout);
	pipe(to);
	prctl(SET_SUBREAPER, 1, 0);
	pid = fork();
	if (pid == 0) {
		grandchild = fork();
		if (grandchild == 0) {
			prctl(SET_PDEATHSIG, SIGUSR1, 0);
			write(to[1], &c, 1);
			for (;;) {
				pause();
			}
		}
		read(to[0], &c, 1);
		_exit(7);
	}
	waitpid(pid, &status, 0);
	show_end("child", status);
	pid = wait(&status);
	show_end("grandchild", status);
	printf("a child: %d, another: %d\n", pid > 0, (int)wait(&status));
	prctl(SET_SUBREAPER, 0, 0);
}

static void inherited(void)
{
	int value = -1;

	prctl(GET_PDEATHSIG, (long)&value, 0);
	printf("signal %d\n", value);
	prctl(GET_SUBREAPER, (long)&value, 0);
	printf("adopts %d\n", value);
	TRY(prctl(GET_DUMPABLE, 0, 0));
	TRY(prctl(GET_NO_NEW_PRIVS, 0, 0));
}

/* ---- rights ---------------------------------------------------------------------- */

static int show(void)
{
	uid_t real, effective, saved;

	getresuid(&real, &effective, &saved);
	printf("user %d %d %d, no more rights %ld, open %d\n", (int)real, (int)effective,
		(int)saved, prctl(GET_NO_NEW_PRIVS, 0, 0), prctl(GET_DUMPABLE, 0, 0) == 1);
	return 0;
}

static void run_set_id(void)
{
	setresgid(50, 50, 50);
	setresuid(50, 50, 50);
	printf("open %d\n", prctl(GET_DUMPABLE, 0, 0) == 1);
	fflush(stdout);
	execl("./set-id", "set-id", "show", NULL);
}

static void run_set_id_without(void)
{
	TRY(prctl(SET_NO_NEW_PRIVS, 1, 0));
	TRY(prctl(SET_NO_NEW_PRIVS, 0, 0));
	run_set_id();
}

static void run_plain(void)
{
	setresgid(50, 50, 50);
	setresuid(50, 50, 50);
	execl("./plain", "plain", "show", NULL);
}

static void run_unreadable(void)
{
	setresuid(50, 50, 50);
	TRY(open("./unreadable", O_RDONLY));
	execl("./unreadable", "unreadable", "show", NULL);
}

static void run_not_executable(void)
{
	setresuid(50, 50, 50);
	TRY(execl("./others", "others", "show", NULL));
}

/* What another process of its user sees of one. */
static void look(const char *pid, const char *name)
{
	char path[64], buf[16];
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
	fd = open(path, O_RDONLY);
	printf("%s: %s\n", name,
		fd < 0					 ? oracle_error(errno)
			: read(fd, buf, sizeof(buf)) > 0 ? "something"
							 : "nothing");
	fflush(stdout);
	close(fd);
}

static void look_link(const char *pid, const char *name)
{
	char path[64], buf[256];

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
	printf("%s: %s\n", name,
		readlink(path, buf, sizeof(buf)) < 0 ? oracle_error(errno) : "a name");
	fflush(stdout);
}

static void look_all(pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)pid);
	look(text, "stat");
	look(text, "cmdline");
	look(text, "environ");
	look(text, "maps");
	look(text, "auxv");
	look(text, "status");
	look_link(text, "cwd");
	look_link(text, "exe");
	look_link(text, "root");
	look_link(text, "fd/1");
}

static pid_t looked_at;

static void look_as_user(void)
{
	setresgid(50, 50, 50);
	setresuid(50, 50, 50);
	look_all(looked_at);
}

/* A process of user 50 that runs this program from that file, and waits. */
static void look_at(const char *what, const char *program)
{
	int to[2], from[2];
	char c;

	printf("-- %s\n", what);
	fflush(stdout);
	pipe(to);
	pipe(from);
	looked_at = fork();
	if (looked_at == 0) {
		setresgid(50, 50, 50);
		setresuid(50, 50, 50);
		dup2(to[0], 0);
		dup2(from[1], 3);
		for (int fd = 4; fd < 12; fd++) {
			close(fd);
		}
		execl(program, program, "wait", NULL);
		_exit(1);
	}
	close(from[1]);
	close(to[0]);
	read(from[0], &c, 1);
	in_child("another of the user", look_as_user);
	close(to[1]);
	close(from[0]);
	waitpid(looked_at, NULL, 0);
}

static int wait_to_be_seen(void)
{
	char c = 0;

	write(3, &c, 1);
	read(0, &c, 1);
	return 0;
}

static void rights(void)
{
	copy_make("set-id", 04755);
	copy_make("plain", 0755);
	copy_make("unreadable", 0711);
	copy_make("others", 0754);
	in_child("set-user-id", run_set_id);
	in_child("set-user-id, no new rights", run_set_id_without);
	in_child("plain", run_plain);
	in_child("unreadable", run_unreadable);
	in_child("not executable", run_not_executable);
	look_at("plain", "./plain");
	look_at("set-user-id", "./set-id");
	look_at("unreadable", "./unreadable");
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		return !strcmp(argv[1], "show") ? show() : wait_to_be_seen();
	}
	chmod(".", 0755);
	words();
	orphans();
	prctl(SET_PDEATHSIG, SIGUSR2, 0);
	prctl(SET_SUBREAPER, 1, 0);
	prctl(SET_DUMPABLE, 0, 0);
	in_child("inherited", inherited);
	prctl(SET_DUMPABLE, 1, 0);
	prctl(SET_PDEATHSIG, 0, 0);
	rights();
	return 0;
}
