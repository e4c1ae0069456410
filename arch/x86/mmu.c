/*
 * mmu.c - address spaces of x86: the walker and the transactions of
 * arch/mmu.h, over the port's primitives of x86/pt.h.
 *
 * Fresh tables stay private until commit. mmu_reserve() builds what is missing
 * as a private subtree; where the subtree hangs off a live table the link is
 * only noted in as->links. Edits that follow find it through the note and are
 * plain stores. mmu_commit() then makes the subtree's tables live and writes
 * the link. So mapping 512 pages in new ground costs Xen two entries (the
 * table's own protection and the link), not 513.
 *
 * Invariants, beside those of arch/mmu.h:
 *   T1  A table on as->fresh is private and reachable only through as->links.
 *   T2  as->links and as->fresh are empty outside a transaction.
 *   T3  A private space (not published) has no live table and needs no flush.
 *   T4  An entry is read only after earlier edits of it were carried out.
 *   T5  A leaf table of a user address stays where it is until the space is destroyed.
 */
#include <arch/mmu.h>
#include <arch/plain.h>
#include <kernel/cpu.h>
#include <kernel/errno.h>
#include <kernel/panic.h>
#include <kernel/smp.h>
#include <kernel/string.h>
#include <x86/pt.h>
#include <x86/vmap.h>

/* The kernel never looks at its own accessed and dirty bits: set, they cost no walk. */
#define LEAF_FLAGS(prot)                                                                           \
	(PTE_PRESENT | ((prot)&MMU_WRITE ? PTE_WRITE : 0) | ((prot)&MMU_EXEC ? 0 : PTE_NX) |       \
		((prot)&MMU_USER ? PTE_USER : PTE_ACCESSED | PTE_DIRTY))
#define LEAF_FLAGS_4(prot)                                                                         \
	LEAF_FLAGS(prot), LEAF_FLAGS((prot) + 1), LEAF_FLAGS((prot) + 2), LEAF_FLAGS((prot) + 3)

static const uint64_t flags_of_prot[] = { LEAF_FLAGS_4(0), LEAF_FLAGS_4(4), LEAF_FLAGS_4(8),
	LEAF_FLAGS_4(12) };

static uint64_t leaf_flags(unsigned prot)
{
	return flags_of_prot[prot % ARRAY_SIZE(flags_of_prot)];
}

static struct page *table_of(const pte_t *slot)
{
	return page_of(virt_to_pfn(slot));
}

/* An entry as it will be after commit. */
static pte_t entry_read(const struct mmu_aspace *as, const pte_t *slot)
{
	for (unsigned i = 0; i < as->link_count; i++) {
		if (as->links[i].slot == slot) {
			return (pte_t){ as->links[i].value };
		}
	}
	return pte_read(slot);
}

/*
 * T5. Walks are mostly of neighbours, so the last table is remembered: its frame, and above that the
 * number of its stretch and 1, in a single word since whoever asks may hold no lock. The kernel's
 * tables are not remembered: they may have large pages.
 */
static pte_t *leaf_remembered(const struct mmu_aspace *as, vaddr_t va)
{
	unsigned long last = READ_ONCE(as->leaf_last);

	if (last >> LEAF_FRAME_BITS != (va >> (PAGE_SHIFT + 9)) + 1) {
		return NULL;
	}
	return pt_table(pfn(last & ((1ul << LEAF_FRAME_BITS) - 1)));
}

static void leaf_remember(struct mmu_aspace *as, vaddr_t va, const pte_t *table)
{
	if (va < LAYOUT_USER_END) {
		WRITE_ONCE(as->leaf_last,
			((va >> (PAGE_SHIFT + 9)) + 1) << LEAF_FRAME_BITS | virt_to_pfn(table).n);
	}
}

/* The leaf table for `va`, or NULL where a table is missing or a large page maps it. */
static pte_t *__noinline leaf_walk(struct mmu_aspace *as, vaddr_t va)
{
	pte_t *table = pt_table(as->root);

	for (unsigned level = PT_LEVELS; level > 1; level--) {
		pte_t e = entry_read(as, &table[pt_index(va, level)]);

		if (!pte_is_present(e) || (e.v & PTE_LARGE && level < PT_LEVELS)) {
			return NULL;
		}
		table = pt_table(pte_pfn(e));
	}
	leaf_remember(as, va, table);
	return table;
}

/* The leaf slot for `va`, or NULL where there is no leaf table. */
static inline __attribute__((always_inline)) pte_t *leaf_slot(struct mmu_aspace *as, vaddr_t va)
{
	pte_t *table = leaf_remembered(as, va);

	if (!table) {
		table = leaf_walk(as, va);
	}
	return table ? &table[pt_index(va, 1)] : NULL;
}
/* ---- reserve --------------------------------------------------------- */

/* Make everything in as->links reachable: tables first, then the links to them. */
static void links_publish(struct mmu_aspace *as, const void *site)
{
	list_for_each_safe(node, &as->fresh) {
		struct page *table = list_entry(node, struct page, link);

		pt_table_attach(site, table);
		list_remove(node);
		list_push_back(&as->tables, node);
	}
	for (unsigned i = 0; i < as->link_count; i++) {
		pte_t *slot = as->links[i].slot;
		pte_t value = { as->links[i].value };

		if (virt_to_pfn(slot).n == as->root.n) {
			pt_root_set(as, site, (unsigned)(slot - pt_table(as->root)), value);
		} else {
			pt_set(site, slot, value);
		}
	}
	as->link_count = 0;
}

/* A new empty table hung into `slot` of a table of `level`; NULL when memory is out. */
static pte_t *table_add(struct mmu_aspace *as, const void *site, pte_t *slot, unsigned level)
{
	bool is_live = pt_state(table_of(slot)) == PT_LIVE;
	struct page *table;
	pte_t value;
	void *memory = page_alloc_zeroed();

	if (!memory) {
		return NULL;
	}
	table = page_of(virt_to_pfn(memory));
	table->kind = PAGE_TABLE;
	table->owner = as;
	table->count = PT_PRIVATE;
	as->table_count++;
	value = pte_make(page_pfn(table), PTE_LINK);
	if (is_live) {
		if (as->link_count == MMU_LINKS) {
			links_publish(as, site);
			pt_commit(as, site);
		}
		as->links[as->link_count++] = (struct mmu_link){ slot, value.v };
		list_push_back(&as->fresh, &table->link);
	} else {
		bool in_fresh_subtree = as->link_count > 0 && as->published;

		if (level == PT_LEVELS) {
			pt_root_set(as, site, (unsigned)(slot - pt_table(as->root)), value);
		} else {
			pt_set(site, slot, value);
		}
		list_push_back(in_fresh_subtree ? &as->fresh : &as->tables, &table->link);
	}
	return memory;
}

int mmu_reserve(struct mmu_aspace *as, vaddr_t va, size_t pages)
{
	const void *site = __builtin_return_address(0);
	vaddr_t end = va + pages * PAGE_SIZE;

	for (va = ALIGN_DOWN(va, pt_span(2)); va < end; va += pt_span(2)) {
		pte_t *table = pt_table(as->root);

		for (unsigned level = PT_LEVELS; level > 1; level--) {
			pte_t *slot = &table[pt_index(va, level)];
			pte_t e = entry_read(as, slot);

			table = pte_is_present(e) ? pt_table(pte_pfn(e))
						  : table_add(as, site, slot, level);
			if (!table) {
				mmu_commit(as); /* T2, also on the way out */
				return -ENOMEM;
			}
		}
	}
	return 0;
}

/* ---- edit ------------------------------------------------------------- */

static void flush_note(struct mmu_aspace *as, vaddr_t va)
{
	if (as->flush_all) {
		return;
	}
	if (as->flush_count == MMU_FLUSH_PAGES) {
		as->flush_all = true;
	} else {
		as->flush_pages[as->flush_count++] = va & PAGE_MASK;
	}
}

/* Carry out what is queued, so that live entries read as they will be. */
static void queued_finish(struct mmu_aspace *as, const void *site)
{
	pt_commit(as, site);
	as->flush_count = 0;
	as->flush_all = false;
	as->queued_from = as->queued_to = 0;
}

/*
 * T4: an entry is read only after earlier edits of it were carried out. Edits in
 * ascending order, as nearly all are, never wait here.
 */
static void queued_settle(struct mmu_aspace *as, const void *site, vaddr_t va)
{
	if (va >= as->queued_from && va < as->queued_to) {
		queued_finish(as, site);
	}
}

static void queued_note(struct mmu_aspace *as, vaddr_t va)
{
	va &= PAGE_MASK;
	if (as->queued_to == 0 || va < as->queued_from) {
		as->queued_from = va;
	}
	as->queued_to = MAX(as->queued_to, va + PAGE_SIZE);
}

/*
 * Write a leaf of a published space. A TLB may hold the old entry only if that was present; when the
 * new one grants all that the old did, of the same frame, a stale entry can at
 * worst fault once more.
 */
static void __noinline leaf_write_live(
	struct mmu_aspace *as, const void *site, vaddr_t va, pte_t *slot, pte_t e)
{
	pte_t old = pte_read(slot);
	uint64_t lost_rights = (old.v & ~e.v & (PTE_PRESENT | PTE_WRITE)) | (e.v & ~old.v & PTE_NX);

	if (pt_state(table_of(slot)) == PT_LIVE) {
		queued_note(as, va);
	}
	pt_set(site, slot, e);
	if (pte_is_present(old) && (lost_rights || (old.v ^ e.v) & PTE_FRAME_MASK)) {
		flush_note(as, va);
	}
}

/* T3: of a private space it is a store. A third of what a fork costs is such stores. */
static inline void leaf_write(
	struct mmu_aspace *as, const void *site, vaddr_t va, pte_t *slot, pte_t e)
{
	if (as->published) {
		leaf_write_live(as, site, va, slot, e);
	} else {
		plain_count(PLAIN_TABLE);
		pte_write(slot, e);
	}
}

static void __noreturn panic_unreserved(vaddr_t va)
{
	panic("mmu: M3: edit of %#lx, which was not reserved", (unsigned long)va);
}

static void __noinline map_slowly(struct mmu_aspace *as, const void *site, vaddr_t va, pte_t e)
{
	pte_t *slot = leaf_slot(as, va);

	if (!slot) {
		panic_unreserved(va);
	}
	queued_settle(as, site, va);
	leaf_write(as, site, va, slot, e);
}

/* T3: where a fork maps, it is a store to the table of the page before. */
void __leaf mmu_map(struct mmu_aspace *as, vaddr_t va, pfn_t p, unsigned prot)
{
	pte_t *table = leaf_remembered(as, va);
	pte_t e = pte_make(p, leaf_flags(prot));

	if (table && !as->published) {
		plain_count(PLAIN_TABLE);
		pte_write(&table[pt_index(va, 1)], e);
	} else {
		map_slowly(as, __builtin_return_address(0), va, e);
	}
}

void mmu_map_raw(vaddr_t va, uint64_t entry, const void *site)
{
	pte_t *slot = leaf_slot(&mmu_kernel, va);

	if (!slot) {
		panic_unreserved(va);
	}
	leaf_write(&mmu_kernel, site, va, slot, (pte_t){ entry });
}

void mmu_unmap(struct mmu_aspace *as, vaddr_t va)
{
	pte_t *slot = leaf_slot(as, va);

	queued_settle(as, __builtin_return_address(0), va);
	if (slot && pte_is_present(pte_read(slot))) {
		leaf_write(as, __builtin_return_address(0), va, slot, (pte_t){ 0 });
	}
}

void mmu_protect(struct mmu_aspace *as, vaddr_t va, unsigned prot)
{
	pte_t *slot = leaf_slot(as, va);
	pte_t old;

	if (!slot) {
		return;
	}
	queued_settle(as, __builtin_return_address(0), va);
	old = pte_read(slot);
	if (pte_is_present(old)) {
		leaf_write(as, __builtin_return_address(0), va, slot,
			(pte_t){ (old.v & (PTE_FRAME_MASK | PTE_ACCESSED | PTE_DIRTY)) |
				leaf_flags(prot) });
	}
}

void mmu_commit(struct mmu_aspace *as)
{
	const void *site = __builtin_return_address(0);

	links_publish(as, site);
	queued_finish(as, site);
}

/* ---- query ------------------------------------------------------------ */

/* What a present entry says; `user` is MMU_USER if it is for a user address. */
static void entry_decode(vaddr_t va, pte_t e, unsigned user, struct mmu_entry *entry)
{
	_Static_assert(PTE_WRITE == MMU_WRITE && MMU_EXEC == 1 << 2,
		"rights whose bits stand where the entry has them");
	entry->va = va;
	entry->pfn = pte_pfn(e);
	entry->prot = MMU_READ | user | (unsigned)(e.v & PTE_WRITE) | (unsigned)(~e.v >> 63) << 2;
}

static unsigned user_flag(vaddr_t va)
{
	return va < LAYOUT_USER_END ? MMU_USER : 0;
}

bool mmu_query(struct mmu_aspace *as, vaddr_t va, struct mmu_entry *entry)
{
	const pte_t *slot = leaf_slot(as, va);
	pte_t e = slot ? pte_read(slot) : (pte_t){ 0 };

	if (!pte_is_present(e)) {
		return false;
	}
	entry_decode(va, e, user_flag(va), entry);
	return true;
}

/* In one table, where `slot` is for *va. */
static size_t table_next(
	const pte_t *slot, vaddr_t *va, vaddr_t end, struct mmu_entry *entries, size_t count)
{
	struct mmu_entry *entry = entries;
	const struct mmu_entry *last = entries + count;
	unsigned user = user_flag(*va);
	vaddr_t at = *va;

	for (; at < end && entry < last; slot++, at += PAGE_SIZE) {
		pte_t e = pte_read(slot);

		if (pte_is_present(e)) {
			entry_decode(at, e, user, entry++);
		}
	}
	*va = at;
	return (size_t)(entry - entries);
}

size_t mmu_next(
	struct mmu_aspace *as, vaddr_t *va, vaddr_t end, struct mmu_entry *entries, size_t count)
{
	size_t found = 0;

	while (!found && *va < end) {
		vaddr_t table_end = MIN(end, ALIGN_DOWN(*va, pt_span(2)) + pt_span(2));
		const pte_t *slot = leaf_slot(as, *va);

		if (slot) {
			found = table_next(slot, va, table_end, entries, count);
		} else {
			*va = table_end;
		}
	}
	return found;
}

unsigned long mmu_table_count(const struct mmu_aspace *as)
{
	return as->table_count;
}

/* ---- life ------------------------------------------------------------- */

int mmu_create(struct mmu_aspace *as)
{
	memset(as, 0, sizeof(*as));
	list_init(&as->tables);
	list_init(&as->fresh);
	as->root = as->user_root = PFN_NONE;
	return pt_roots_init(as);
}

static void publish(struct mmu_aspace *as, const void *site)
{
	assert_that(!as->published, "published once");
	pt_publish(as, site);
	as->published = true;
}

void mmu_publish(struct mmu_aspace *as)
{
	preempt_disable();
	publish(as, __builtin_return_address(0));
	pt_commit(as, __builtin_return_address(0));
	preempt_enable();
}

void mmu_publish_within(struct mmu_aspace *as)
{
	publish(as, __builtin_return_address(0));
}

/*
 * CPUs that have since run threads of the kernel only, or none, have it loaded still: the others leave it at our call,
 * this one in pt_retire(), and so it has to be the same one all along.
 */
void mmu_retire(struct mmu_aspace *as)
{
	assert_that(as->published && !as->link_count, "T2");
	preempt_disable();
	smp_call(__atomic_load_n(&as->loaded_on, __ATOMIC_SEQ_CST), pt_leave, as);
	pt_retire(as, __builtin_return_address(0));
	assert_that(!__atomic_load_n(&as->loaded_on, __ATOMIC_SEQ_CST),
		"retired while another CPU has it loaded");
	preempt_enable();
	as->published = false;
	as->flush_count = 0;
	as->flush_all = false;
}

void mmu_load(struct mmu_aspace *as)
{
	irq_state_t irq = irq_save();

	pt_load(as, __builtin_return_address(0));
	pt_commit(as, __builtin_return_address(0));
	irq_restore(irq);
}

void mmu_destroy(struct mmu_aspace *as)
{
	assert_that(!as->published, "destroyed while published");
	list_for_each_safe(node, &as->tables) {
		struct page *table = list_entry(node, struct page, link);

		list_remove(node);
		as->table_count--;
		page_free(table, 0);
	}
	assert_that(as->table_count == 0, "every table is on as->tables");
	pt_roots_free(as);
}
