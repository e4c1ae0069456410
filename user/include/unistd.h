/* unistd.h - newlib's, and what it lacks of Linux's. */
#ifndef USER_UNISTD_H
#define USER_UNISTD_H

#include_next <unistd.h>

#include <linux/fcntl.h>

int brk(void *end);
pid_t gettid(void);
int execvpe(const char *name, char *const argv[], char *const envp[]);

int getresuid(uid_t *real, uid_t *effective, uid_t *saved);
int getresgid(gid_t *real, gid_t *effective, gid_t *saved);
int setresuid(uid_t real, uid_t effective, uid_t saved);
int setresgid(gid_t real, gid_t effective, gid_t saved);
int setfsuid(uid_t uid);
int setfsgid(gid_t gid);
int setdomainname(const char *name, size_t len);

int close_range(unsigned int first, unsigned int last, unsigned int flags);
ssize_t copy_file_range(
	int in, off_t *in_offset, int out, off_t *out_offset, size_t len, unsigned int flags);

#endif
