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
 * All edits go through arch/mmu.h transactions under the space's lock, a mutex:
 * everything here may sleep unless it says otherwise, and is called from
 * threads that hold no spinlock.
 * Invariants:
 *   V1  A frame mapped into a space is counted once in its refs for that mapping
 *       (but for the one frame of zeroes, which nobody counts).
 *   V2  What is mapped never grants more than its area.
 *   V3  Out of memory ends in -ENOMEM for the caller, or in the signal for the
 *       process that faulted; never in a panic.
 *   V4  An area of a file holds the open file it was mapped from: what keeps a file system busy, or written to,
 *       does so until nobody maps it any more.
 */
#ifndef KERNEL_VM_H
#define KERNEL_VM_H

#include <arch/mmu.h>
#include <kernel/list.h>
#include <kernel/page.h>
#include <kernel/thread.h>

/* What a program may map: [VM_ADDRESS_MIN, VM_ADDRESS_END). The last page would put a return address out of bounds. */
#define VM_ADDRESS_MIN ((vaddr_t)0x10000)
#define VM_ADDRESS_END ((vaddr_t)LAYOUT_USER_END - PAGE_SIZE)

/* What a stack keeps free below itself: it does not grow nearer to another area than this. */
#define VM_STACK_GUARD ((size_t)256 * PAGE_SIZE)

struct vm_space;
struct file;

/* Where the pages of a mapping come from: a file, shared anonymous memory, a device. */
struct vm_object;
struct vm_object_ops {
	/*
	 * The page at `index` (in pages from the object's start), referenced for the
	 * caller; may sleep. -ENXIO beyond the end (the process gets SIGBUS), -EIO, -ENOMEM.
	 */
	int (*page_get)(struct vm_object *object, uint64_t index, struct page **page);
	/* A shared mapping is about to write to it. May be NULL. */
	void (*page_dirty)(struct vm_object *object, uint64_t index);
	void (*release)(struct vm_object *object); /* the last reference is gone */
	/*
	 * As page_get, if the page is at hand: it waits for no device and reads nothing
	 * in; else NULL. A fault maps such neighbours too. May be NULL.
	 */
	struct page *(*page_peek)(struct vm_object *object, uint64_t index);
	/* Whether that is its page at `index`. NULL: never; it then makes no holes. */
	bool (*has_page)(struct vm_object *object, uint64_t index, const struct page *page);
	/* msync(MS_SYNC): bring [first, first + count) to where it is kept. May be NULL. */
	int (*sync)(struct vm_object *object, uint64_t first, uint64_t count);
};
struct vm_object {
	const struct vm_object_ops *ops;
	unsigned refs;	   /* atomic */
	struct list areas; /* of spaces that map it: cut.c */
};
#define VM_OBJECT_INIT(name, operations)                                                           \
	{                                                                                          \
		.ops = (operations), .refs = 1, .areas = LIST_INIT((name).areas)                   \
	}
void vm_object_init(struct vm_object *object, const struct vm_object_ops *ops, unsigned refs);
void vm_object_ref(struct vm_object *object);
void vm_object_unref(struct vm_object *object);

/*
 * Mappings no longer show the object's pages [first, end), until they fault anew. May sleep; no lock of the
 * object's is held.
 *   VM_CUT_ALL       the object lost them, and page_get() says so: private copies go, too
 *   VM_CUT_SHARED    it lost them and may get others: from shared mappings only
 *   VM_CUT_UNCOPIED  it is about to: from private mappings what is not a copy
 */
enum vm_cut { VM_CUT_ALL, VM_CUT_SHARED, VM_CUT_UNCOPIED };
void vm_object_cut(struct vm_object *object, uint64_t first, uint64_t end, enum vm_cut which);

/* Whether a mapping may write to its pages, now or when it has asked for that. */
bool vm_object_has_writer(const struct vm_object *object);

/* Zeroed memory of `pages` pages for shared anonymous mappings; NULL when memory is out. */
struct vm_object *vm_object_anonymous(uint64_t pages) __must_check;

enum vm_flags {
	VM_SHARED = 1u << 0,	      /* writes go to the object */
	VM_FIXED = 1u << 1,	      /* exactly at the address, replacing what is there */
	VM_FIXED_NOREPLACE = 1u << 2, /* exactly there, or -EEXIST */
	VM_GROWS_DOWN = 1u << 3,      /* a stack */
	VM_POPULATE = 1u << 4,	      /* fault everything in now */
	VM_DENY_WRITE = 1u
		<< 5, /* vm_protect may not make it writable (-EACCES): a file open for reading */
	VM_LOW = 1u << 6,	   /* below 2 GiB (MAP_32BIT) */
	VM_DONT_FORK = 1u << 7,	   /* set by vm_advise: a forked space does not have it */
	VM_WIPE_ON_FORK = 1u << 8, /* set by vm_advise: in a forked space it is zeroes */
	VM_DENY_EXEC = 1u << 9,	   /* vm_protect may not make it executable (-EACCES) */
};

/* An empty space, published or not yet; NULL when memory is out. */
struct vm_space *vm_space_create(void) __must_check;
struct vm_space *vm_space_create_private(void) __must_check;
/* Nobody else edits it meanwhile, as somebody does whose file lost pages. */
void vm_space_lock(struct vm_space *space);
void vm_space_unlock(struct vm_space *space);
/*
 * The calling thread, which has locked it, runs on it from now on; it is published if it was not. What the thread ran on
 * is the caller's. Spinlocks may be held.
 */
void vm_space_enter(struct vm_space *space);
void vm_space_ref(struct vm_space *space);
/* The last reference tears it down (early unpin, then plain frees). Not while a CPU has it loaded. */
void vm_space_unref(struct vm_space *space);
/*
 * The calling thread, which runs on it, gives up its reference and goes to the kernel's own tables;
 * in one batch with the tearing down, if the reference was the last. The space can no longer be
 * found by those who would take a reference.
 */
void vm_space_leave(struct vm_space *space);

/* A copy-on-write twin of the running process's space: NULL when memory is out. One batch for the parent's edits, plain stores for the child's. */
struct vm_space *vm_space_fork(struct vm_space *space) __must_check;

struct mmu_aspace *vm_space_mmu(struct vm_space *space);

/* Bounds on what its areas may add up to, in bytes; exec and setrlimit set them, fork copies them. */
struct vm_limits {
	size_t virtual_len; /* RLIMIT_AS */
	size_t data_len;    /* RLIMIT_DATA: private writable, but for stacks */
	size_t stack_len;   /* RLIMIT_STACK: each area that grows down */
};
#define VM_NO_LIMIT (~(size_t)0)
void vm_limits_set(struct vm_space *space, const struct vm_limits *limits);

/*
 * Where chosen addresses start: below room for a stack of `stack_max` bytes at
 * the top, and lower by `random` (modulo 2^28) pages. A fresh space has 8 MiB and 0.
 */
void vm_layout_set(struct vm_space *space, size_t stack_max, unsigned long random);

/*
 * Map [address, address + len): the chosen address or a negative errno, with Linux's meaning
 * of the flags. `prot` is of enum mmu_prot, 0 for no access. Takes its own
 * reference of `object`; `offset` in bytes; `name` is copied, may be NULL.
 * -EINVAL, -ENOMEM (no room, a limit, no memory), -EEXIST, -EPERM (below VM_ADDRESS_MIN), -EOVERFLOW.
 */
long vm_map(struct vm_space *space, vaddr_t address, size_t len, unsigned prot, unsigned flags,
	struct vm_object *object, uint64_t offset, const char *name) __must_check;
/* The same of an open file, whose object that is; it takes its own reference of both (V4). */
long vm_map_file(struct vm_space *space, vaddr_t address, size_t len, unsigned prot, unsigned flags,
	struct vm_object *object, uint64_t offset, struct file *file) __must_check;
/* -EINVAL, -ENOMEM (of an area's middle). */
int vm_unmap(struct vm_space *space, vaddr_t address, size_t len) __must_check;
/* -EINVAL, -EACCES, -ENOMEM; as on Linux what stands before the first hole is changed. */
int vm_protect(struct vm_space *space, vaddr_t address, size_t len, unsigned prot) __must_check;
/* In `prot` of vm_protect(): from the start of the area, which grows down. */
#define VM_PROT_GROWS_DOWN (1u << 31)
/* mremap(), flags by Linux's number: the address, or -EINVAL, -EFAULT, -ENOMEM. */
long vm_remap(struct vm_space *space, vaddr_t old, size_t old_len, size_t new_len, unsigned flags,
	vaddr_t fixed) __must_check;
/* Linux's brk(): the new break, or the old one when it cannot be moved. */
vaddr_t vm_brk(struct vm_space *space, vaddr_t wanted);
void vm_brk_start(struct vm_space *space, vaddr_t start);
/* MADV_DONTNEED and friends, by Linux's number. */
int vm_advise(struct vm_space *space, vaddr_t address, size_t len, int advice) __must_check;
/* msync(): -ENOMEM where nothing is mapped; with `wait`, what the objects' sync says. */
int vm_sync(struct vm_space *space, vaddr_t address, size_t len, bool wait) __must_check;
/* Fault in all of it, writable where that may be: -ENOMEM where nothing is mapped, else as vm_fault(). */
int vm_populate(struct vm_space *space, vaddr_t address, size_t len) __must_check;
/*
 * For a program that is about to start, in a private space: map what its files have at hand, and fill
 * the first writable pages. As far as memory suffices.
 */
void vm_populate_start(struct vm_space *space);
/* mincore(): resident[i] tells about page i. -ENOMEM where nothing is mapped. */
int vm_resident(struct vm_space *space, vaddr_t address, size_t pages,
	unsigned char *resident) __must_check;

/* Resolve a fault: 0; -EFAULT (SIGSEGV: no area), -EACCES (SIGSEGV: rights), -ENXIO or -EIO (SIGBUS), -ENOMEM. */
int vm_fault(struct vm_space *space, vaddr_t address, unsigned access) __must_check;

/* The page that `access` to `address` reaches, faulted in and referenced for the caller; errors as vm_fault(). */
int vm_page_get(
	struct vm_space *space, vaddr_t address, unsigned access, struct page **page) __must_check;
/* Drop a reference of a page; the last one frees it. Any context. */
void vm_page_put(struct page *page);

/* Memory of a space that need not be loaded, by its areas' rights. 0, or as vm_fault(). */
int vm_read(struct vm_space *space, void *dst, vaddr_t src, size_t len) __must_check;
int vm_write(struct vm_space *space, vaddr_t dst, const void *src, size_t len) __must_check;

/* Bytes mapped by areas, and resident; for /proc and rlimits. */
struct vm_usage {
	size_t virtual_len, resident_len, data_len, stack_len;
	size_t virtual_peak, resident_peak; /* the most of it so far */
};
void vm_usage_get(struct vm_space *space, struct vm_usage *usage);

/* What an area is. */
struct vm_area_view {
	vaddr_t start, end;
	unsigned prot, flags;
	uint64_t offset;
	struct file *file; /* or NULL */
	const char *name;  /* "": none, or the file's */
};
/* Each area in order, for /proc/PID/maps; `each` runs under the space's lock. */
void vm_area_for_each(struct vm_space *space,
	void (*each)(const struct vm_area_view *area, void *arg), void *arg);

/* As above, with what each area has in memory, in bytes. */
struct vm_area_usage {
	struct vm_area_view area;
	size_t resident;
	size_t anonymous; /* of that, not an object's own pages */
	size_t shared;	  /* of that, mapped here and elsewhere */
	size_t written;	  /* of that, not as it once was read in, as far as is known */
};
void vm_area_usage_for_each(struct vm_space *space,
	void (*each)(const struct vm_area_usage *usage, void *arg), void *arg);

#endif
