/* name_attr.c - system calls that change what a file says of itself, and ask what one may do. */
#include <arch/clock.h>
#include <arch/user.h>
#include <kernel/groups.h>
#include <kernel/errno.h>
#include <kernel/notify.h>
#include <kernel/process.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include "timed.h"
#include "user_path.h"

/* A change that is prepared for the file it meets. */
struct change {
	int (*prepare)(struct change *change, struct inode *inode);
	struct inode_attr attr;
	unsigned which;
	int64_t uid, gid; /* -1: stays */
	bool is_now;	  /* times: what whoever may write may do */
};

static bool is_owner(const struct inode *inode)
{
	uint32_t uid = process_current()->euid;

	return uid == 0 || uid == inode->uid;
}

/* To its times alone a change looks like their reason. */
static uint32_t event_of(unsigned which)
{
	switch (which & (ATTR_MODE | ATTR_OWNER | ATTR_ATIME | ATTR_MTIME)) {
	case ATTR_ATIME:
		return IN_ACCESS;
	case ATTR_MTIME:
		return IN_MODIFY;
	default:
		return IN_ATTRIB;
	}
}

static int change_dentry(struct dentry *d, struct inode *inode, struct change *change)
{
	int err = change->prepare(change, inode);

	if (!err) {
		err = inode_attr_set(inode, &change->attr, change->which);
	}
	if (!err) {
		notify_file(d, event_of(change->which));
	}
	return err;
}

static long change_named(int dir, vaddr_t path, unsigned at_flags, struct change *change)
{
	struct dentry *d;
	int err = user_path_lookup(dir, path, user_path_flags(at_flags), &d);

	if (!err) {
		err = change_dentry(d, dentry_inode(d), change);
		dentry_unref(d);
	}
	return err;
}

static long change_open(int fd, struct change *change)
{
	struct file *file = user_file(fd);
	long err = -EBADF;

	if (file && file->inode && !(file->flags & O_PATH)) {
		err = change_dentry(file->dentry, file->inode, change);
	}
	file_unref(file);
	return err;
}

/* ---- mode ----------------------------------------------------------------------------------------- */

/* The set-group bit is for members of the group. */
static int mode_prepare(struct change *change, struct inode *inode)
{
	struct process *process = process_current();

	if (S_ISLNK(inode->mode)) {
		return -ENOTSUP;
	}
	if (!is_owner(inode)) {
		return -EPERM;
	}
	if (process->euid != 0 && !process_is_in_group(inode->gid)) {
		change->attr.mode &= ~(uint32_t)S_ISGID;
	}
	return 0;
}

static struct change mode_change(uint32_t mode)
{
	return (struct change){
		.prepare = mode_prepare, .attr.mode = mode & 07777, .which = ATTR_MODE
	};
}

long sys_fchmodat(int dir, vaddr_t path, uint32_t mode)
{
	struct change change = mode_change(mode);

	return change_named(dir, path, 0, &change);
}

long sys_chmod(vaddr_t path, uint32_t mode)
{
	return sys_fchmodat(AT_FDCWD, path, mode);
}

long sys_fchmod(int fd, uint32_t mode)
{
	struct change change = mode_change(mode);

	return change_open(fd, &change);
}

/* ---- owner ------------------------------------------------------------------------------------------ */

/* Root gives files away; an owner may give his to a group of his. A program loses its set-id bits. */
static int owner_prepare(struct change *change, struct inode *inode)
{
	struct process *process = process_current();
	uint32_t uid = change->uid < 0 ? inode->uid : (uint32_t)change->uid;
	uint32_t gid = change->gid < 0 ? inode->gid : (uint32_t)change->gid;

	if (process->euid != 0 &&
		(!is_owner(inode) || uid != inode->uid ||
			(gid != inode->gid && !process_is_in_group(gid)))) {
		return -EPERM;
	}
	change->attr.uid = uid;
	change->attr.gid = gid;
	change->attr.mode = inode->mode;
	if (S_ISREG(inode->mode) && inode->mode & 0111) {
		change->attr.mode &= ~(uint32_t)(S_ISUID | (inode->mode & S_IXGRP ? S_ISGID : 0));
	}
	return 0;
}

static struct change owner_change(int uid, int gid)
{
	return (struct change){ .prepare = owner_prepare,
		.which = ATTR_OWNER | ATTR_MODE,
		.uid = uid == -1 ? -1 : (int64_t)(uint32_t)uid,
		.gid = gid == -1 ? -1 : (int64_t)(uint32_t)gid };
}

long sys_fchownat(int dir, vaddr_t path, int uid, int gid, unsigned flags)
{
	struct change change = owner_change(uid, gid);

	if (flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) {
		return -EINVAL;
	}
	return change_named(dir, path, flags, &change);
}

long sys_chown(vaddr_t path, int uid, int gid)
{
	return sys_fchownat(AT_FDCWD, path, uid, gid, 0);
}

long sys_lchown(vaddr_t path, int uid, int gid)
{
	return sys_fchownat(AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}

long sys_fchown(int fd, int uid, int gid)
{
	struct change change = owner_change(uid, gid);

	return change_open(fd, &change);
}

/* ---- times -------------------------------------------------------------------------------------------- */

static int times_prepare(struct change *change, struct inode *inode)
{
	if (is_owner(inode)) {
		return 0;
	}
	return change->is_now ? inode_permission(inode, W_OK) : -EPERM;
}

/* One of the two times: sets it in `attr`, or leaves it out of `which`. */
static int time_take(
	const struct linux_timespec64 *t, nsec_t now, nsec_t *time, unsigned *which, unsigned bit)
{
	if (t->nsec == UTIME_OMIT) {
		*which &= ~bit;
		return 0;
	}
	if (t->nsec == UTIME_NOW) {
		*time = now;
		return 0;
	}
	if (t->nsec < 0 || t->nsec >= (int64_t)NSEC_PER_SEC) {
		return -EINVAL;
	}
	*time = t->sec < 0 ? 0 : (nsec_t)t->sec * NSEC_PER_SEC + (nsec_t)t->nsec;
	return 0;
}

static int times_change(const struct linux_timespec64 times[2], struct change *change)
{
	nsec_t now = clock_wall();
	int err;

	*change = (struct change){ .prepare = times_prepare, .which = ATTR_ATIME | ATTR_MTIME };
	change->is_now = times[0].nsec == UTIME_NOW && times[1].nsec == UTIME_NOW;
	err = time_take(&times[0], now, &change->attr.atime, &change->which, ATTR_ATIME);
	return err ? err
		   : time_take(&times[1], now, &change->attr.mtime, &change->which, ATTR_MTIME);
}

static long times_set(int dir, vaddr_t path, const struct linux_timespec64 times[2], unsigned flags)
{
	struct change change;
	int err = times_change(times, &change);

	if (err || !change.which) {
		return err;
	}
	if (!path && dir == AT_FDCWD) {
		return -EFAULT;
	}
	return path ? change_named(dir, path, flags, &change) : change_open(dir, &change);
}

static const struct linux_timespec64 times_now[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };

/* Without a path the descriptor's own file: that is how futimens() calls. */
long times_set_named(
	int dir, vaddr_t path, vaddr_t user_times, unsigned flags, enum time_width width)
{
	struct linux_timespec64 times[2] = { times_now[0], times_now[1] };
	size_t step =
		width == TIME_64 ? sizeof(struct linux_timespec64) : sizeof(struct linux_timespec);

	if (user_times &&
		(timespec_read(&times[0], user_times, width) ||
			timespec_read(&times[1], user_times + step, width))) {
		return -EFAULT;
	}
	if (flags & ~(unsigned)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) || (!path && flags)) {
		return -EINVAL;
	}
	return times_set(dir, path, times, flags);
}

long sys_utimensat(int dir, vaddr_t path, vaddr_t user_times, unsigned flags)
{
	return times_set_named(dir, path, user_times, flags, TIME_WORD);
}

long sys_futimesat(int dir, vaddr_t path, vaddr_t user_times)
{
	struct linux_timespec64 times[2] = { times_now[0], times_now[1] };
	struct linux_timeval given[2];

	if (!user_times) {
		return times_set(dir, path, times, 0);
	}
	if (user_copy_in(given, user_times, sizeof(given))) {
		return -EFAULT;
	}
	for (unsigned i = 0; i < 2; i++) {
		if (given[i].usec < 0 || given[i].usec >= 1000000) {
			return -EINVAL;
		}
		times[i].sec = given[i].sec;
		times[i].nsec = given[i].usec * 1000;
	}
	return times_set(dir, path, times, 0);
}

long sys_utimes(vaddr_t path, vaddr_t user_times)
{
	return sys_futimesat(AT_FDCWD, path, user_times);
}

long sys_utime(vaddr_t path, vaddr_t user_times)
{
	struct linux_timespec64 times[2] = { times_now[0], times_now[1] };
	long seconds[2];

	if (user_times && user_copy_in(seconds, user_times, sizeof(seconds))) {
		return -EFAULT;
	}
	if (user_times) {
		times[0] = (struct linux_timespec64){ seconds[0], 0 };
		times[1] = (struct linux_timespec64){ seconds[1], 0 };
	}
	return times_set(AT_FDCWD, path, times, 0);
}

/* ---- what one may do -------------------------------------------------------------------------------------- */

/* access() asks for the real user, who started a program that runs with another's rights. */
static int access_check(struct inode *inode, unsigned wanted, bool is_effective)
{
	struct process *process = process_current();

	if (wanted & X_OK && S_ISREG(inode->mode) && inode_fs_flags(inode) & FS_NO_EXEC) {
		return -EACCES;
	}
	if (is_effective) {
		return inode_permission(inode, wanted);
	}
	return inode_permission_of(inode, wanted, process->uid, process->gid);
}

long sys_faccessat2(int dir, vaddr_t path, int mode, unsigned flags)
{
	struct dentry *d;
	int err;

	if (mode & ~(R_OK | W_OK | X_OK) ||
		flags & ~(unsigned)(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) {
		return -EINVAL;
	}
	err = user_path_lookup(dir, path, user_path_flags(flags), &d);
	if (!err) {
		err = access_check(dentry_inode(d), (unsigned)mode, flags & AT_EACCESS);
		dentry_unref(d);
	}
	return err;
}

long sys_faccessat(int dir, vaddr_t path, int mode)
{
	return sys_faccessat2(dir, path, mode, 0);
}

long sys_access(vaddr_t path, int mode)
{
	return sys_faccessat2(AT_FDCWD, path, mode, 0);
}
