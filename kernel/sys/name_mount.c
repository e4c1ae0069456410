/* name_mount.c - mount() and umount2(). */
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/process.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include "user_path.h"

/* Whom mounts are passed on to: there is one namespace. */
#define PROPAGATION (MS_PRIVATE | MS_SLAVE | MS_SHARED | MS_UNBINDABLE)

/* Optional text: "" for a null pointer. */
static int text_get(vaddr_t user, char **text)
{
	if (user) {
		return user_text_get(user, text);
	}
	*text = heap_alloc(1);
	return *text ? 0 : -ENOMEM;
}

/* What a call says, in kernel memory. */
struct wish {
	char *source, *type;
	bool has_type;
};

static void wish_free(struct wish *wish)
{
	heap_free(wish->source);
	heap_free(wish->type);
}

/* In Linux's order, so that of several bad arguments the same one is told. */
static int wish_get(struct wish *wish, vaddr_t source, vaddr_t type, vaddr_t data)
{
	char first;
	int err = text_get(type, &wish->type);

	wish->has_type = type;
	if (!err) {
		err = text_get(source, &wish->source);
	}
	if (!err && data) {
		err = user_copy_in(&first, data, 1);
	}
	return err;
}

static unsigned flags_of(unsigned numbers)
{
	unsigned flags = 0;

	for (unsigned i = 0; i < MOUNT_FLAGS; i++) {
		flags |= numbers & mount_flags[i].number ? mount_flags[i].flags : 0;
	}
	return flags;
}

static int perform(const struct wish *wish, struct dentry *at, unsigned flags)
{
	if (flags & MS_REMOUNT) {
		return vfs_remount(at, flags_of(flags), flags & MS_BIND);
	}
	if (flags & PROPAGATION) {
		return 0;
	}
	return wish->has_type ? vfs_mount(wish->source, at, wish->type, flags_of(flags)) : -EINVAL;
}

long sys_mount(vaddr_t source, vaddr_t target, vaddr_t type, unsigned flags, vaddr_t data)
{
	struct wish wish = { NULL, NULL, false };
	struct dentry *at;
	int err;

	if (process_current()->euid != 0) {
		return -EPERM;
	}
	if (flags & (MS_BIND | MS_MOVE) && !(flags & MS_REMOUNT)) {
		return -EINVAL;
	}
	err = wish_get(&wish, source, type, data);
	if (!err) {
		err = user_path_lookup(AT_FDCWD, target, 0, &at);
	}
	if (!err) {
		err = perform(&wish, at, flags);
		dentry_unref(at);
	}
	wish_free(&wish);
	return err;
}

long sys_umount2(vaddr_t target, unsigned flags)
{
	unsigned how = flags & UMOUNT_NOFOLLOW ? (unsigned)PATH_NOFOLLOW : 0;
	struct dentry *root;
	int err;

	if (process_current()->euid != 0) {
		return -EPERM;
	}
	if (flags & ~(unsigned)(MNT_FORCE | MNT_DETACH | UMOUNT_NOFOLLOW)) {
		return -EINVAL;
	}
	err = user_path_lookup(AT_FDCWD, target, how, &root);
	if (!err) {
		err = vfs_unmount(root, flags & MNT_DETACH);
		dentry_unref(root);
	}
	return err;
}
