/* agent.c - which job is done, and what all of them need. */
#define _GNU_SOURCE
#include "agent.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "serve.h"

static const struct {
	const char *name;
	job_fn *job;
} jobs[] = {
	{ "run-domain", run_domain },
	{ "console", join_domain },
	{ "domid", print_domid },
	{ "files", take_files },
	{ "hotplug-disk", hotplug_disk },
	{ "hotplug-vif", hotplug_vif },
};

job_fn *job_find(const char *name)
{
	for (size_t i = 0; i < sizeof(jobs) / sizeof(*jobs); i++) {
		if (!strcmp(name, jobs[i].name)) {
			return jobs[i].job;
		}
	}
	return NULL;
}

void die(const char *why)
{
	dprintf(STDERR_FILENO, "%s\n", why);
	_exit(255);
}

void die_errno(const char *what)
{
	dprintf(STDERR_FILENO, "%s: %s\n", what, strerror(errno));
	_exit(255);
}

bool write_all(int fd, const void *bytes, size_t length)
{
	const char *from = bytes;

	while (length) {
		ssize_t count = write(fd, from, length);

		if (count < 0 && errno != EINTR) {
			return false;
		}
		if (count > 0) {
			from += count;
			length -= (size_t)count;
		}
	}
	return true;
}

int program_start(char *const *argv, const int *fds, bool has_session)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, usual;
	pid_t pid;
	int error;

	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	posix_spawn_file_actions_init(&actions);
	for (int to = 0; fds && to < 3; to++) {
		posix_spawn_file_actions_adddup2(&actions, fds[to], to);
	}
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &usual);
	posix_spawnattr_setflags(&attributes,
		(short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
			(has_session ? POSIX_SPAWN_SETSID : POSIX_SPAWN_SETPGROUP)));
	error = posix_spawnp(&pid, argv[0], &actions, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	errno = error;
	return error ? -1 : pid;
}

int main(int argc, char **argv)
{
	job_fn *job = job_find(basename(argv[0]));

	if (job) {
		return job(argv + 1);
	}
	job = argc > 1 ? job_find(argv[1]) : NULL;
	if (argc > 1 && !job) {
		die("there is no such job");
	}
	return job ? job(argv + 2) : serve_all();
}
