/* exec.c - the other forms of execve(), and system(). */
#include "thread.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS_MAX 64
#define NAME_LEN      1024
#define DEFAULT_PATH  "/bin:/sbin:/usr/bin:/usr/sbin"

int execv(const char *path, char *const argv[])
{
	return execve(path, argv, environ);
}

/* Each folder of PATH; what cannot be executed is told only if nothing could. */
int execvpe(const char *name, char *const argv[], char *const envp[])
{
	const char *folder = getenv("PATH");
	bool was_denied = false;
	char path[NAME_LEN];

	if (strchr(name, '/')) {
		return execve(name, argv, envp);
	}
	for (folder = folder ? folder : DEFAULT_PATH; *folder;) {
		size_t len = strcspn(folder, ":");

		if (snprintf(path, sizeof(path), "%.*s/%s", (int)len, folder, name) < NAME_LEN) {
			execve(path, argv, envp);
			was_denied |= errno == EACCES;
			if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) {
				return -1;
			}
		}
		folder += len + (folder[len] == ':');
	}
	errno = was_denied ? EACCES : ENOENT;
	return -1;
}

int execvp(const char *name, char *const argv[])
{
	return execvpe(name, argv, environ);
}

/* The list of arguments, NULL at its end, as an array. */
static bool arguments_take(const char *argv[ARGUMENTS_MAX], const char *first, va_list rest)
{
	size_t count = 0;

	for (const char *word = first; word; word = va_arg(rest, const char *)) {
		if (count == ARGUMENTS_MAX - 1) {
			errno = E2BIG;
			return false;
		}
		argv[count++] = word;
	}
	argv[count] = NULL;
	return true;
}

int execl(const char *path, const char *first, ...)
{
	const char *argv[ARGUMENTS_MAX];
	bool is_fit;
	va_list rest;

	va_start(rest, first);
	is_fit = arguments_take(argv, first, rest);
	va_end(rest);
	return is_fit ? execv(path, (char *const *)argv) : -1;
}

int execlp(const char *name, const char *first, ...)
{
	const char *argv[ARGUMENTS_MAX];
	bool is_fit;
	va_list rest;

	va_start(rest, first);
	is_fit = arguments_take(argv, first, rest);
	va_end(rest);
	return is_fit ? execvp(name, (char *const *)argv) : -1;
}

int system(const char *command)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, old_int, old_quit;
	sigset_t child = 1ul << (SIGCHLD - 1), old_mask;
	int status = -1;
	pid_t pid;

	if (!command) {
		return access("/bin/sh", X_OK) == 0;
	}
	sigaction(SIGINT, &ignore, &old_int);
	sigaction(SIGQUIT, &ignore, &old_quit);
	sigprocmask(SIG_BLOCK, &child, &old_mask);
	pid = fork();
	if (pid == 0) {
		sigaction(SIGINT, &old_int, NULL);
		sigaction(SIGQUIT, &old_quit, NULL);
		sigprocmask(SIG_SETMASK, &old_mask, NULL);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
	}
	sigaction(SIGINT, &old_int, NULL);
	sigaction(SIGQUIT, &old_quit, NULL);
	sigprocmask(SIG_SETMASK, &old_mask, NULL);
	return status;
}
