/*
 * area.c - areas of a space: found by address, split, joined, accounted.
 *
 * See space.h for A1 and A2, cut.c for X1 and X2. Nothing here touches page tables.
 */
#include <kernel/heap.h>
#include <kernel/string.h>
#include <kernel/vfs.h>
#include "space.h"

/* ---- names: shared by all the parts an area is split into --------------- */

static struct vm_name *name_create(const char *text)
{
	size_t size = strlen(text) + 1;
	struct vm_name *name = heap_alloc(sizeof(*name) + size);

	if (name) {
		name->refs = 1;
		memcpy(name->text, text, size);
	}
	return name;
}

static void name_ref(struct vm_name *name)
{
	if (name) {
		__atomic_add_fetch(&name->refs, 1, __ATOMIC_RELAXED);
	}
}

static void name_unref(struct vm_name *name)
{
	if (name && !__atomic_sub_fetch(&name->refs, 1, __ATOMIC_ACQ_REL)) {
		heap_free(name);
	}
}

static bool name_is_equal(const struct vm_name *a, const struct vm_name *b)
{
	return a == b || (a && b && !strcmp(a->text, b->text));
}

/* ---- life ------------------------------------------------------------------ */

struct vm_area *area_create(
	vaddr_t start, vaddr_t end, unsigned prot, unsigned flags, const struct vm_source *source)
{
	struct vm_area *area = heap_alloc(sizeof(*area));

	if (!area) {
		return NULL;
	}
	if (source->name) {
		area->name = name_create(source->name);
		if (!area->name) {
			heap_free(area);
			return NULL;
		}
	}
	area->start = start;
	area->end = end;
	area->prot = prot;
	area->flags = flags & VM_AREA_FLAGS;
	area->cut = cut_last();
	list_init(&area->object_link);
	if (source->object) {
		area->object = source->object;
		area->first = source->first;
		vm_object_ref(area->object);
	}
	if (source->file) {
		area->file = source->file;
		file_ref(area->file);
	}
	return area;
}

struct vm_area *area_clone(const struct vm_area *like, vaddr_t start, vaddr_t end)
{
	struct vm_source source = { like->object, like->first, like->file, NULL };
	struct vm_area *area = area_create(start, end, like->prot, like->flags, &source);

	if (area) {
		area->cut = like->cut; /* X2 */
		area->name = like->name;
		name_ref(area->name);
	}
	return area;
}

void area_free(struct vm_area *area)
{
	cut_area_remove(area);
	if (area->object) {
		vm_object_unref(area->object);
	}
	file_unref(area->file);
	name_unref(area->name);
	heap_free(area);
}

struct vm_area_view area_view(const struct vm_area *area)
{
	return (struct vm_area_view){ .start = area->start,
		.end = area->end,
		.prot = area->prot,
		.flags = area->flags,
		.offset = area->first << PAGE_SHIFT,
		.file = area->file,
		.name = area->name ? area->name->text : "" };
}

/* ---- finding --------------------------------------------------------------- */

struct vm_area *area_at_or_above(const struct vm_space *space, vaddr_t va)
{
	struct treap_node *below = treap_at_or_below(&space->areas, va);

	if (!below) {
		return area_of(treap_first(&space->areas));
	}
	return area_of(below)->end > va ? area_of(below) : area_of(treap_next(below));
}

struct vm_area *area_in(const struct vm_space *space, vaddr_t start, vaddr_t end)
{
	struct vm_area *area = area_at_or_above(space, start);

	return area && area->start < end ? area : NULL;
}

struct vm_area *area_find(const struct vm_space *space, vaddr_t va)
{
	return area_in(space, va, va + 1);
}

/* ---- accounts --------------------------------------------------------------- */

static bool is_data(unsigned prot, unsigned flags)
{
	return prot & MMU_WRITE && !(flags & (VM_SHARED | VM_GROWS_DOWN));
}

/* `len` more bytes are as `area` is; modulo 2^64, so less is negated. */
static void account(struct vm_space *space, const struct vm_area *area, size_t len)
{
	space->usage.virtual_len += len;
	space->usage.virtual_peak = MAX(space->usage.virtual_peak, space->usage.virtual_len);
	if (is_data(area->prot, area->flags)) {
		space->usage.data_len += len;
	}
	if (area->flags & VM_GROWS_DOWN) {
		space->usage.stack_len += len;
	}
}

int area_limit(const struct vm_space *space, size_t len, unsigned prot, unsigned flags)
{
	const struct vm_limits *limits = &space->limits;
	size_t data_len = space->usage.data_len;

	if (len > limits->virtual_len || space->usage.virtual_len > limits->virtual_len - len) {
		return -ENOMEM;
	}
	if (is_data(prot, flags) && (len > limits->data_len || data_len > limits->data_len - len)) {
		return -ENOMEM;
	}
	return 0;
}

/* ---- changing the set --------------------------------------------------------- */

static void gaps_update(struct vm_space *space, struct vm_area *area, struct vm_area *next)
{
	if (area) {
		gap_update(space, area);
	}
	if (next) {
		gap_update(space, next);
	}
}

void area_insert(struct vm_space *space, struct vm_area *area)
{
	area->node.key = area->start;
	treap_insert(&space->areas, &area->node);
	cut_area_add(space, area);
	space->area_count++;
	account(space, area, area->end - area->start);
	gaps_update(space, area, area_next(area));
}

void area_remove(struct vm_space *space, struct vm_area *area)
{
	struct vm_area *next = area_next(area);

	treap_remove(&space->areas, &area->node);
	space->area_count--;
	account(space, area, area->start - area->end);
	gaps_update(space, NULL, next);
}

void area_resize(struct vm_space *space, struct vm_area *area, vaddr_t start, vaddr_t end)
{
	account(space, area, (end - start) - (area->end - area->start));
	if (area->object) {
		area->first = area_index(area, start);
	}
	area->start = area->node.key = start; /* no neighbour is passed (A1): the order stays */
	area->end = end;
	gaps_update(space, area, area_next(area));
}

void area_change(struct vm_space *space, struct vm_area *area, unsigned prot, unsigned flags)
{
	account(space, area, area->start - area->end);
	area->prot = prot;
	area->flags = flags;
	account(space, area, area->end - area->start);
}

/* ---- split and join ------------------------------------------------------------- */

int area_split(struct vm_space *space, struct vm_area *area, vaddr_t at)
{
	vaddr_t end = area->end;
	struct vm_area *upper;

	if (space->area_count >= VM_AREA_MAX) {
		return -ENOMEM;
	}
	upper = area_clone(area, at, end);
	if (!upper) {
		return -ENOMEM;
	}
	if (area->object) {
		upper->first = area_index(area, at);
	}
	upper->run_low = area->run_low;
	upper->run_high = area->run_high;
	area_resize(space, area, area->start, at);
	area_insert(space, upper);
	return 0;
}

static int edge_make(struct vm_space *space, vaddr_t at)
{
	struct vm_area *area = area_find(space, at);

	return area && area->start < at ? area_split(space, area, at) : 0;
}

int area_cut(struct vm_space *space, vaddr_t start, vaddr_t end)
{
	int err = edge_make(space, start);

	if (!err) {
		err = edge_make(space, end);
	}
	if (err) {
		area_merge(space, start, start);
	}
	return err;
}

static bool can_join(const struct vm_area *low, const struct vm_area *high)
{
	return low->end == high->start && low->prot == high->prot && low->flags == high->flags &&
		low->object == high->object && low->file == high->file &&
		(!low->object || area_index(low, low->end) == high->first) &&
		name_is_equal(low->name, high->name);
}

void area_merge(struct vm_space *space, vaddr_t start, vaddr_t end)
{
	struct vm_area *area = area_at_or_above(space, start ? start - 1 : 0);
	struct vm_area *next;

	while (area && (next = area_next(area)) && next->start <= end) {
		if (can_join(area, next)) {
			vaddr_t joined_end = next->end;

			area->cut = MIN(area->cut, next->cut); /* X2 */
			area_remove(space, next);
			area_free(next);
			area_resize(space, area, area->start, joined_end);
		} else {
			area = next;
		}
	}
}
