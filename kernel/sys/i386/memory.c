/* memory.c (i386) - mmap() with its arguments in memory, and with an offset in pages. */
#include "../memory.h"

#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/syscall.h>

/* Six are one more than i386 once had registers for. */
long sys_mmap_old(sys_ptr user)
{
	struct {
		unsigned long address, length, prot, flags, fd, offset;
	} a;

	if (user_copy_in(&a, user, sizeof(a))) {
		return -EFAULT;
	}
	return memory_map(a.address, a.length, (int)a.prot, (unsigned)a.flags, (int)a.fd, a.offset);
}

long sys_mmap2(
	sys_ulong address, sys_len length, sys_int prot, sys_flags flags, sys_fd fd, sys_ulong page)
{
	return memory_map(address, length, prot, flags, fd, (uint64_t)page << PAGE_SHIFT);
}
