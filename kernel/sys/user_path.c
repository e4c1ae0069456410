/* user_path.c - paths and descriptors out of a system call's arguments. */
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/task.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include "user_path.h"

struct file *user_file(int fd)
{
	return fd_get(task_current()->fds, fd);
}

/* What only one thread can close needs neither lock nor count: 60 instructions of a read() or write(). */
struct file *user_file_hold(int fd, bool *is_counted)
{
	struct fd_table *fds = task_current()->fds;
	struct file *file = fd_peek(fds, fd);

	*is_counted = !file;
	return file ? file : fd_get(fds, fd);
}

long user_file_install(struct file *file, unsigned flags)
{
	int fd = -ENOMEM;

	if (file) {
		fd = fd_install(task_current()->fds, file, 0, flags & O_CLOEXEC);
	}
	if (fd < 0) {
		file_unref(file);
	}
	return fd;
}

int user_text_get(vaddr_t text, char **copy)
{
	char *buf = heap_alloc_unfilled(PATH_LEN_MAX);
	long len;

	if (!buf) {
		return -ENOMEM;
	}
	len = user_string_in(buf, text, PATH_LEN_MAX);
	if (len < 0) {
		heap_free(buf);
		return (int)len;
	}
	*copy = buf;
	return 0;
}

static int base_get(struct user_path *p, int dir, bool is_needed)
{
	if ((p->text[0] == '/' && !is_needed) || dir == AT_FDCWD) {
		return 0;
	}
	p->file = user_file(dir);
	if (!p->file) {
		return -EBADF;
	}
	p->base = p->file->dentry;
	if (p->text[0] && (!p->base || !S_ISDIR(dentry_inode(p->base)->mode))) {
		return -ENOTDIR;
	}
	return p->base ? 0 : -ENOENT;
}

static int get(struct user_path *p, int dir, vaddr_t path, bool is_base_needed)
{
	int err;

	*p = (struct user_path){ NULL, NULL, NULL };
	err = user_text_get(path, &p->text);
	if (!err) {
		err = base_get(p, dir, is_base_needed);
	}
	if (err) {
		user_path_put(p);
	}
	return err;
}

int user_path_get(struct user_path *p, int dir, vaddr_t path)
{
	return get(p, dir, path, false);
}

int user_path_get_within(struct user_path *p, int dir, vaddr_t path)
{
	return get(p, dir, path, true);
}

void user_path_put(struct user_path *p)
{
	file_unref(p->file);
	heap_free(p->text);
}

int user_path_lookup(int dir, vaddr_t path, unsigned flags, struct dentry **found)
{
	struct user_path p;
	int err = user_path_get(&p, dir, path);

	if (!err) {
		err = path_lookup(p.base, p.text, flags, found);
		user_path_put(&p);
	}
	return err;
}

unsigned user_path_flags(unsigned at_flags)
{
	return (at_flags & AT_SYMLINK_NOFOLLOW ? (unsigned)PATH_NOFOLLOW : 0) |
		(at_flags & AT_EMPTY_PATH ? (unsigned)PATH_EMPTY_OK : 0);
}
