/*
 * mounting.h - how a test program comes to mount something: on Linux in a namespace of mounts of its own, which
 * takes all of it along.
 */
#ifndef TESTS_PROGRAMS_MOUNTING_H
#define TESTS_PROGRAMS_MOUNTING_H

#include "oracle.h"

#include <sys/mount.h>

/* Linux's linux/sched.h. */
#define NEW_MOUNTS 0x00020000
#define NEW_USERS  0x10000000

static bool file_says(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY);
	bool is_written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return is_written;
}

/* Whoever is not root becomes it in a namespace of users. */
static bool become_root(void)
{
	char map[32];

	snprintf(map, sizeof(map), "0 %u 1", (unsigned)geteuid());
	return !syscall(SYS_unshare, NEW_USERS | NEW_MOUNTS) &&
		file_says("/proc/self/uid_map", map);
}

/* EINVAL: this kernel has no namespaces. What is mounted here shall be seen nowhere else. */
static void mounting_begin(void)
{
	bool is_apart = !syscall(SYS_unshare, NEW_MOUNTS) || errno == EINVAL || become_root();

	if (!is_apart || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		printf("nothing can be mounted here: %s\n", oracle_error(errno));
		exit(1);
	}
}

/* A program of the machine's own: whatever runs here is one. */
static void program_copy(const char *name)
{
	static char buf[1 << 16];
	int from = open("/proc/self/exe", O_RDONLY), to = open(name, O_WRONLY | O_CREAT, 0755);
	ssize_t len;

	while ((len = read(from, buf, sizeof(buf))) > 0) {
		if (write(to, buf, (size_t)len) != len) {
			printf("the copy fails\n");
			break;
		}
	}
	close(from);
	close(to);
}

#endif
