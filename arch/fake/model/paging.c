/*
 * paging.c - what an entry may say, and what it holds: Xen's validation of page tables.
 *
 * A present leaf holds a reference to its frame, as `writable` when it allows
 * writing. A present entry of a higher level holds its table as that table's
 * type. Xen marks the leaves it accepts: a kernel page gets USER (the kernel
 * runs in ring 3) and bit 52, a user page gets GLOBAL; the guest reads this back.
 *
 * A level-4 table holds Xen's own slots while it is validated; what stood there
 * before is overwritten and what Xen wrote stays behind.
 */
#include <port/layout.h>
#include "model.h"

#define XEN_SLOT_FIRST (LAYOUT_XEN_BASE >> 39)
#define XEN_SLOT_LAST  (XEN_SLOT_FIRST + 15)

/* Bits that Xen does not let a guest set: PAT/PSE, PCD, PWT, above leaves GLOBAL; and the grant mark. */
#define FLAGS_REFUSED	   0x198ull
#define FLAGS_REFUSED_LEAF ((FLAGS_REFUSED & ~PTE_G) | 1ull << 62)

bool is_xen_slot(unsigned index)
{
	return index >= XEN_SLOT_FIRST && index <= XEN_SLOT_LAST;
}

static int leaf_get(uint64_t *e)
{
	int rc;

	if (*e & FLAGS_REFUSED_LEAF) {
		return (int)refuse(
			EINVAL, "leaf %#lx has flags that a guest may not set", (unsigned long)*e);
	}
	rc = *e & PTE_RW ? type_get(pte_mfn(*e), TYPE_WRITABLE) : frame_get(pte_mfn(*e));
	if (!rc) {
		if (!(*e & PTE_U)) {
			*e |= PTE_KERN | PTE_U;
		}
		if (!(*e & PTE_KERN)) {
			*e |= PTE_G;
		}
	}
	return rc;
}

/* Take what the entry of a table of `level` holds, and mark it as Xen does. */
static int entry_get(unsigned level, uint64_t *e)
{
	int rc;

	if (!(*e & PTE_P)) {
		if (*e & PTE_FRAME) {
			violation("non-present entry %#lx names a frame: unsafe against L1TF, Xen "
				  "ends the guest",
				(unsigned long)*e);
		}
		return 0;
	}
	if (level == 1) {
		return leaf_get(e);
	}
	if (*e & FLAGS_REFUSED) {
		return (int)refuse(EINVAL, "level-%u entry %#lx has flags that a guest may not set",
			level, (unsigned long)*e);
	}
	rc = type_get(pte_mfn(*e), level - 1);
	if (!rc) {
		*e |= PTE_U | (level == 4 ? PTE_A : 0);
	}
	return rc;
}

static void entry_put(unsigned level, uint64_t e)
{
	if (!(e & PTE_P)) {
		return;
	}
	if (level == 1 && !(e & PTE_RW)) {
		frame_put(pte_mfn(e));
	} else {
		type_put(pte_mfn(e));
	}
}

static bool is_guest_entry(unsigned level, unsigned index)
{
	return level != 4 || !is_xen_slot(index);
}

/* Xen's own part of a root: present entries that no guest may follow. */
static void xen_slots_fill(uint64_t *table)
{
	for (unsigned i = XEN_SLOT_FIRST; i <= XEN_SLOT_LAST; i++) {
		table[i] = (uint64_t)(MFN_BASE + machine.count + i) << PAGE_SHIFT | PTE_P | PTE_RW |
			PTE_A;
	}
}

int table_validate(unsigned long mfn, unsigned level)
{
	uint64_t *table = frame_memory(mfn);

	for (unsigned i = 0; i < PT_ENTRIES; i++) {
		int rc = is_guest_entry(level, i) ? entry_get(level, &table[i]) : 0;

		if (rc) {
			while (i-- > 0) {
				if (is_guest_entry(level, i)) {
					entry_put(level, table[i]);
				}
			}
			return rc;
		}
	}
	if (level == 4) {
		xen_slots_fill(table);
	}
	return 0;
}

void table_devalidate(unsigned long mfn, unsigned level)
{
	const uint64_t *table = frame_memory(mfn);

	for (unsigned i = 0; i < PT_ENTRIES; i++) {
		if (is_guest_entry(level, i)) {
			entry_put(level, table[i]);
		}
	}
}

/* The new entry's references are taken before the old one's are dropped, as Xen does. */
int table_entry_set(unsigned long mfn, unsigned index, uint64_t value, bool preserve_ad)
{
	unsigned level = frame_of(mfn)->type;
	uint64_t *slot = (uint64_t *)frame_memory(mfn) + index;
	uint64_t old = *slot;
	int rc;

	if (!is_guest_entry(level, index)) {
		return (int)refuse(EPERM, "slot %u of a root is Xen's", index);
	}
	if (preserve_ad) {
		value |= old & (PTE_A | PTE_D);
	}
	rc = entry_get(level, &value);
	if (rc) {
		return rc;
	}
	__atomic_store_n(slot, value, __ATOMIC_SEQ_CST);
	mirror_entry_changed(mfn, level, index, value);
	entry_put(level, old);
	return 0;
}

uint64_t *walk(unsigned long root, uint64_t va, unsigned long *table)
{
	unsigned long mfn = root;

	for (unsigned level = 4; level > 1; level--) {
		uint64_t *slot = (uint64_t *)frame_memory(mfn) + pt_index(va, level);

		if (!(*slot & PTE_P)) {
			return NULL;
		}
		*slot |= PTE_A;
		mfn = pte_mfn(*slot);
	}
	*table = mfn;
	return (uint64_t *)frame_memory(mfn) + pt_index(va, 1);
}
