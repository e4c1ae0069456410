/*
 * notify.h - telling watchers what happens to files; see kernel/fs/inotify.c.
 *
 * Who changes or uses a file by its name calls these after it is done. Mutexes may be
 * held, spinlocks not. Without any watch they cost a look at a counter.
 */
#ifndef KERNEL_NOTIFY_H
#define KERNEL_NOTIFY_H

#include <kernel/vfs.h>
#include <linux/inotify.h>

extern unsigned notify_watch_count; /* watches there are */
void notify_watchers(struct dentry *dentry, uint32_t event);

/* Something happened to the file: its folder's watchers hear its name, then its own hear. NULL is allowed. */
static inline void notify_file(struct dentry *dentry, uint32_t event)
{
	if (unlikely(READ_ONCE(notify_watch_count)) && dentry) {
		notify_watchers(dentry, event);
	}
}

/* Something happened in a folder, to a name; or, without one, to the file itself. */
void notify_inode(struct inode *inode, uint32_t event, const char *name);

/* A name went from one folder to another: both ends of it have one cookie. */
void notify_move(struct inode *from, const char *from_name, struct inode *to, const char *to_name,
	struct inode *moved);

/* One name less: if it was the last, the file's watches end. */
void notify_unlinked(struct inode *inode);

/* ---- watching ------------------------------------------------------------------- */

struct file *inotify_create(unsigned flags) __must_check;
bool is_inotify(const struct file *file);
/* The watch's number; -EEXIST, -ENOSPC, -ENOMEM. */
int inotify_watch(struct file *file, struct inode *inode, uint32_t mask) __must_check;
int inotify_unwatch(struct file *file, int wd) __must_check;

#endif
