/*
 * oracle.h - how the test programs say what a call gave, so that two systems can be compared.
 *
 *     TRY(lseek(fd, 0, SEEK_END))     lseek(fd, 0, SEEK_END): 5       or its error: EBADF
 *     OK(open(...))                   the same, but "ok" for any number that is not an error
 *     in_child("what", function)      a child calls it: "what: exit 3", "what: signal 11"
 *
 * Everything is printed as it happens, so that what a program that dies has done is known.
 */
#ifndef TESTS_PROGRAMS_ORACLE_H
#define TESTS_PROGRAMS_ORACLE_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* An address at which nothing can be mapped, and one that is not even the program's. */
#define BAD_POINTER    oracle_pointer(8)
#define KERNEL_POINTER oracle_pointer(IS_WIDE ? (unsigned long)0xffff888000000000ull : 0xfffff000ul)
/* One of the program's at which nothing is, and one that no CPU takes (or the kernel's again). */
#define FAR_AWAY      oracle_pointer(IS_WIDE ? (unsigned long)(1ull << 40) : 0x40000000ul)
#define NOT_CANONICAL oracle_pointer(IS_WIDE ? (unsigned long)(1ull << 62) : 0xfffff000ul)
#define IS_WIDE	      (sizeof(long) == 8)

#define TRY(call) (errno = 0, oracle_show(#call, (long)(call), true))
#define OK(call)  (errno = 0, oracle_show(#call, (long)(call), false))

/* The compiler shall not know where it points: it would complain. */
static inline void *oracle_pointer(unsigned long at)
{
	__asm__("" : "+r"(at));
	return (void *)at;
}

static inline const char *oracle_error(int error)
{
	static char unknown[16];

	switch (error) {
#define ERRNO(name, number, text)                                                                  \
	case number:                                                                               \
		return #name;
#include <linux/errno.def>
#undef ERRNO
	default:
		snprintf(unknown, sizeof(unknown), "error %d", error);
		return unknown;
	}
}

static inline long oracle_show(const char *what, long result, bool has_number)
{
	if (result == -1 && errno) {
		printf("%s: %s\n", what, oracle_error(errno));
	} else if (has_number) {
		printf("%s: %ld\n", what, result);
	} else {
		printf("%s: ok\n", what);
	}
	fflush(stdout);
	return result;
}

static inline void show_end(const char *what, int status)
{
	if (WIFSIGNALED(status)) {
		printf("%s: signal %d\n", what, WTERMSIG(status));
	} else if (WIFSTOPPED(status)) {
		printf("%s: stopped by %d\n", what, WSTOPSIG(status));
	} else if (WIFCONTINUED(status)) {
		printf("%s: continued\n", what);
	} else {
		printf("%s: exit %d\n", what, WEXITSTATUS(status));
	}
	fflush(stdout);
}

static inline int in_child(const char *what, void (*function)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		function();
		fflush(stdout);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		printf("%s: no child: %s\n", what, oracle_error(errno));
		return -1;
	}
	show_end(what, status);
	return status;
}

/* A file of this content; its descriptor, for reading and writing, at its start. */
static inline int file_make(const char *name, const char *content)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, content, strlen(content)) != (ssize_t)strlen(content) ||
		lseek(fd, 0, SEEK_SET)) {
		printf("%s cannot be made: %s\n", name, oracle_error(errno));
		exit(1);
	}
	return fd;
}

/* What a file has, quoted. */
static inline void file_show(const char *name)
{
	char buf[256];
	int fd = open(name, O_RDONLY);
	ssize_t len = fd < 0 ? -1 : read(fd, buf, sizeof(buf));

	printf("%s: \"", name);
	for (ssize_t i = 0; i < len; i++) {
		if (buf[i] >= ' ' && buf[i] < 127) {
			putchar(buf[i]);
		} else {
			printf("\\%o", (unsigned char)buf[i]);
		}
	}
	printf("\"%s\n", len < 0 ? " (unreadable)" : "");
	if (fd >= 0) {
		close(fd);
	}
}

#endif
