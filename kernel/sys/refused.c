/*
 * refused.c - calls that answer with what Linux says to a program that may not,
 * or to everybody where the machine has no such thing.
 */
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/process.h>
#include <kernel/syscall.h>
#include "user_path.h"

#define PORTS	     65536ul
#define LEVEL_MAX    3
#define HANDLE_FLAGS (0x400u | 0x1000u) /* AT_SYMLINK_FOLLOW, AT_EMPTY_PATH */
#define HANDLE_MAX   128u

/* No program may touch ports: what it has anyway, level 0 and none of them, it may ask for. */
long sys_iopl(sys_uint level)
{
	if (level > LEVEL_MAX) {
		return -EINVAL;
	}
	return level ? -EPERM : 0;
}

long sys_ioperm(sys_ulong from, sys_ulong count, sys_int on)
{
	if (from + count <= from || from + count > PORTS) {
		return -EINVAL;
	}
	return on ? -EPERM : 0;
}

/* There is no local descriptor table: reading it gives nothing, writing is not compiled in. */
long sys_modify_ldt(sys_int function, sys_ptr buf, sys_ulong size)
{
	return function == 0 ? 0 : (long)(uint32_t)-ENOSYS; /* an int to Linux, so not extended */
}

/* Only the kernel's own restarts have something to go on with, and they repeat the call itself. */
long sys_restart_syscall(void)
{
	return -EINTR;
}

/* No file system has handles that outlive a name. */
long sys_name_to_handle_at(
	sys_fd dir, sys_path path, sys_ptr handle, sys_ptr mount, sys_flags flags)
{
	unsigned lookup = flags & 0x400u ? 0 : (unsigned)PATH_NOFOLLOW;
	struct dentry *d;
	int err;

	if (flags & ~HANDLE_FLAGS) {
		return -EINVAL;
	}
	err = user_path_lookup(
		dir, path, lookup | (flags & 0x1000u ? (unsigned)PATH_EMPTY_OK : 0), &d);
	if (!err) {
		dentry_unref(d);
		err = -ENOTSUP;
	}
	return err;
}

long sys_open_by_handle_at(sys_fd mount, sys_ptr user, sys_flags flags)
{
	struct {
		uint32_t size;
		int32_t type;
	} handle;

	if (process_current()->euid) {
		return -EPERM;
	}
	if (user_copy_in(&handle, user, sizeof(handle))) {
		return -EFAULT;
	}
	return handle.size == 0 || handle.size > HANDLE_MAX ? -EINVAL : -ESTALE;
}
