/*
 * vm.h - a process's virtual memory: areas, objects, faults.
 *
 * A space is a sorted set of areas. An area says what a range of addresses
 * should be: its rights, and the object whose pages it shows (NULL: private
 * anonymous memory). Page tables are only a cache of that, filled by faults,
 * in batches where the access pattern pays for it.
 *
 * A private page is shared copy-on-write when more than one space maps it:
 * struct page.refs counts the mappings (and whoever else holds it), and a
 * write fault on a page with refs > 1 copies.
 *
 * All edits go through arch/mmu.h transactions under the space's lock.
 * Invariants:
 *   V1  A frame mapped into a space is counted once in its refs for that mapping.
 *   V2  What is mapped never grants more than its area.
 *   V3  Out of memory ends in -ENOMEM for the caller, or in the signal for the process that faulted; never in a panic.
 */
#ifndef KERNEL_VM_H
#define KERNEL_VM_H

#include <arch/mmu.h>
#include <kernel/list.h>
#include <kernel/page.h>
#include <kernel/thread.h>

struct vm_space;

/* Where the pages of a mapping come from: a file, shared anonymous memory, a device. */
struct vm_object;
struct vm_object_ops {
	/*
	 * The page at `index` (in pages from the object's start), referenced for the
	 * caller; may sleep. -ENXIO beyond the end (the process gets SIGBUS), -EIO, -ENOMEM.
	 */
	int (*page_get)(struct vm_object *object, uint64_t index, struct page **page);
	/* A shared mapping wrote to it. May be NULL. */
	void (*page_dirty)(struct vm_object *object, uint64_t index);
	void (*release)(struct vm_object *object); /* the last reference is gone */
};
struct vm_object {
	const struct vm_object_ops *ops;
	unsigned refs; /* atomic */
};
void vm_object_ref(struct vm_object *object);
void vm_object_unref(struct vm_object *object);

/* Zeroed memory of `pages` pages for shared anonymous mappings; NULL when memory is out. */
struct vm_object *vm_object_anonymous(uint64_t pages) __must_check;

enum vm_flags {
	VM_SHARED = 1u << 0,	      /* writes go to the object */
	VM_FIXED = 1u << 1,	      /* exactly at the address, replacing what is there */
	VM_FIXED_NOREPLACE = 1u << 2, /* exactly there, or -EEXIST */
	VM_GROWS_DOWN = 1u << 3,      /* a stack */
	VM_POPULATE = 1u << 4,	      /* fault everything in now */
};

/* An empty, published space; NULL when memory is out. */
struct vm_space *vm_space_create(void) __must_check;
void vm_space_ref(struct vm_space *space);
/* The last reference tears it down (early unpin, then plain frees). Not while a CPU has it loaded. */
void vm_space_unref(struct vm_space *space);

/* A copy-on-write twin of the running process's space: NULL when memory is out. One batch for the parent's edits, plain stores for the child's. */
struct vm_space *vm_space_fork(struct vm_space *space) __must_check;

struct mmu_aspace *vm_space_mmu(struct vm_space *space);

/*
 * Map [address, address + len): the chosen address or a negative errno, with Linux's meaning
 * of the flags. `prot` is of enum mmu_prot, 0 for no access. Takes its own
 * reference of `object`.
 */
long vm_map(struct vm_space *space, vaddr_t address, size_t len, unsigned prot, unsigned flags,
	struct vm_object *object, uint64_t offset, const char *name) __must_check;
int vm_unmap(struct vm_space *space, vaddr_t address, size_t len) __must_check;
int vm_protect(struct vm_space *space, vaddr_t address, size_t len, unsigned prot) __must_check;
long vm_remap(struct vm_space *space, vaddr_t old, size_t old_len, size_t new_len, unsigned flags,
	vaddr_t fixed) __must_check;
/* Linux's brk(): the new break, or the old one when it cannot be moved. */
vaddr_t vm_brk(struct vm_space *space, vaddr_t wanted);
void vm_brk_start(struct vm_space *space, vaddr_t start);
/* MADV_DONTNEED and friends, by Linux's number. */
int vm_advise(struct vm_space *space, vaddr_t address, size_t len, int advice) __must_check;

/* Resolve a fault: 0; -EFAULT (SIGSEGV: no area), -EACCES (SIGSEGV: rights), -ENXIO or -EIO (SIGBUS), -ENOMEM. */
int vm_fault(struct vm_space *space, vaddr_t address, unsigned access) __must_check;

/* Bytes mapped by areas, and resident; for /proc and rlimits. */
struct vm_usage {
	size_t virtual_len, resident_len, data_len, stack_len;
};
void vm_usage_get(struct vm_space *space, struct vm_usage *usage);

/* Each area in order, for /proc/PID/maps. */
void vm_area_for_each(struct vm_space *space,
	void (*each)(vaddr_t start, vaddr_t end, unsigned prot, unsigned flags, uint64_t offset,
		const char *name, void *arg),
	void *arg);

#endif
