/* name_mount.c - mount() and umount2(). */
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/process.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include "user_path.h"

/* Changes of what is mounted, which there is one way of: as it is. */
#define MOUNT_CHANGES (MS_REMOUNT | MS_PRIVATE | MS_SLAVE | MS_SHARED | MS_UNBINDABLE)

/* Optional text: "" for a null pointer. */
static int text_get(vaddr_t user, char **text)
{
	if (user) {
		return user_text_get(user, text);
	}
	*text = heap_alloc(1);
	return *text ? 0 : -ENOMEM;
}

static int mount_new(vaddr_t user_source, struct dentry *at, vaddr_t user_type, unsigned flags)
{
	char *source, *type;
	int err = text_get(user_source, &source);

	if (err) {
		return err;
	}
	err = text_get(user_type, &type);
	if (!err) {
		err = vfs_mount(source, at, type, flags & MS_RDONLY ? FS_READ_ONLY : 0);
		heap_free(type);
	}
	heap_free(source);
	return err;
}

long sys_mount(vaddr_t source, vaddr_t target, vaddr_t type, unsigned flags, vaddr_t data)
{
	struct dentry *at;
	int err;

	if (process_current()->euid != 0) {
		return -EPERM;
	}
	if (flags & (MS_BIND | MS_MOVE)) {
		return -EINVAL;
	}
	err = user_path_lookup(AT_FDCWD, target, 0, &at);
	if (!err) {
		err = flags & MOUNT_CHANGES ? 0 : mount_new(source, at, type, flags);
		dentry_unref(at);
	}
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
