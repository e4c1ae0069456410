/*
 * user_path.h - the pair of a directory's descriptor and a path that the *at() calls take.
 */
#ifndef SYS_USER_PATH_H
#define SYS_USER_PATH_H

#include <kernel/syscall.h>
#include <kernel/vfs.h>

struct user_path {
	struct dentry *base; /* NULL: the working directory */
	struct file *file;   /* behind the descriptor, held */
	char *text;	     /* NUL-terminated, at most PATH_LEN_MAX with it */
};

/* 0; -EFAULT, -ENAMETOOLONG, -ENOMEM; -EBADF, -ENOTDIR for `dir` when the path needs it. */
int user_path_get(struct user_path *p, int dir, vaddr_t path) __must_check;
/* The same for who means the folder even if the path begins at the root: its own. */
int user_path_get_within(struct user_path *p, int dir, vaddr_t path) __must_check;
void user_path_put(struct user_path *p);

/* As above, and look it up: a referenced dentry. `flags`: enum path_flags. */
int user_path_lookup(int dir, vaddr_t path, unsigned flags, struct dentry **found) __must_check;

/* enum path_flags for the AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH in `at_flags`. */
unsigned user_path_flags(unsigned at_flags);

/* An open file of the caller, referenced; NULL: -EBADF. */
struct file *user_file(int fd) __must_check;

/*
 * The same for the length of a system call that closes nothing; the reference is the caller's
 * to drop only if *is_counted.
 */
struct file *user_file_hold(int fd, bool *is_counted) __must_check;

/* Give a new open file (NULL: -ENOMEM) the lowest free number, the reference with it; O_CLOEXEC counts. */
long user_file_install(struct file *file, unsigned flags);

/* NUL-terminated text in a block of PATH_LEN_MAX bytes, for heap_free(). */
int user_text_get(vaddr_t text, char **copy) __must_check;

#endif
