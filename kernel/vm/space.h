/*
 * space.h - what the files of kernel/vm share: a space, its areas, its ground.
 *
 * Three sorted sets make a space. Areas say what should be where (area.c).
 * Ground says where page tables are and how many of their entries are used, in
 * stretches of 2 MiB (ground.c): it lets every walk skip what was never touched,
 * and a fault know that it lands where filling more is cheap. The page tables
 * themselves belong to arch/mmu.h.
 *
 * Invariants, beside those of kernel/vm.h:
 *   A1  Areas do not overlap, are not empty, start and end on pages.
 *   A2  No two neighbours could be one area (area_merge()).
 *   G1  A stretch has a struct ground exactly if its tables are reserved, so an
 *       edit within it cannot fail (M3).
 *   G2  ground->used counts its mapped and its parked pages.
 *   G3  Parked pages lie in private areas without any access, and nowhere else:
 *       they are what was mapped there before vm_protect() took all rights.
 */
#ifndef VM_SPACE_H
#define VM_SPACE_H

#include <kernel/errno.h>
#include <kernel/panic.h>
#include <kernel/vm.h>
#include "treap.h"

#define VM_AREA_MAX  65530u /* areas in one space, as on Linux */
#define VM_GATHER    256u   /* most pages unmapped in one transaction */
#define VM_AHEAD_MAX 64u    /* most pages that one fault brings in */

#define ACCESS_MASK (MMU_READ | MMU_WRITE | MMU_EXEC)

/* Flags that are an area's; the others are of the request. */
#define VM_AREA_FLAGS                                                                              \
	(VM_SHARED | VM_GROWS_DOWN | VM_DENY_WRITE | VM_DENY_EXEC | VM_DONT_FORK | VM_WIPE_ON_FORK)

struct vm_name {
	unsigned refs; /* atomic */
	char text[];
};

struct vm_area {
	struct treap_node node; /* key: start */
	vaddr_t start, end;
	unsigned prot, flags;
	struct vm_object *object;
	uint64_t first;	   /* the object's page at `start`; 0 without an object */
	struct file *file; /* V4: referenced, or NULL */
	struct vm_name *name;

	/* See cut.c; the link is under its lock. */
	struct vm_space *space;
	struct list object_link;
	unsigned long cut;

	/* Free space below it that a mapping may use, and the most of that in its subtree. */
	size_t gap, gap_max;

	/* The run that the last fault filled: the next one beside it is taken for a sequence. */
	vaddr_t run_low, run_high;
};

struct ground {
	struct treap_node node; /* key: the stretch's first address */
	struct page **parked;	/* GROUND_PAGES, or NULL */
	uint16_t used, parked_count;
};

struct vm_space {
	struct mmu_aspace mmu;
	unsigned refs; /* atomic */
	struct mutex lock;

	/* under `lock` */
	struct treap areas;
	unsigned area_count;
	struct treap ground;
	struct ground *ground_last; /* found last */
	struct vm_usage usage;	    /* what is resident stays 0: */
	size_t resident;	    /* pages, parked ones too */
	size_t resident_peak;	    /* but for what has come since the last transaction began */
	struct vm_limits limits;
	vaddr_t map_top;
	vaddr_t brk_start, brk;
	struct vm_hot *hot;  /* or NULL; see hot.c */
	unsigned hot_left;   /* notes that it may still take after the last fork */
	uint64_t hot_filter; /* hot_bit() of those that were hot at that fork */

	/* the open transaction: see edit.c */
	unsigned edits, gathered;
	struct page *gather[VM_GATHER];

	/* of the fault that is being resolved */
	struct page *scratch[VM_AHEAD_MAX];
};

/* ---- area.c -------------------------------------------------------------- */

static inline struct vm_area *area_of(struct treap_node *node)
{
	return node ? container_of(node, struct vm_area, node) : NULL;
}

static inline struct vm_area *area_next(const struct vm_area *area)
{
	return area_of(treap_next(&area->node));
}

static inline struct vm_area *area_prev(const struct vm_area *area)
{
	return area_of(treap_prev(&area->node));
}

static inline bool area_is_private(const struct vm_area *area)
{
	return !(area->flags & VM_SHARED);
}

/* The object's page that `va` shows. */
static inline uint64_t area_index(const struct vm_area *area, vaddr_t va)
{
	return area->first + ((va - area->start) >> PAGE_SHIFT);
}

/* The area that has `va`, or NULL. */
struct vm_area *area_find(const struct vm_space *space, vaddr_t va);
/* That one, or the first above. */
struct vm_area *area_at_or_above(const struct vm_space *space, vaddr_t va);
/* The first area that begins below `end` and ends above `start`, or NULL. */
struct vm_area *area_in(const struct vm_space *space, vaddr_t start, vaddr_t end);

/* What an area shows. */
struct vm_source {
	struct vm_object *object;
	uint64_t first;
	struct file *file;
	const char *name; /* copied */
};

/* A new one, not yet in a space, with references of its own; NULL when memory is out. */
struct vm_area *area_create(vaddr_t start, vaddr_t end, unsigned prot, unsigned flags,
	const struct vm_source *source) __must_check;
/* As above, alike but for the range. */
struct vm_area *area_clone(const struct vm_area *like, vaddr_t start, vaddr_t end) __must_check;
void area_free(struct vm_area *area);
struct vm_area_view area_view(const struct vm_area *area);

void area_insert(struct vm_space *space, struct vm_area *area);
void area_remove(struct vm_space *space, struct vm_area *area);
void area_resize(struct vm_space *space, struct vm_area *area, vaddr_t start, vaddr_t end);
void area_change(struct vm_space *space, struct vm_area *area, unsigned prot, unsigned flags);

/* Make an edge at `at`, within the area: the upper part is a new area. 0 or -ENOMEM. */
int area_split(struct vm_space *space, struct vm_area *area, vaddr_t at) __must_check;
/* Make edges at both addresses wherever an area crosses them. */
int area_cut(struct vm_space *space, vaddr_t start, vaddr_t end) __must_check;
/* Join what can be one around and within [start, end] (A2). */
void area_merge(struct vm_space *space, vaddr_t start, vaddr_t end);

/* Whether areas of `prot` and `flags` may grow by `len` in all: 0 or -ENOMEM. */
int area_limit(
	const struct vm_space *space, size_t len, unsigned prot, unsigned flags) __must_check;

/* ---- cut.c --------------------------------------------------------------- */

unsigned long cut_last(void);
void cut_area_add(struct vm_space *space, struct vm_area *area);
/* Of an area that goes; nothing for one that was in no space. */
void cut_area_remove(struct vm_area *area);

/* ---- gap.c --------------------------------------------------------------- */

/* Bring the summary of free space up to date after `area` (or nothing below `next`) changed. */
void gap_update(struct vm_space *space, struct vm_area *area);
void gap_summarize(struct treap_node *node);
bool gap_is_free(const struct vm_space *space, vaddr_t start, size_t len);
/* The highest free range within [low, high): its address, or 0. */
vaddr_t gap_find(const struct vm_space *space, size_t len, vaddr_t low, vaddr_t high);
/* Where a mapping that asked for `hint` goes: an address or -ENOMEM. */
long gap_place(const struct vm_space *space, vaddr_t hint, size_t len, unsigned flags);

/* ---- ground.c ------------------------------------------------------------ */

#define GROUND_SIZE  ((vaddr_t)1 << 21)
#define GROUND_PAGES 512u

/* The stretch around `va`, or NULL when it has no tables. */
struct ground *ground_find(struct vm_space *space, vaddr_t va);
/* The same, reserved within the open transaction where it is missing; NULL when memory is out. */
struct ground *ground_get(struct vm_space *space, vaddr_t va) __must_check;
/* Room to park all that is mapped in [start, end). 0 or -ENOMEM. */
int ground_park_prepare(struct vm_space *space, vaddr_t start, vaddr_t end) __must_check;
int ground_park_room(struct ground *ground) __must_check;
void ground_park(struct vm_space *space, struct ground *ground, vaddr_t va, struct page *page);
void ground_unpark(struct ground *ground, vaddr_t va);
void ground_free_all(struct vm_space *space);

static inline size_t ground_index(vaddr_t va)
{
	return (va >> PAGE_SHIFT) % GROUND_PAGES;
}

/*
 * A walk over the used pages of [from, end): slot_next() says false after the last. Several are read
 * at a time, so whoever walks may edit the page that was found, and those before it, but none behind.
 */
#define SLOT_AHEAD 16

struct slot {
	vaddr_t from, end;
	struct ground *ground;
	unsigned left; /* used pages of `ground` still to be read, at most */
	unsigned ahead_at, ahead_count;
	/* what was found */
	vaddr_t va;
	struct page *page;
	unsigned prot;
	bool is_parked;

	struct mmu_entry ahead[SLOT_AHEAD];
};

static inline void slot_walk(struct slot *slot, vaddr_t from, vaddr_t end)
{
	slot->from = from;
	slot->end = end;
	slot->ground = NULL;
	slot->ahead_at = slot->ahead_count = 0;
}

static inline void slot_show(struct slot *slot, const struct mmu_entry *entry)
{
	slot->va = entry->va;
	slot->page = page_of(entry->pfn);
	assert_that(slot->page, "V1: what is mapped is a frame of ours");
	slot->prot = entry->prot;
	slot->is_parked = false;
}

/* slot_next() where nothing is read ahead. */
bool slot_search(struct vm_space *space, struct slot *slot);

static inline bool slot_next(struct vm_space *space, struct slot *slot)
{
	if (slot->ahead_at == slot->ahead_count) {
		return slot_search(space, slot);
	}
	slot_show(slot, &slot->ahead[slot->ahead_at++]);
	return true;
}

/* The used page at `va`, if it is. */
bool slot_find(struct vm_space *space, vaddr_t va, struct slot *slot);

/* Drop everything that is mapped or parked in [start, end). */
void pages_drop(struct vm_space *space, vaddr_t start, vaddr_t end);

/* ---- edit.c -------------------------------------------------------------- */

void edit_begin(struct vm_space *space);
/* Between two edits of a long walk: commit and go on in a fresh transaction when it is time. */
void edit_breathe(struct vm_space *space);
void edit_finish(struct vm_space *space); /* edit_end() after the commit */

/* Drop this reference once the transaction is committed (M5). */
static inline void edit_drop(struct vm_space *space, struct page *page)
{
	assert_that(space->gathered < VM_GATHER, "whoever drops many breathes between");
	space->gather[space->gathered++] = page;
}

/*
 * The edits keep G2. A frame's reference passes to the mapping; slot_clear() and
 * slot_replace() drop the old one after commit. They are inline so that the
 * batch's statistics name who edits (drivers/xen/batch.h), not these.
 */
#define EDIT_INLINE static inline __attribute__((always_inline))

EDIT_INLINE void edit_end(struct vm_space *space)
{
	mmu_commit(&space->mmu);
	edit_finish(space);
}

EDIT_INLINE void slot_map(
	struct vm_space *space, struct ground *ground, vaddr_t va, struct page *page, unsigned prot)
{
	mmu_map(&space->mmu, va, page_pfn(page), prot);
	ground->used++;
	space->resident++;
	space->edits++;
}

EDIT_INLINE void slot_replace(
	struct vm_space *space, const struct slot *slot, struct page *page, unsigned prot)
{
	mmu_map(&space->mmu, slot->va, page_pfn(page), prot);
	edit_drop(space, slot->page);
	space->edits++;
}

EDIT_INLINE void slot_protect(struct vm_space *space, const struct slot *slot, unsigned prot)
{
	mmu_protect(&space->mmu, slot->va, prot);
	space->edits++;
}

/* The reference stays with the caller. */
EDIT_INLINE void slot_take(struct vm_space *space, const struct slot *slot)
{
	if (slot->is_parked) {
		ground_unpark(slot->ground, slot->va);
	} else {
		mmu_unmap(&space->mmu, slot->va);
	}
	slot->ground->used--;
	space->resident--;
	space->edits++;
}

EDIT_INLINE void slot_clear(struct vm_space *space, const struct slot *slot)
{
	slot_take(space, slot);
	edit_drop(space, slot->page);
}

/* ---- frame.c ------------------------------------------------------------- */

extern struct page *frame_zero; /* the frame of zeroes, mapped read-only wherever nobody wrote */

int frame_init(void) __must_check;
/* A zeroed frame, or a copy of one, for the caller; NULL when memory is out. */
struct page *frame_new(void) __must_check;
struct page *frame_copy(const struct page *from) __must_check;
void frame_ref(struct page *page);
bool frame_is_sole(const struct page *page); /* one reference, and not the frame of zeroes */

/* What an entry for `page` may grant at once; writing may need a fault to prepare it. */
unsigned frame_rights(const struct vm_area *area, const struct page *page);
/* What it grants after a fault for writing. */
static inline unsigned frame_rights_all(const struct vm_area *area)
{
	return area->prot | MMU_READ | MMU_USER;
}

/* ---- hot.c ----------------------------------------------------------------- */

struct vm_hot *hot_create(void);
void hot_unref(struct vm_hot *hot);
void hot_fork(
	struct vm_space *child, struct vm_space *parent); /* they share a record from now on */
static inline uint64_t hot_bit(vaddr_t va)
{
	return UINT64_C(1) << (va >> PAGE_SHIFT) % 64;
}
bool hot_has(const struct vm_space *space, vaddr_t va); /* a page's address */
/* It was written to; `was_shared`: while somebody else had its frame too. */
void hot_note(struct vm_space *space, vaddr_t va, bool was_shared);

/* ---- the rest ------------------------------------------------------------- */

void space_destroy_private(struct vm_space *space);
/* A reference of a space that is known to exist; false when its last one is gone. */
bool space_ref_try(struct vm_space *space) __must_check;

int fault_locked(struct vm_space *space, vaddr_t va, unsigned access) __must_check; /* fault.c */
int fault_object(struct vm_space *space, struct vm_area *area, vaddr_t va,
	unsigned access) __must_check; /* fault_object.c */
/* Map what the object has at hand of the first `most` pages: how many pages those are. */
unsigned object_map_ahead(struct vm_space *space, struct vm_area *area, unsigned most);
int fault_anonymous(struct vm_space *space, struct vm_area *area, vaddr_t va,
	unsigned access) __must_check; /* fault_anonymous.c */
int unmap_locked(struct vm_space *space, vaddr_t start, vaddr_t end) __must_check; /* map.c */
int populate(struct vm_space *space, vaddr_t start, vaddr_t end,
	unsigned access) __must_check; /* populate.c; not locked; 0: by the area's rights */

static inline bool is_page_aligned(uint64_t x)
{
	return !(x & ~PAGE_MASK);
}

/* Whether [start, start + len) lies within what programs may map. */
static inline bool is_user_range(vaddr_t start, size_t len)
{
	return len <= VM_ADDRESS_END && start <= VM_ADDRESS_END - len;
}

#endif
