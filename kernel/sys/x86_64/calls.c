/* calls.c (x86-64) - the system calls that i386 has not, or with other arguments. */
#include "../file.h"
#include "../memory.h"
#include "../process.h"
#include "../timed.h"

#include <kernel/errno.h>
#include <kernel/syscall.h>

const unsigned file_flags_implied = O_LARGEFILE;

long sys_mmap(
	sys_ulong address, sys_len length, sys_int prot, sys_flags flags, sys_fd fd, sys_off offset)
{
	return memory_map(address, length, prot, flags, fd, (uint64_t)offset);
}

long sys_clone(
	sys_flags flags, sys_ulong stack, sys_ptr parent_tid, sys_ptr child_tid, sys_ulong tls)
{
	return process_clone_by(flags, stack, parent_tid, child_tid, tls);
}

long sys_accept(sys_fd fd, sys_ptr address, sys_ptr length)
{
	return sys_accept4(fd, address, length, 0);
}

long sys_semop(sys_int id, sys_ptr ops, sys_uint count)
{
	return sem_operate(id, ops, count, 0, TIME_WORD);
}

long sys_semtimedop(sys_int id, sys_ptr ops, sys_uint count, sys_ptr timeout)
{
	return sem_operate(id, ops, count, timeout, TIME_WORD);
}

long file_control_more(struct file *file, int fd, int cmd, unsigned long arg)
{
	return -EINVAL;
}
