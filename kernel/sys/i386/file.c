/*
 * file.c (i386) - system calls on files with narrow positions, sizes and counts, or with wide ones in
 * two registers. What a narrow answer cannot say is -EOVERFLOW.
 */
#include "../file.h"

#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/syscall.h>

const unsigned file_flags_implied = 0;

/* ---- positions and sizes --------------------------------------------------------------------- */

long sys__llseek(sys_fd fd, sys_ulong high, sys_ulong low, sys_ptr result, sys_uint whence)
{
	int64_t position = file_position(fd, (int64_t)((uint64_t)high << 32 | low), (int)whence);

	if (position < 0) {
		return (long)position;
	}
	return user_copy_out(result, &position, sizeof(position));
}

long sys_truncate_old(sys_path path, sys_long length)
{
	return sys_truncate(path, length);
}

long sys_ftruncate_old(sys_fd fd, sys_long length)
{
	return sys_ftruncate(fd, length);
}

long sys_sendfile_old(sys_fd out, sys_fd in, sys_ptr offset, sys_len count)
{
	return file_send(out, in, offset, sizeof(int32_t), count);
}

long sys_fadvise64_old(sys_fd fd, sys_off offset, sys_len length, sys_int advice)
{
	return sys_fadvise64(fd, offset, (int64_t)length, advice);
}

/* ---- record locks ------------------------------------------------------------------------------ */

static bool is_narrow(int64_t n)
{
	return n == (int32_t)n;
}

static long record_tell(vaddr_t user, const struct linux_flock *f)
{
	struct linux_flock_old old = { f->type, f->whence, (int32_t)f->start, (int32_t)f->len,
		f->pid };

	if (!is_narrow(f->start) || !is_narrow(f->start + MAX(f->len, 1) - 1)) {
		return -EOVERFLOW;
	}
	return user_copy_out(user, &old, sizeof(old));
}

long file_control_more(struct file *file, int fd, int cmd, unsigned long arg)
{
	struct linux_flock_old old;
	struct linux_flock f;
	long err;

	if (cmd != F_GETLK_OLD && cmd != F_SETLK_OLD && cmd != F_SETLKW_OLD) {
		return -EINVAL;
	}
	if (user_copy_in(&old, arg, sizeof(old))) {
		return -EFAULT;
	}
	f = (struct linux_flock){ old.type, old.whence, old.start, old.len, old.pid };
	err = file_record(file, fd, cmd - F_GETLK_OLD + F_GETLK, &f);
	return err || cmd != F_GETLK_OLD ? err : record_tell(arg, &f);
}

/* It has the narrow record locks only. */
long sys_fcntl_old(sys_fd fd, sys_int cmd, sys_ulong arg)
{
	switch (cmd) {
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return -EINVAL;
	default:
		return sys_fcntl(fd, cmd, arg);
	}
}

/* ---- file systems ------------------------------------------------------------------------------ */

static long statfs64_out(vaddr_t user, const struct filesystem_told *told)
{
	const struct filesystem_usage *usage = &told->usage;
	struct linux_statfs64 s = {
		.type = (uint32_t)usage->magic,
		.block_size = (uint32_t)usage->block_size,
		.blocks = usage->blocks,
		.blocks_free = usage->blocks_free,
		.blocks_available = usage->blocks_free,
		.files = usage->files,
		.files_free = usage->files_free,
		.id = { (int32_t)told->device },
		.name_len = NAME_LEN_MAX,
		.fragment_size = (uint32_t)usage->block_size,
		.flags = told->flags,
	};

	return user_copy_out(user, &s, sizeof(s));
}

long sys_statfs64(sys_path path, sys_len size, sys_ptr buf)
{
	struct filesystem_told told;
	int err = size == sizeof(struct linux_statfs64) ? filesystem_named(path, &told) : -EINVAL;

	return err ? err : statfs64_out(buf, &told);
}

long sys_fstatfs64(sys_fd fd, sys_len size, sys_ptr buf)
{
	struct filesystem_told told;
	int err = size == sizeof(struct linux_statfs64) ? filesystem_open(fd, &told) : -EINVAL;

	return err ? err : statfs64_out(buf, &told);
}

long sys_umount(sys_path target)
{
	return sys_umount2(target, 0);
}
