/* memfd.c - memfd_create(): its arguments; kernel/fs/memfd.c makes the file. */
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/memfd.h>
#include <linux/fcntl.h>
#include "user_path.h"

enum { MFD_CLOEXEC = 1, MFD_ALLOW_SEALING = 2, MFD_HUGETLB = 4 };

long sys_memfd_create(sys_path user_name, sys_flags flags)
{
	char name[MEMFD_NAME_MAX + 1];
	struct file *file;
	long err;

	if (flags & ~(unsigned)(MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB)) {
		return -EINVAL;
	}
	err = user_string_in(name, user_name, sizeof(name));
	if (err < 0) {
		return err == -ENAMETOOLONG ? -EINVAL : err;
	}
	if (flags & MFD_HUGETLB) {
		return -ENOSYS; /* as where large pages are not compiled in */
	}
	err = memfd_create(name, flags & MFD_ALLOW_SEALING, &file);
	return err ? err : user_file_install(file, flags & MFD_CLOEXEC ? O_CLOEXEC : 0);
}
