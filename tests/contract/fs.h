/* fs.h - a place for the tests of files: a tmpfs of their own at /ktest, gone afterwards. */
#ifndef CONTRACT_FS_H
#define CONTRACT_FS_H

#include <kernel/errno.h>
#include <kernel/ktest.h>
#include <kernel/string.h>
#include <kernel/vfs.h>
#include <linux/fcntl.h>
#include <linux/stat.h>

/* False, with the verdict given: there is no place. */
bool fs_begin(void);
/* Unmounts it, which proves that nobody holds a name of it any more. */
void fs_end(void);

/* A KTEST whose names lie under /ktest. */
#define FS_KTEST(id)                                                                               \
	static void fs_##id(void);                                                                 \
	KTEST(id)                                                                                  \
	{                                                                                          \
		if (fs_begin()) {                                                                  \
			fs_##id();                                                                 \
			fs_end();                                                                  \
		}                                                                                  \
	}                                                                                          \
	static void fs_##id(void)

/* Errors of a call by name: KTEST_EXPECT(fs_try_open("/ktest/x", O_RDONLY) == -ENOENT). */
int fs_try_open(const char *path, unsigned flags);
/* An open file, NULL with the verdict given. */
struct file *fs_open(const char *path, unsigned flags);
/* Make a regular file with this content: whether it worked. */
bool fs_write(const char *path, const char *text);
/* Whether the file has exactly this content. */
bool fs_holds(const char *path, const char *text);
bool fs_exists(const char *path);
/* Its attributes; zeroed when there is none. PATH_NOFOLLOW or 0. */
struct inode_attr fs_attr(const char *path, unsigned flags);

#endif
