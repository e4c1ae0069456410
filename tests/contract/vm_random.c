/*
 * vm_random.c - random operations on several spaces against a map of what each page should be.
 *
 * The map knows for every page of every space: its area's rights, whether it is
 * private, shows an object, was written privately, and the word it begins with.
 * After each step the areas, what is mapped (V2) and the accounts of one space
 * are compared with it, and now and then all contents. A failure prints the
 * seed; the option vm-seed=N runs that seed.
 */
#include <linux/mman.h>
#include <kernel/option.h>
#include <kernel/string.h>
#include "vm.h"

#define SPACES	     4u
#define CLUMPS	     4u
#define CLUMP_PAGES  40u
#define SPOTS	     (CLUMPS * CLUMP_PAGES)
#define OBJECTS	     2u
#define OBJECT_PAGES 48u
#define STEPS	     1200u

struct spot {
	bool is_area, is_shared, is_own; /* own: not the object's page any more */
	uint8_t prot, object;		 /* object + 1, or 0 */
	uint16_t index;
	uint64_t word; /* of own or anonymous pages */
};

struct model {
	struct vm_space *space;
	struct spot spots[SPOTS];
};

static struct model models[SPACES];
static struct vm_object *objects[OBJECTS];
static uint64_t object_words[OBJECTS][OBJECT_PAGES];

static unsigned seed_wanted;
OPTION_UINT(vm_seed, "vm-seed", seed_wanted, 0, ~0u, "seed of the test vm_random, 0: several");

static unsigned seed, step;
static uint64_t state;
static bool has_failed;

static unsigned below(unsigned bound)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(state >> 33) % bound;
}

static void fail(const struct model *m, unsigned spot, const char *what)
{
	if (!has_failed) {
		ktest_verdict(KTEST_FAILURE, "vm-seed=%u step %u, space %ld, spot %u: %s", seed,
			step, (long)(m - models), spot, what);
	}
	has_failed = true;
}

/* Clumps lie at the start, across page tables of several levels, and apart. */
static vaddr_t address_of(unsigned spot)
{
	static const vaddr_t bases[CLUMPS] = { VM_ADDRESS_MIN, 0x3f0000, 0x3fff0000,
		LAYOUT_USER_END / 16 * 3 - 0x10000 - CLUMP_PAGES * PAGE_SIZE };

	return bases[spot / CLUMP_PAGES] + PAGES(spot % CLUMP_PAGES);
}

/* A range within one clump. */
static unsigned range(unsigned *start)
{
	*start = below(SPOTS);
	return 1 + below(CLUMP_PAGES - *start % CLUMP_PAGES);
}

/* ---- the model's word of a spot ---------------------------------------------- */

static uint64_t *word_of(struct spot *spot)
{
	return spot->object && !spot->is_own ? &object_words[spot->object - 1][spot->index]
					     : &spot->word;
}

static void write_model(struct spot *spot, uint64_t word)
{
	if (spot->object && !spot->is_shared) {
		spot->is_own = true;
	}
	*word_of(spot) = word;
}

/* ---- operations ------------------------------------------------------------------ */

static unsigned random_prot(void)
{
	static const uint8_t prots[] = { 0, MMU_READ, MMU_READ, RW, RW, RW, MMU_READ | MMU_EXEC,
		RW | MMU_EXEC };

	return prots[below(ARRAY_SIZE(prots))];
}

static void do_map(struct model *m)
{
	unsigned start, count = range(&start), prot = random_prot();
	unsigned object = below(3), index = below(OBJECT_PAGES - CLUMP_PAGES);
	bool is_shared = object && below(2), is_filled = !below(9);

	if (vm_map(m->space, address_of(start), PAGES(count), prot,
		    VM_FIXED | (is_shared ? VM_SHARED : 0) | (is_filled ? VM_POPULATE : 0),
		    object ? objects[object - 1] : NULL, PAGES(index),
		    NULL) != (long)address_of(start)) {
		fail(m, start, "map fails");
	}
	for (unsigned i = 0; i < count; i++) {
		struct spot *spot = &m->spots[start + i];

		*spot = (struct spot){ .is_area = true,
			.is_shared = is_shared,
			.prot = (uint8_t)prot,
			.object = (uint8_t)object,
			.index = (uint16_t)(object ? index + i : 0) };
		if (is_filled && prot & MMU_WRITE) {
			write_model(spot, *word_of(spot)); /* private ones are copied now */
		}
	}
}

static void do_unmap(struct model *m)
{
	unsigned start, count = range(&start);

	if (vm_unmap(m->space, address_of(start), PAGES(count))) {
		fail(m, start, "unmap fails");
	}
	memset(&m->spots[start], 0, count * sizeof(m->spots[0]));
}

static void do_protect(struct model *m)
{
	unsigned start, count = range(&start), prot = random_prot(), i;
	int err = vm_protect(m->space, address_of(start), PAGES(count), prot);

	for (i = 0; i < count && m->spots[start + i].is_area; i++) {
		m->spots[start + i].prot = (uint8_t)prot;
	}
	if (err != (i < count ? -ENOMEM : 0)) {
		fail(m, start + i, "protect gives the wrong result");
	}
}

static void do_forget(struct model *m)
{
	unsigned start, count = range(&start);
	int expected = 0, err = vm_advise(m->space, address_of(start), PAGES(count), MADV_DONTNEED);

	for (unsigned i = start; i < start + count; i++) {
		struct spot *spot = &m->spots[i];

		expected = spot->is_area ? expected : -ENOMEM;
		spot->is_own = false;
		spot->word = 0;
	}
	if (err != expected) {
		fail(m, start, "advise gives the wrong result");
	}
}

/* Whether [start, start + count) looks like one area, as far as the model can tell. */
static bool is_one_area(const struct model *m, unsigned start, unsigned count)
{
	const struct spot *first = &m->spots[start];

	for (unsigned i = 0; i < count; i++) {
		const struct spot *spot = &first[i];

		if (!spot->is_area || spot->prot != first->prot ||
			spot->is_shared != first->is_shared || spot->object != first->object ||
			(spot->object && spot->index != first->index + i)) {
			return false;
		}
	}
	return true;
}

static void do_move(struct model *m)
{
	unsigned from, to, count = range(&from);
	bool is_clear;
	long result;

	to = below(SPOTS - count);
	is_clear = to / CLUMP_PAGES == (to + count - 1) / CLUMP_PAGES &&
		(to + count <= from || from + count <= to);
	if (!is_clear || !is_one_area(m, from, count)) {
		return;
	}
	result = vm_remap(m->space, address_of(from), PAGES(count), PAGES(count),
		MREMAP_MAYMOVE | MREMAP_FIXED, address_of(to));
	if (result != (long)address_of(to)) {
		fail(m, from, "remap fails");
	}
	memcpy(&m->spots[to], &m->spots[from], count * sizeof(m->spots[0]));
	memset(&m->spots[from], 0, count * sizeof(m->spots[0]));
}

static void do_fork(struct model *m)
{
	struct model *child = &models[below(SPACES)];

	if (child == m) {
		return;
	}
	if (child->space) {
		vm_space_unref(child->space);
	}
	*child = *m;
	child->space = vm_space_fork(m->space);
	if (!child->space) {
		fail(m, 0, "fork fails");
	}
}

static int expected_error(const struct spot *spot, unsigned access)
{
	if (!spot->is_area) {
		return -EFAULT;
	}
	return !spot->prot || access & (MMU_WRITE | MMU_EXEC) & ~spot->prot ? -EACCES : 0;
}

static void do_access(struct model *m, unsigned i, unsigned access)
{
	struct spot *spot = &m->spots[i];
	int expected = expected_error(spot, access),
	    err = vm_touch(m->space, address_of(i), access);

	if (err < 0 ? err != expected : expected) {
		fail(m, i, "an access gives the wrong result");
	} else if (err >= 0 && *vm_word(m->space, address_of(i)) != *word_of(spot)) {
		fail(m, i, "the contents are wrong");
	} else if (err >= 0 && access == MMU_WRITE) {
		*vm_word(m->space, address_of(i)) = step;
		write_model(spot, step);
	}
}

static void do_accesses(struct model *m)
{
	static const uint8_t accesses[] = { MMU_READ, MMU_WRITE, MMU_WRITE, MMU_EXEC };
	unsigned start, count = MIN(range(&start), 12u);

	for (unsigned i = 0; i < count; i++) {
		do_access(m, start + i, accesses[below(ARRAY_SIZE(accesses))]);
	}
}

static void do_end(struct model *m)
{
	vm_space_unref(m->space);
	memset(m, 0, sizeof(*m));
}

/* ---- comparing --------------------------------------------------------------------- */

static struct model *compared;
static unsigned spots_seen;
static vaddr_t area_end;

static void area_compare(const struct vm_area_view *area, void *arg)
{
	vaddr_t start = area->start;
	unsigned i = 0;

	if (start < area_end || start >= area->end) {
		fail(compared, 0, "A1: areas overlap or are empty");
	}
	area_end = area->end;
	while (i < SPOTS && address_of(i) != start) {
		i++;
	}
	for (; i < SPOTS && start < area_end; i++, start += PAGE_SIZE, spots_seen++) {
		const struct spot *spot = &compared->spots[i];

		if (!spot->is_area || spot->prot != area->prot ||
			spot->is_shared != !!(area->flags & VM_SHARED)) {
			fail(compared, i, "an area is not as it should be");
		}
	}
	if (start < area_end) {
		fail(compared, 0, "an area is where none should be");
	}
}

/* V2: a page that is mapped is right, and an area's that grants what the entry does. */
static void entry_compare(struct model *m, unsigned i)
{
	struct spot *spot = &m->spots[i];
	struct mmu_entry entry;

	if (!vm_entry(m->space, address_of(i), &entry)) {
		return;
	}
	if (!spot->is_area || !spot->prot || entry.prot & (MMU_WRITE | MMU_EXEC) & ~spot->prot) {
		fail(m, i, "V2: an entry grants too much");
	} else if (*(uint64_t *)pfn_to_virt(entry.pfn) != *word_of(spot)) {
		fail(m, i, "a mapped page has the wrong contents");
	} else if (entry.prot & MMU_WRITE && !spot->is_shared && page_of(entry.pfn)->refs != 1) {
		fail(m, i, "a private page is writable and has other users");
	}
}

static void compare(struct model *m)
{
	struct vm_usage usage;
	unsigned areas = 0, resident = 0;

	compared = m;
	spots_seen = 0;
	area_end = 0;
	vm_area_for_each(m->space, area_compare, NULL);
	for (unsigned i = 0; i < SPOTS; i++) {
		areas += m->spots[i].is_area;
		resident += vm_is_mapped(m->space, address_of(i));
		entry_compare(m, i);
	}
	vm_usage_get(m->space, &usage);
	if (spots_seen != areas || usage.virtual_len != PAGES(areas)) {
		fail(m, 0, "the areas' sum is wrong");
	}
	if (usage.resident_len < PAGES(resident) || usage.resident_len > usage.virtual_len) {
		fail(m, 0, "the resident pages' sum is wrong");
	}
}

/* ---- all ------------------------------------------------------------------------------ */

static void take_step(void)
{
	struct model *m = &models[below(SPACES)];
	unsigned what = below(100);

	if (!m->space) {
		m->space = vm_space_create();
		if (!m->space) {
			fail(m, 0, "create fails");
		}
		return;
	}
	if (what < 20) {
		do_map(m);
	} else if (what < 28) {
		do_unmap(m);
	} else if (what < 43) {
		do_protect(m);
	} else if (what < 48) {
		do_forget(m);
	} else if (what < 56) {
		do_move(m);
	} else if (what < 64) {
		do_fork(m);
	} else if (what < 66) {
		do_end(m);
		return;
	} else {
		do_accesses(m);
	}
	if (!has_failed) {
		compare(m);
	}
}

static void all_read(void)
{
	for (unsigned s = 0; s < SPACES; s++) {
		for (unsigned i = 0; i < SPOTS && models[s].space && !has_failed; i++) {
			do_access(&models[s], i, MMU_READ);
		}
	}
}

static void play(unsigned with)
{
	seed = with;
	state = with;
	has_failed = false;
	memset(models, 0, sizeof(models));
	memset(object_words, 0, sizeof(object_words));
	for (unsigned i = 0; i < OBJECTS; i++) {
		objects[i] = vm_object_anonymous(OBJECT_PAGES);
		KTEST_REQUIRE(objects[i]);
	}
	for (step = 1; step <= STEPS && !has_failed; step++) {
		take_step();
		if (step % 100 == 0) {
			all_read();
		}
	}
	for (unsigned s = 0; s < SPACES; s++) {
		if (models[s].space) {
			do_end(&models[s]);
		}
	}
	for (unsigned i = 0; i < OBJECTS; i++) {
		vm_object_unref(objects[i]);
	}
}

KTEST(vm_random)
{
	unsigned long before = vm_frames_before();

	if (seed_wanted) {
		play(seed_wanted);
	} else {
		for (unsigned i = 1; i <= 4; i++) {
			play(i);
		}
	}
	KTEST_EXPECT(frames_free() == before);
}
