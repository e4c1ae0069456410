/*
 * xattr.c - extended attributes: no file system has any, as tmpfs of Linux 6.1 has
 * none of users'. So asking for one that might be there gives ENODATA, for
 * one of a user ENOTSUP, setting any ENOTSUP, and lists are empty.
 */
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/string.h>
#include <linux/fcntl.h>
#include "user_path.h"

#define NAME_MAX  255
#define VALUE_MAX 65536u
#define FLAGS	  3u /* XATTR_CREATE, XATTR_REPLACE */

enum action { GET, SET, LIST, REMOVE };

/* -ENODATA for the namespaces that a file could have attributes in. */
static int name_check(vaddr_t user)
{
	static const char *const known[] = { "trusted.", "security.", "system.posix_acl_" };
	char name[NAME_MAX + 2];
	long len = user_string_in(name, user, sizeof(name));

	if (len == -EFAULT) {
		return -EFAULT;
	}
	if (len <= 0 || len > NAME_MAX) {
		return -ERANGE;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(known); i++) {
		if (!strncmp(name, known[i], strlen(known[i]))) {
			return -ENODATA;
		}
	}
	return -ENOTSUP;
}

/* With the file found. */
static long answer(enum action action, vaddr_t name)
{
	int err = action == LIST ? 0 : name_check(name);

	return err == -ENODATA && action == SET ? -ENOTSUP : err;
}

static long on_path(vaddr_t path, unsigned flags, enum action action, vaddr_t name)
{
	struct dentry *d;
	int err = user_path_lookup(AT_FDCWD, path, flags, &d);

	if (err) {
		return err;
	}
	dentry_unref(d);
	return answer(action, name);
}

static long on_file(int fd, enum action action, vaddr_t name)
{
	struct file *file = user_file(fd);
	bool is_open = file && !(file->flags & O_PATH);

	file_unref(file);
	return is_open ? answer(action, name) : -EBADF;
}

/* What is wrong with a new value whatever the file. */
static int value_check(size_t size, unsigned flags)
{
	if (flags & ~FLAGS) {
		return -EINVAL;
	}
	return size > VALUE_MAX ? -E2BIG : 0;
}

long sys_getxattr(sys_path path, sys_ptr name, sys_ptr value, sys_len size)
{
	return on_path(path, 0, GET, name);
}

long sys_lgetxattr(sys_path path, sys_ptr name, sys_ptr value, sys_len size)
{
	return on_path(path, PATH_NOFOLLOW, GET, name);
}

long sys_fgetxattr(sys_fd fd, sys_ptr name, sys_ptr value, sys_len size)
{
	return on_file(fd, GET, name);
}

long sys_setxattr(sys_path path, sys_ptr name, sys_ptr value, sys_len size, sys_flags flags)
{
	int err = value_check(size, flags);

	return err ? err : on_path(path, 0, SET, name);
}

long sys_lsetxattr(sys_path path, sys_ptr name, sys_ptr value, sys_len size, sys_flags flags)
{
	int err = value_check(size, flags);

	return err ? err : on_path(path, PATH_NOFOLLOW, SET, name);
}

long sys_fsetxattr(sys_fd fd, sys_ptr name, sys_ptr value, sys_len size, sys_flags flags)
{
	int err = value_check(size, flags);

	return err ? err : on_file(fd, SET, name);
}

long sys_listxattr(sys_path path, sys_ptr list, sys_len size)
{
	return on_path(path, 0, LIST, 0);
}

long sys_llistxattr(sys_path path, sys_ptr list, sys_len size)
{
	return on_path(path, PATH_NOFOLLOW, LIST, 0);
}

long sys_flistxattr(sys_fd fd, sys_ptr list, sys_len size)
{
	return on_file(fd, LIST, 0);
}

long sys_removexattr(sys_path path, sys_ptr name)
{
	return on_path(path, 0, REMOVE, name);
}

long sys_lremovexattr(sys_path path, sys_ptr name)
{
	return on_path(path, PATH_NOFOLLOW, REMOVE, name);
}

long sys_fremovexattr(sys_fd fd, sys_ptr name)
{
	return on_file(fd, REMOVE, name);
}
