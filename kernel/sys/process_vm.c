/*
 * process_vm.c - reading and writing another process's memory; comparing what
 * two processes share.
 *
 * One piece at a time goes through a chunk: what was moved before something could not be
 * reached is the result, as on Linux.
 */
#include "transfer.h"
#include "user_path.h"

#include "../fs/procfs.h"

#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/process.h>

/* The other's memory, referenced, if the caller may see it. */
static int space_get(int pid, struct vm_space **space)
{
	struct process *other = process_find(pid);
	bool may;

	if (!other) {
		return -ESRCH;
	}
	may = process_may_look(other, false);
	*space = may ? proc_vm_get(other) : NULL;
	process_unref(other);
	return *space ? 0 : may ? -ESRCH : -EPERM;
}

/* One piece of both: how many bytes, -EFAULT when not one. */
static long piece_move(struct vm_space *space, struct chunk *chunk, vaddr_t own, vaddr_t other,
	size_t len, bool is_write)
{
	if (is_write) {
		if (user_copy_in(chunk->data, own, len)) {
			return -EFAULT;
		}
		return vm_write(space, other, chunk->data, len) ? -EFAULT : (long)len;
	}
	if (vm_read(space, chunk->data, other, len)) {
		return -EFAULT;
	}
	return user_copy_out(own, chunk->data, len) ? -EFAULT : (long)len;
}

/* Page by page of the other's memory, so that what lies before a hole is moved. */
static long move(
	struct vm_space *space, struct user_vector *own, struct user_vector *other, bool is_write)
{
	struct chunk chunk;
	size_t total = 0;
	long done = chunk_get(&chunk, PAGE_SIZE);

	if (done) {
		return done;
	}
	while (own->left && other->left) {
		struct linux_iovec here = user_vector_next(own), there = user_vector_next(other);
		size_t len = MIN(PAGE_SIZE - there.base % PAGE_SIZE, MIN(here.len, there.len));

		done = piece_move(
			space, &chunk, here.base, there.base, MIN(len, chunk.len), is_write);
		if (done < 0) {
			break;
		}
		user_vector_pass(own, (size_t)done);
		user_vector_pass(other, (size_t)done);
		total += (size_t)done;
	}
	chunk_put(&chunk);
	return total ? (long)total : done;
}

static long process_vm_move(int pid, vaddr_t local, size_t local_count, vaddr_t remote,
	size_t remote_count, unsigned long flags, bool is_write)
{
	struct user_vector own, other;
	struct vm_space *space;
	long done;

	if (flags || local_count > UIO_MAXIOV || remote_count > UIO_MAXIOV) {
		return -EINVAL;
	}
	done = user_vector_get(&own, local, (int)local_count);
	if (done) {
		return done;
	}
	done = user_vector_get(&other, remote, (int)remote_count);
	if (!done) {
		done = own.left && other.left ? space_get(pid, &space) : 0;
		if (!done && own.left && other.left) {
			done = move(space, &own, &other, is_write);
			vm_space_unref(space);
		}
		user_vector_put(&other);
	}
	user_vector_put(&own);
	return done;
}

long sys_process_vm_readv(sys_int pid, sys_ptr local, sys_len local_count, sys_ptr remote,
	sys_len remote_count, sys_ulong flags)
{
	return process_vm_move(pid, local, local_count, remote, remote_count, flags, false);
}

long sys_process_vm_writev(sys_int pid, sys_ptr local, sys_len local_count, sys_ptr remote,
	sys_len remote_count, sys_ulong flags)
{
	return process_vm_move(pid, local, local_count, remote, remote_count, flags, true);
}

/* ---- kcmp() ----------------------------------------------------------------------------- */

/* Linux's <linux/kcmp.h>. */
enum { KCMP_FILE, KCMP_VM, KCMP_FILES, KCMP_FS, KCMP_SIGHAND, KCMP_IO, KCMP_SYSVSEM };

/* Equal, less, greater: an order, but of scrambled addresses. */
static long order(const void *a, const void *b)
{
	const uint64_t scramble = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t x = (uint64_t)(uintptr_t)a * scramble, y = (uint64_t)(uintptr_t)b * scramble;

	return x == y ? 0 : x < y ? 1 : 2;
}

static const void *file_of(struct process *process, unsigned long fd)
{
	struct fd_table *fds = proc_fds_look(process);
	struct file *file = fds && fd <= INT32_MAX ? fd_get(fds, (int)fd) : NULL;

	file_unref(file); /* its address is all that is wanted */
	fd_table_look_end(fds);
	return file;
}

static const void *files_of(struct process *process)
{
	struct fd_table *fds = proc_fds_look(process);

	fd_table_look_end(fds); /* likewise */
	return fds;
}

static long compare(
	struct process *a, struct process *b, int type, unsigned long fd_a, unsigned long fd_b)
{
	const void *x, *y;

	switch (type) {
	case KCMP_FILE:
		x = file_of(a, fd_a);
		y = file_of(b, fd_b);
		return x && y ? order(x, y) : -EBADF;
	case KCMP_VM:
		return order(a->vm, b->vm);
	case KCMP_FILES:
		return order(files_of(a), files_of(b));
	case KCMP_FS:
	case KCMP_IO:
	case KCMP_SYSVSEM:
		return order(a, b); /* each process has its own */
	case KCMP_SIGHAND:
		return order(a->signals, b->signals);
	default:
		return -EINVAL;
	}
}

long sys_kcmp(sys_int pid_a, sys_int pid_b, sys_int type, sys_ulong fd_a, sys_ulong fd_b)
{
	struct process *a = process_find(pid_a), *b = process_find(pid_b);
	long result = -ESRCH;

	if (a && b) {
		result = process_may_look(a, false) && process_may_look(b, false)
			? compare(a, b, type, fd_a, fd_b)
			: -EPERM;
	}
	if (a) {
		process_unref(a);
	}
	if (b) {
		process_unref(b);
	}
	return result;
}
