/* Processes: fork, exec, exit, wait (kernel/sys/process.c, kernel/proc). */
#include "oracle.h"

#include <sched.h>
#include <signal.h>
#include <sys/resource.h>

extern char **environ;

static int exits(int code)
{
	pid_t pid = fork();

	if (pid == 0) {
		_exit(code);
	}
	return pid;
}

static void waiting(void)
{
	int status = 0;
	struct rusage usage;
	pid_t pid, second;

	TRY(wait4(-1, &status, 0, NULL));
	TRY(wait4(-1, &status, WNOHANG, NULL));
	TRY(wait4(99999, &status, 0, NULL));
	TRY(wait4(-1, &status, 0x1000, NULL));
	pid = exits(300);
	TRY(wait4(pid, &status, 0, &usage) == pid);
	show_end("300", status);
	pid = fork();
	if (pid == 0) {
		pause();
	}
	TRY(wait4(pid, &status, WNOHANG, NULL));
	TRY(kill(pid, SIGKILL));
	TRY(wait4(pid, BAD_POINTER, 0, NULL));
	TRY(wait4(pid, &status, 0, NULL));
	pid = exits(1);
	second = exits(2);
	TRY(waitpid(second, &status, 0) == second);
	show_end("second", status);
	TRY(waitpid(-getpgrp(), &status, 0) == pid);
	show_end("by group", status);
	pid = exits(4);
	TRY(waitpid(0, &status, 0) == pid);
	TRY(waitpid(pid, &status, 0));
}

static void stopping(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		raise(SIGSTOP);
		pause();
	}
	TRY(waitpid(pid, &status, WUNTRACED) == pid);
	show_end("child", status);
	TRY(waitpid(pid, &status, WNOHANG | WUNTRACED));
	TRY(kill(pid, SIGCONT));
	TRY(waitpid(pid, &status, WCONTINUED) == pid);
	show_end("child", status);
	TRY(kill(pid, SIGTERM));
	TRY(waitpid(pid, &status, 0) == pid);
	show_end("child", status);
}

static void info_show(siginfo_t *info, pid_t pid)
{
	printf("  signal %d code %d status %d, of the child: %d\n", info->si_signo, info->si_code,
		info->si_status, info->si_pid == pid);
	memset(info, 0, sizeof(*info));
}

static void by_id(void)
{
	siginfo_t info = { 0 };
	pid_t pid = exits(5);

	TRY(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT));
	info_show(&info, pid);
	TRY(waitid(P_PID, (id_t)pid, &info, WEXITED));
	info_show(&info, pid);
	TRY(waitid(P_PID, (id_t)pid, &info, WEXITED));
	pid = fork();
	if (pid == 0) {
		pause();
	}
	TRY(waitid(P_ALL, 0, &info, WEXITED | WNOHANG));
	info_show(&info, 0);
	kill(pid, SIGTERM);
	TRY(waitid(P_PGID, (id_t)getpgrp(), &info, WEXITED));
	info_show(&info, pid);
	TRY(waitid(P_ALL, 0, &info, 0));
	TRY(waitid(P_ALL, 0, &info, WEXITED | 0x10000));
	TRY(waitid(77, 0, &info, WEXITED));
	TRY(waitid(P_PID, 0, &info, WEXITED));
	TRY(waitid(P_ALL, 0, &info, WEXITED));
	pid = exits(6);
	TRY(waitid(P_PID, (id_t)pid, NULL, WEXITED));
}

static void sharing(void)
{
	static volatile int n;
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		n = 5;
		_exit(3);
	}
	printf("vfork's child wrote %d\n", n);
	waitpid(pid, &status, 0);
	show_end("vfork", status);
	pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);
	if (pid == 0) {
		_exit(8);
	}
	waitpid(pid, &status, 0);
	show_end("clone", status);
	TRY(syscall(SYS_clone, CLONE_THREAD, NULL, NULL, NULL, 0));
	TRY(syscall(SYS_clone, CLONE_SIGHAND, NULL, NULL, NULL, 0));
}

static void cloning3(void)
{
	struct linux_clone_args args = { .exit_signal = SIGCHLD };
	int status, tid = 0;
	pid_t pid;

	TRY(syscall(SYS_clone3, &args, 8));
	TRY(syscall(SYS_clone3, BAD_POINTER, sizeof(args)));
	args.flags = CLONE_PARENT_SETTID;
	args.parent_tid = (uintptr_t)&tid;
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0) {
		_exit(4);
	}
	TRY(tid == pid);
	waitpid(pid, &status, 0);
	show_end("clone3", status);
	args.exit_signal = 1000;
	TRY(syscall(SYS_clone3, &args, sizeof(args)));
	args.exit_signal = 0;
	args.flags = CLONE_THREAD;
	TRY(syscall(SYS_clone3, &args, sizeof(args)));
}

static void exec_refused(void)
{
	char *argv[] = { (char *)"x", NULL };
	int fd;

	TRY(execve("nothing", argv, environ));
	TRY(execve(".", argv, environ));
	TRY(execve(BAD_POINTER, argv, environ));
	close(file_make("plain", "echo no\n"));
	TRY(execve("plain", argv, environ));
	chmod("plain", 0755);
	TRY(execve("plain", argv, environ));
	close(file_make("script", "#!nothing\n"));
	chmod("script", 0755);
	TRY(execve("script", argv, environ));
	close(file_make("empty", ""));
	chmod("empty", 0755);
	TRY(execve("empty", argv, environ));
	TRY(execve("/proc/self/exe", BAD_POINTER, environ));
	TRY(execve("/proc/self/exe", argv, BAD_POINTER));
	fd = open("plain", O_RDONLY);
	TRY(syscall(SYS_execveat, fd, "", argv, environ, 0));
	TRY(syscall(SYS_execveat, AT_FDCWD, "nothing", argv, environ, 0x77));
	TRY(syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH));
	TRY(syscall(SYS_execveat, fd, "plain", argv, environ, AT_EMPTY_PATH));
	TRY(syscall(SYS_execveat, 99, "/nothing", argv, environ, 0));
	TRY(syscall(SYS_execveat, 99, "", argv, environ, AT_EMPTY_PATH));
	close(fd);
	symlink("/proc/self/exe", "link");
	TRY(syscall(SYS_execveat, AT_FDCWD, "link", argv, environ, AT_SYMLINK_NOFOLLOW));
	fd = file_make("closing", "#!/bin/sh\n");
	chmod("closing", 0755);
	close(fd);
	fd = open("closing", O_RDONLY | O_CLOEXEC);
	TRY(syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH));
	close(fd);
}

static void again(void)
{
	execl("/proc/self/exe", "fork", "as", "another", "program", NULL);
}

static void again_at(void)
{
	char *argv[] = { (char *)"fork", (char *)"at", NULL }, *envp[] = { (char *)"A=1", NULL };
	int dir = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	syscall(SYS_execveat, dir, "exe", argv, envp, 0);
}

/* A program, and a script, that only a descriptor leads to. */
static void again_open(void)
{
	char *argv[] = { (char *)"fork", (char *)"open", NULL }, *envp[] = { (char *)"A=1", NULL };
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	syscall(SYS_execveat, fd, "", argv, envp, AT_EMPTY_PATH);
}

static void script_open(void)
{
	char *argv[] = { (char *)"fork", (char *)"script", NULL },
	     *envp[] = { (char *)"A=1", NULL };

	close(file_make("by_fd", "#!/proc/self/exe one\n"));
	chmod("by_fd", 0755);
	dup2(open("by_fd", O_RDONLY), 77);
	unlink("by_fd");
	syscall(SYS_execveat, 77, "", argv, envp, AT_EMPTY_PATH);
}

static void on_signal(int signal)
{
}

/* What an exec keeps and what it does not. */
static void with_state(void)
{
	sigset_t set = 1ul << (SIGUSR1 - 1);

	signal(SIGUSR2, on_signal);
	signal(SIGHUP, SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	fcntl(dup2(1, 50), F_SETFD, FD_CLOEXEC);
	dup2(1, 51);
	umask(077);
	execl("/proc/self/exe", "fork", "state", NULL);
}

static int state_show(void)
{
	struct sigaction action;
	sigset_t set;

	sigaction(SIGUSR2, NULL, &action);
	printf("USR2 default: %d\n", action.sa_handler == SIG_DFL);
	sigaction(SIGHUP, NULL, &action);
	printf("HUP ignored: %d\n", action.sa_handler == SIG_IGN);
	sigprocmask(SIG_BLOCK, NULL, &set);
	printf("blocked %llx\n", (unsigned long long)set);
	sigpending(&set);
	printf("pending %llx\n", (unsigned long long)set);
	TRY(fcntl(50, F_GETFD));
	TRY(fcntl(51, F_GETFD));
	TRY(umask(0));
	return 21;
}

static int to_orphan[2], from_orphan[2];

/* It lives on until it has another parent, and speaks when it is told to. */
static void orphan(void)
{
	pid_t before = getpid();
	char c;

	if (fork() == 0) {
		close(to_orphan[1]);
		read(to_orphan[0], &c, 1);
		while (getppid() == before) {
			usleep(1000);
		}
		printf("an orphan has another parent\n");
		fflush(stdout);
	}
	_exit(0);
}

static void orphaned(void)
{
	char c;

	pipe(to_orphan);
	pipe(from_orphan);
	in_child("orphan's parent", orphan);
	close(to_orphan[1]);
	close(from_orphan[1]);
	TRY(read(from_orphan[0], &c, 1)); /* the end, when the orphan has gone */
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		for (int i = 0; i < argc; i++) {
			printf("%s ", argv[i]);
		}
		printf("with %s\n",
			environ[0] && !strcmp(environ[0], "A=1") ? environ[0] : "what was there");
		return strcmp(argv[1], "state") ? 20 : state_show();
	}
	waiting();
	stopping();
	by_id();
	sharing();
	cloning3();
	exec_refused();
	in_child("exec", again);
	in_child("execveat", again_at);
	in_child("execveat of an open file", again_open);
	in_child("execveat of an open script", script_open);
	in_child("exec with state", with_state);
	orphaned();
	TRY(getpid() == syscall(SYS_gettid));
	TRY(getppid() != getpid());
	return 0;
}
