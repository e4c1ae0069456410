/*
 * memory_model.h - what an arena of pages should be: memory_random.c's model.
 *
 * A page is private memory, a private view of an object (a copy from its first write on) or a shared
 * one. Two words of each page are known, the first and the last. An area is what one mmap() made, less what later steps
 * cut: a cut stays, though a system may have merged what lies on both sides.
 */
#ifndef TESTS_MEMORY_MODEL_H
#define TESTS_MEMORY_MODEL_H

#include "oracle.h"

#include <stdint.h>
#include <sys/mman.h>

#define PAGE	     4096ul
#define ARENA	     96 /* pages */
#define RANGE_MAX    24
#define OBJECT_PAGES 16
#define FILES	     2 /* objects 0 and 1 are files, the others are memory */
#define OBJECTS	     4

#define FAULT(signal, code) ((signal)*100 + (code))
#define FAULT_NOTHING	    FAULT(11, 1) /* SIGSEGV: no area */
#define FAULT_RIGHTS	    FAULT(11, 2) /* SIGSEGV: its rights */
#define FAULT_END	    FAULT(7, 2)	 /* SIGBUS: past the object's end */

struct page {
	enum { NOTHING, ANONYMOUS, PRIVATE, SHARED } kind;
	int prot;
	int object, index;
	bool is_copied; /* PRIVATE: the words are its own */
	bool is_cut;	/* an area begins here, as far as is known */
	bool is_not_forked, is_wiped;
	uint32_t words[2];
};

struct world {
	unsigned seed;
	uint32_t random, sum;
	int id, depth, step;
	bool is_real;  /* else it is only reckoned what another process does */
	bool is_quiet; /* another process looks at the objects meanwhile */
	struct page pages[ARENA];
	uint32_t objects[OBJECTS][OBJECT_PAGES][2];
};

/* Less than `limit`. Marsaglia's xorshift of 32 bits. */
static uint32_t pick(struct world *w, uint32_t limit)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 17;
	w->random ^= w->random << 5;
	return w->random % limit;
}

static void cut(struct world *w, int page)
{
	if (page < ARENA) {
		w->pages[page].is_cut = true;
	}
}

static bool is_free(const struct world *w, int from, int to)
{
	for (int i = from; i < to; i++) {
		if (i >= ARENA || w->pages[i].kind != NOTHING) {
			return false;
		}
	}
	return true;
}

static bool is_one_area(const struct world *w, int from, int to)
{
	for (int i = from; i < to; i++) {
		if (w->pages[i].kind == NOTHING || (i > from && w->pages[i].is_cut)) {
			return false;
		}
	}
	return true;
}

/* ---- contents -------------------------------------------------------------------------------- */

static long model_fault(const struct world *w, int page, bool is_write)
{
	const struct page *p = &w->pages[page];

	if (p->kind == NOTHING) {
		return FAULT_NOTHING;
	}
	if (is_write ? !(p->prot & PROT_WRITE) : !p->prot) {
		return FAULT_RIGHTS;
	}
	return p->kind != ANONYMOUS && !p->is_copied && p->index >= OBJECT_PAGES ? FAULT_END : 0;
}

static uint32_t model_word(const struct world *w, int page, int word)
{
	const struct page *p = &w->pages[page];

	return p->kind == ANONYMOUS || p->is_copied ? p->words[word]
						    : w->objects[p->object][p->index][word];
}

static void copy(const struct world *w, struct page *p)
{
	if (p->kind == PRIVATE && !p->is_copied) {
		memcpy(p->words, w->objects[p->object][p->index], sizeof(p->words));
		p->is_copied = true;
	}
}

static void model_write(struct world *w, int page, int word, uint32_t value)
{
	struct page *p = &w->pages[page];

	if (p->kind == SHARED) {
		w->objects[p->object][p->index][word] = value;
		return;
	}
	copy(w, p);
	p->words[word] = value;
}

static void forget(struct page *p)
{
	p->is_copied = false;
	memset(p->words, 0, sizeof(p->words));
}

/* ---- mappings: [from, to) ---------------------------------------------------------------------- */

static void model_unmap(struct world *w, int from, int to)
{
	memset(&w->pages[from], 0, (size_t)(to - from) * sizeof(w->pages[0]));
	cut(w, to);
}

static void model_map(struct world *w, int from, int to, const struct page *like)
{
	model_unmap(w, from, to);
	for (int i = from; i < to; i++) {
		w->pages[i] = *like;
		w->pages[i].index += i - from;
	}
	cut(w, from);
}

/* MAP_POPULATE is as good as a write, where one may be. */
static void model_populate(struct world *w, int from, int to)
{
	for (int i = from; i < to; i++) {
		if (!model_fault(w, i, true)) {
			copy(w, &w->pages[i]);
		}
	}
}

/* Up to the first hole. */
static long model_protect(struct world *w, int from, int to, int prot)
{
	cut(w, from);
	cut(w, to);
	for (int i = from; i < to; i++) {
		if (w->pages[i].kind == NOTHING) {
			cut(w, i);
			return ENOMEM;
		}
		w->pages[i].prot = prot;
	}
	return 0;
}

/* What the children get can be said of what is there only, and zeroes of private memory. */
static bool model_may_advise(const struct world *w, int from, int to, int advice)
{
	bool is_of_memory = advice == MADV_WIPEONFORK || advice == MADV_KEEPONFORK;

	for (int i = from; i < to && advice != MADV_DONTNEED; i++) {
		if (w->pages[i].kind == NOTHING ||
			(is_of_memory && w->pages[i].kind != ANONYMOUS)) {
			return false;
		}
	}
	return true;
}

static long model_advise(struct world *w, int from, int to, int advice)
{
	long result = 0;

	if (advice != MADV_DONTNEED) {
		cut(w, from);
		cut(w, to);
	}
	for (int i = from; i < to; i++) {
		struct page *p = &w->pages[i];

		if (p->kind == NOTHING) {
			result = ENOMEM;
			continue;
		}
		if (advice == MADV_DONTNEED) {
			forget(p);
		} else if (advice == MADV_DONTFORK || advice == MADV_DOFORK) {
			p->is_not_forked = advice == MADV_DONTFORK;
		} else {
			p->is_wiped = advice == MADV_WIPEONFORK;
		}
	}
	return result;
}

/* Of an area's pages [from, to) the first `count`, and what comes behind if there are fewer. */
static void grown(const struct world *w, int from, int to, struct page *pages, int count)
{
	for (int i = 0; i < count; i++) {
		if (from + i < to) {
			pages[i] = w->pages[from + i];
		} else {
			pages[i] = w->pages[from];
			pages[i].index += i;
			pages[i].is_cut = false;
			forget(&pages[i]);
		}
	}
}

static void model_resize(struct world *w, int from, int to, int count)
{
	struct page pages[RANGE_MAX];

	grown(w, from, to, pages, count);
	model_unmap(w, from, to);
	memcpy(&w->pages[from], pages, (size_t)count * sizeof(pages[0]));
	cut(w, from + count);
}

static void model_move(struct world *w, int from, int to, int where, int count, bool keep)
{
	struct page pages[RANGE_MAX];

	grown(w, from, to, pages, count);
	if (keep) {
		model_advise(w, from, to, MADV_DONTNEED);
		cut(w, from);
		cut(w, to);
	} else {
		model_unmap(w, from, to);
	}
	model_unmap(w, where, where + count);
	memcpy(&w->pages[where], pages, (size_t)count * sizeof(pages[0]));
	cut(w, where);
	cut(w, where + count);
}

static void model_fork(struct world *child)
{
	for (int i = 0; i < ARENA; i++) {
		struct page *p = &child->pages[i];

		if (p->is_not_forked) {
			model_unmap(child, i, i + 1);
		} else if (p->is_wiped) {
			forget(p);
		}
	}
}

#endif
