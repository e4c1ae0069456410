/*
 * memory.c - system calls of virtual memory: Linux's flags and errors in front of kernel/vm.
 *
 * Errors are those of mmap(2) and its relatives. No page is ever written out,
 * so memory that is locked is memory that was brought in.
 */
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/memfd.h>
#include <kernel/process.h>
#include <kernel/syscall.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/resource.h>
#include "memory.h"
#include "user_path.h"

#define RIGHTS	     (PROT_READ | PROT_WRITE | PROT_EXEC)
#define MINCORE_STEP 256u

_Static_assert(PROT_READ == MMU_READ && PROT_WRITE == MMU_WRITE && PROT_EXEC == MMU_EXEC,
	"rights need no translation");

static struct vm_space *space_current(void)
{
	return process_current()->vm;
}

/* ---- mmap -------------------------------------------------------------------- */

/* What a mapping is of. */
struct source {
	struct vm_object *object; /* referenced, or NULL */
	unsigned flags;		  /* of enum vm_flags, what the source adds */
	struct file *file;	  /* referenced, or NULL */
};

static bool is_shared(unsigned flags)
{
	return (flags & MAP_TYPE) != MAP_PRIVATE;
}

static int type_check(unsigned flags)
{
	/* What is not in doubt for MAP_SHARED_VALIDATE. */
	const unsigned known = MAP_TYPE | MAP_FIXED | MAP_32BIT | MAP_GROWSDOWN | MAP_DENYWRITE |
		MAP_EXECUTABLE | MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK |
		MAP_STACK | MAP_HUGETLB | MAP_UNINITIALIZED;
	unsigned type = flags & MAP_TYPE;

	if (type == MAP_SHARED_VALIDATE && !(flags & MAP_ANONYMOUS)) {
		if (flags & ~known) {
			return -ENOTSUP;
		}
	} else if (type != MAP_SHARED && type != MAP_PRIVATE) {
		return -EINVAL;
	}
	return flags & MAP_HUGETLB ? -EINVAL : 0; /* there are no huge pages */
}

/* Whether a seal forbids writing through a mapping. */
static bool is_sealed(struct file *file)
{
	long seals = file_seals(file);

	return seals > 0 && seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE);
}

static int file_source(struct source *source, struct file *file, int prot, unsigned flags)
{
	unsigned mode = file->flags & O_ACCMODE;
	bool may_write = mode == O_RDWR;
	bool may_exec = !file->inode || !(inode_fs_flags(file->inode) & FS_NO_EXEC);
	int err;

	if (mode == O_WRONLY || (is_shared(flags) && prot & PROT_WRITE && mode != O_RDWR)) {
		return -EACCES;
	}
	if (!may_exec && prot & PROT_EXEC) {
		return -EPERM;
	}
	if (!file->ops->map) {
		return -ENODEV;
	}
	err = file->ops->map(file, &source->object);
	if (err) {
		return err;
	}
	if (is_shared(flags) && is_sealed(file)) {
		may_write = false;
		if (prot & PROT_WRITE) {
			vm_object_unref(source->object);
			return -EPERM;
		}
	}
	source->flags = (is_shared(flags) && !may_write ? VM_DENY_WRITE : 0) |
		(may_exec ? 0 : VM_DENY_EXEC);
	return 0;
}

static int source_get(struct source *source, int prot, unsigned flags, int fd, size_t len)
{
	int err;

	*source = (struct source){ 0 };
	if (flags & MAP_ANONYMOUS) {
		err = type_check(flags);
		if (!err && is_shared(flags)) {
			source->object = vm_object_anonymous(DIV_ROUND_UP(len, PAGE_SIZE));
			err = source->object ? 0 : -ENOMEM;
		}
		return err;
	}
	source->file = user_file(fd);
	if (!source->file) {
		return -EBADF;
	}
	err = type_check(flags);
	if (!err) {
		err = file_source(source, source->file, prot, flags);
	}
	if (err) {
		file_unref(source->file);
	}
	return err;
}

static void source_put(struct source *source)
{
	if (source->object) {
		vm_object_unref(source->object);
	}
	file_unref(source->file);
}

static unsigned vm_flags_of(unsigned flags)
{
	unsigned result = is_shared(flags) ? VM_SHARED : 0;

	result |= flags & MAP_FIXED ? VM_FIXED : 0;
	result |= flags & MAP_FIXED_NOREPLACE ? VM_FIXED_NOREPLACE : 0;
	result |= flags & MAP_GROWSDOWN ? VM_GROWS_DOWN : 0;
	result |= flags & MAP_32BIT ? VM_LOW : 0;
	if (flags & MAP_LOCKED || (flags & MAP_POPULATE && !(flags & MAP_NONBLOCK))) {
		result |= VM_POPULATE;
	}
	return result;
}

long memory_map(
	unsigned long address, size_t length, int prot, unsigned flags, int fd, uint64_t offset)
{
	struct source source;
	struct vm_space *space = space_current();
	unsigned rights = (unsigned)prot & RIGHTS;
	long result;
	int err;

	if (offset & ~(uint64_t)PAGE_MASK) {
		return -EINVAL;
	}
	err = source_get(&source, prot, flags, fd, length);
	if (err) {
		return err;
	}
	source.flags |= vm_flags_of(flags);
	result = source.file ? vm_map_file(space, address, length, rights, source.flags,
				       source.object, offset, source.file)
			     : vm_map(space, address, length, rights, source.flags, source.object,
				       0, source.object ? "/dev/zero (deleted)" : NULL);
	source_put(&source);
	return result;
}

long sys_munmap(unsigned long address, size_t length)
{
	return vm_unmap(space_current(), address, length);
}

/* ---- changing ------------------------------------------------------------------ */

long sys_mprotect(unsigned long address, size_t length, int prot)
{
	unsigned rights = (unsigned)prot & RIGHTS;

	if (prot & PROT_GROWSUP) {
		return -EINVAL; /* nothing here grows up */
	}
	if (prot & ~(RIGHTS | PROT_SEM | PROT_GROWSDOWN)) {
		return -EINVAL;
	}
	if (prot & PROT_GROWSDOWN) {
		rights |= VM_PROT_GROWS_DOWN;
	}
	return vm_protect(space_current(), address, length, rights);
}

long sys_mremap(
	unsigned long old, size_t old_length, size_t new_length, unsigned flags, unsigned long new)
{
	return vm_remap(space_current(), old, old_length, new_length, flags, new);
}

long sys_brk(unsigned long address)
{
	return (long)vm_brk(space_current(), address);
}

long sys_madvise(unsigned long address, size_t length, int advice)
{
	return vm_advise(space_current(), address, length, advice);
}

/* ---- bringing in, writing back, asking -------------------------------------------- */

long sys_msync(unsigned long address, size_t length, unsigned flags)
{
	if (flags & ~(unsigned)(MS_ASYNC | MS_INVALIDATE | MS_SYNC) || address & ~PAGE_MASK ||
		(flags & MS_ASYNC && flags & MS_SYNC)) {
		return -EINVAL;
	}
	return vm_sync(space_current(), address, length, flags & MS_SYNC);
}

/* -EPERM and -ENOMEM of who may not lock as much. */
static int lock_limit(size_t length)
{
	const struct process *process = process_current();
	uint64_t limit = process->limits[RLIMIT_MEMLOCK].soft;

	if (!process->euid) {
		return 0;
	}
	if (!limit) {
		return -EPERM;
	}
	return length > limit ? -ENOMEM : 0;
}

/* What mlock() says of a fault's error. */
static int lock_error(int err)
{
	switch (err) {
	case -ENOMEM:
		return -EAGAIN;
	case 0:
		return 0;
	default:
		return -ENOMEM;
	}
}

/* The pages that a range touches: false when it wraps around. */
static bool range_widen(unsigned long *address, size_t *length)
{
	size_t whole = ALIGN_UP(*length + (*address & ~PAGE_MASK), PAGE_SIZE);

	if (whole < *length) {
		return false;
	}
	*address = ALIGN_DOWN(*address, PAGE_SIZE);
	*length = whole;
	return *address + whole >= *address;
}

long sys_mlock(unsigned long address, size_t length)
{
	struct vm_space *space = space_current();
	int err;

	if (!range_widen(&address, &length)) {
		return -EINVAL;
	}
	err = lock_limit(length);
	if (!err) {
		err = vm_sync(space, address, length, false); /* -ENOMEM where nothing is mapped */
	}
	return err ? err : lock_error(vm_populate(space, address, length));
}

long sys_munlock(unsigned long address, size_t length)
{
	if (!range_widen(&address, &length)) {
		return -EINVAL;
	}
	return vm_sync(space_current(), address, length, false);
}

#define MLOCK_ONFAULT 1u

long sys_mlock2(unsigned long address, size_t length, unsigned flags)
{
	int err;

	if (flags & ~MLOCK_ONFAULT) {
		return -EINVAL;
	}
	if (!(flags & MLOCK_ONFAULT)) {
		return sys_mlock(address, length);
	}
	if (!range_widen(&address, &length)) {
		return -EINVAL;
	}
	err = lock_limit(length);
	return err ? err : vm_sync(space_current(), address, length, false);
}

enum { MCL_CURRENT = 1, MCL_FUTURE = 2, MCL_ONFAULT = 4 };

/* The first area that ends above an address. */
struct area_search {
	vaddr_t above, start, end;
};

static void area_look(const struct vm_area_view *area, void *arg)
{
	struct area_search *search = arg;

	if (area->end > search->above && !search->end) {
		search->start = MAX(area->start, search->above);
		search->end = area->end;
	}
}

/* What cannot be faulted in is passed over, as on Linux. */
static void populate_all(struct vm_space *space)
{
	struct area_search search = { 0 };

	for (;;) {
		search.end = 0;
		vm_area_for_each(space, area_look, &search);
		if (!search.end || signal_is_pending()) {
			return;
		}
		(void)!vm_populate(space, search.start, search.end - search.start);
		search.above = search.end;
	}
}

/* No page is ever taken away, so that locking is faulting in. */
long sys_mlockall(int flags)
{
	struct vm_usage usage;
	int err;

	if (!flags || flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) || flags == MCL_ONFAULT) {
		return -EINVAL;
	}
	vm_usage_get(space_current(), &usage);
	err = lock_limit(flags & MCL_CURRENT ? usage.virtual_len : 1);
	if (!err && flags & MCL_CURRENT && !(flags & MCL_ONFAULT)) {
		populate_all(space_current());
	}
	return err;
}

long sys_munlockall(void)
{
	return 0;
}

long sys_mincore(unsigned long address, size_t length, vaddr_t vector)
{
	size_t pages = DIV_ROUND_UP(length, PAGE_SIZE);
	unsigned char resident[MINCORE_STEP];
	int err = 0;

	if (address & ~PAGE_MASK) {
		return -EINVAL;
	}
	if (length > VM_ADDRESS_END || address > VM_ADDRESS_END - length) {
		return -ENOMEM;
	}
	for (size_t done = 0; done < pages && !err; done += MINCORE_STEP) {
		size_t count = MIN(pages - done, (size_t)MINCORE_STEP);

		err = vm_resident(space_current(), address + done * PAGE_SIZE, count, resident);
		if (!err) {
			err = user_copy_out(vector + done, resident, count);
		}
	}
	return err;
}
