/*
 * vm.h - a program's accesses to a space that is not loaded: what the page
 * tables allow goes straight to the frame, everything else takes a fault first.
 */
#ifndef CONTRACT_VM_H
#define CONTRACT_VM_H

#include <kernel/errno.h>
#include <kernel/ktest.h>
#include <kernel/vm.h>
#include "memory.h"

#define RW	 (MMU_READ | MMU_WRITE)
#define BASE	 ((vaddr_t)0x10000000) /* and its small multiples: a user's everywhere */
#define PAGES(n) ((size_t)(n)*PAGE_SIZE)

/* Free frames, once what the first space of all takes for good is taken. */
static inline unsigned long vm_frames_before(void)
{
	struct vm_space *first = vm_space_create();

	if (first) {
		vm_space_unref(first);
	}
	return frames_free();
}

/* What is mapped at `va`; false when nothing. */
static inline bool vm_entry(struct vm_space *space, vaddr_t va, struct mmu_entry *entry)
{
	return mmu_query(vm_space_mmu(space), va, entry);
}

static inline bool vm_is_mapped(struct vm_space *space, vaddr_t va)
{
	struct mmu_entry entry;

	return vm_entry(space, va, &entry);
}

/* The frame at `va`, or NULL. */
static inline struct page *vm_frame(struct vm_space *space, vaddr_t va)
{
	struct mmu_entry entry;

	return vm_entry(space, va, &entry) ? page_of(entry.pfn) : NULL;
}

/* How often `access` at `va` faults before it is granted: 0 or 1; or the fault's error. */
static inline int vm_touch(struct vm_space *space, vaddr_t va, unsigned access)
{
	struct mmu_entry entry;
	int faults = 0;

	while (!vm_entry(space, va, &entry) || access & ~entry.prot) {
		int err = vm_fault(space, va, access);

		if (err) {
			return err;
		}
		if (++faults > 1) {
			ktest_verdict(KTEST_FAILURE, "a fault at %#lx resolves nothing",
				(unsigned long)va);
			return -EIO;
		}
	}
	return faults;
}

static inline uint64_t *vm_word(struct vm_space *space, vaddr_t va)
{
	return (uint64_t *)((char *)page_address(vm_frame(space, va)) + (va & ~PAGE_MASK));
}

static inline bool vm_stores(struct vm_space *space, vaddr_t va, uint64_t value)
{
	if (vm_touch(space, va, MMU_WRITE) < 0) {
		return false;
	}
	*vm_word(space, va) = value;
	return true;
}

static inline bool vm_loads(struct vm_space *space, vaddr_t va, uint64_t value)
{
	return vm_touch(space, va, MMU_READ) >= 0 && *vm_word(space, va) == value;
}

/* Map private anonymous memory exactly there. */
static inline bool vm_maps(struct vm_space *space, vaddr_t va, size_t pages, unsigned prot)
{
	return vm_map(space, va, PAGES(pages), prot, VM_FIXED, NULL, 0, NULL) == (long)va;
}

static inline bool vm_unmaps(struct vm_space *space, vaddr_t va, size_t pages)
{
	return !vm_unmap(space, va, PAGES(pages));
}

/* Whether the areas are these: "start+pages" relative to BASE with rights, as "0+2rw 4+1r"; fails the test if not. */
bool vm_areas_are(struct vm_space *space, const char *expected);

#endif
