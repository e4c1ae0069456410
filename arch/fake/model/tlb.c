/*
 * tlb.c - user memory as a program sees it: through the user root and a TLB.
 *
 * The TLB remembers what a walk found until it is told to forget; with
 * `tlb_prefetch` it learns everything that is mapped before every hypercall, as a
 * speculating CPU may. Then each flush that the kernel forgets shows up: in an
 * access that still works, or in model_tlb_stale() right after a commit.
 *
 * A write needs an entry made by a write (or found dirty), as on real CPUs,
 * which walk again to set the dirty bit.
 */
#include <string.h>
#include <port/layout.h>
#include "model.h"
#include "options.h"

#define SLOTS 16384u

static struct tlb_entry {
	uint64_t va; /* page, 0 with pte 0: empty */
	uint64_t pte;
} cache[SLOTS];

static struct tlb_entry *slot_of(uint64_t va)
{
	uint64_t page = va >> PAGE_SHIFT;

	return &cache[(page ^ page >> 14 ^ page >> 27) % SLOTS];
}

void tlb_flush(void)
{
	memset(cache, 0, sizeof(cache));
	mirror_flush();
}

void tlb_flush_va(uint64_t va)
{
	struct tlb_entry *t = slot_of(va);

	if (t->va == (va & ~(PAGE_SIZE - 1))) {
		*t = (struct tlb_entry){ 0, 0 };
	}
	mirror_flush_va(va & ~(PAGE_SIZE - 1));
}

static bool permits(uint64_t pte, bool write, bool exec)
{
	return (pte & PTE_P) && (pte & PTE_U) && !(pte & PTE_KERN) && (!write || pte & PTE_RW) &&
		(!exec || !(pte & PTE_NX));
}

static void cache_fill(uint64_t va, uint64_t pte)
{
	*slot_of(va) =
		(struct tlb_entry){ va & ~(PAGE_SIZE - 1), pte & PTE_D ? pte : pte & ~PTE_RW };
}

/* The present leaf for `va`, marked accessed (and dirty); NULL when it does not permit. */
static const uint64_t *walk_user(unsigned long root, uint64_t va, bool write, bool exec)
{
	unsigned long table;
	uint64_t *slot = root ? walk(root, va, &table) : NULL;

	if (!slot || !permits(*slot, write, exec)) {
		return NULL;
	}
	*slot |= PTE_A | (write ? PTE_D : 0);
	cache_fill(va, *slot);
	return slot;
}

/* User pages are global on pv64: an entry serves both roots. */
static int access(unsigned long root, uint64_t va, bool write, bool exec, unsigned long *mfn)
{
	struct tlb_entry *t = slot_of(va);
	const uint64_t *slot;

	if (va >= LAYOUT_USER_END) {
		return -EFAULT;
	}
	if (t->va == (va & ~(PAGE_SIZE - 1)) && permits(t->pte, write, exec)) {
		*mfn = pte_mfn(t->pte);
		return 0;
	}
	slot = walk_user(root, va, write, exec);
	if (!slot) {
		tlb_flush_va(va);
		return -EFAULT;
	}
	*mfn = pte_mfn(*slot);
	return 0;
}

int model_user_access(uint64_t va, bool write, bool exec, unsigned long *mfn)
{
	return access(machine.user_root, va, write, exec, mfn);
}

static int user_copy(unsigned long root, uint64_t va, void *buf, size_t len, bool write)
{
	uint8_t *p = buf;

	while (len) {
		size_t off = va & (PAGE_SIZE - 1),
		       n = PAGE_SIZE - off < len ? PAGE_SIZE - off : len;
		unsigned long mfn;
		uint8_t *memory;

		if (access(root, va, write, false, &mfn)) {
			return -EFAULT;
		}
		memory = (uint8_t *)frame_memory(mfn) + off;
		memcpy(write ? memory : p, write ? p : memory, n);
		va += n;
		p += n;
		len -= n;
	}
	return 0;
}

int model_user_read(uint64_t va, void *buf, size_t len)
{
	return user_copy(machine.user_root, va, buf, len, false);
}

int model_user_write(uint64_t va, const void *buf, size_t len)
{
	return user_copy(machine.user_root, va, (void *)(uintptr_t)buf, len, true);
}

int model_kernel_read(uint64_t va, void *buf, size_t len)
{
	return user_copy(machine.kernel_root, va, buf, len, false);
}

int model_kernel_write(uint64_t va, const void *buf, size_t len)
{
	return user_copy(machine.kernel_root, va, (void *)(uintptr_t)buf, len, true);
}

static void prefetch_table(unsigned long mfn, unsigned level, uint64_t va)
{
	uint64_t *table = frame_memory(mfn);

	for (unsigned i = 0; i < PT_ENTRIES && va < LAYOUT_USER_END; i++, va += pt_span(level)) {
		if (!(table[i] & PTE_P)) {
			continue;
		}
		if (level > 1) {
			prefetch_table(pte_mfn(table[i]), level - 1, va);
		} else if (permits(table[i], false, false) && slot_of(va)->pte == 0) {
			table[i] |= PTE_A;
			cache_fill(va, table[i]);
		}
	}
}

void tlb_prefetch(void)
{
	if (machine.user_root) {
		prefetch_table(machine.user_root, 4, 0);
	}
}

static bool is_stale(const struct tlb_entry *t)
{
	unsigned long table;
	const uint64_t *slot;

	if (!(t->pte & PTE_P)) {
		return false;
	}
	slot = machine.user_root ? walk(machine.user_root, t->va, &table) : NULL;
	return !slot || !(*slot & PTE_P) || ((*slot ^ t->pte) & PTE_FRAME) ||
		(t->pte & ~*slot & PTE_RW) || (*slot & ~t->pte & PTE_NX);
}

bool model_tlb_stale_at(uint64_t va)
{
	return slot_of(va)->va == (va & ~(PAGE_SIZE - 1)) && is_stale(slot_of(va));
}

unsigned model_tlb_stale(void)
{
	unsigned count = mirror_stale_count();

	for (unsigned i = 0; i < SLOTS; i++) {
		count += is_stale(&cache[i]);
	}
	return count;
}
