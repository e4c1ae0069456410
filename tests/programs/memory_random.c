/*
 * memory_random.c - mappings at random, checked against a model of what they should be.
 *
 * An arena of pages is mapped, unmapped, protected, moved, advised, forked, touched by the program
 * and by the kernel on its behalf; a model (memory_model.h) says what each step must give and what every page must hold.
 * All is decided by the seed, so a child's steps can be reckoned by its parent too: what the child
 * did to memory that both share, and how it must end, is known without a word between them.
 *
 *     memory_random [SEED [STEPS]]        else some seeds; what is wrong is told with its seed and step
 *
 * Moves are asked for only within what certainly is one area: what two systems merge is their own affair.
 */
#include "memory_arena.h"

#define STEPS	   600
#define SEEDS	   3
#define LOOK_EVERY 50
#define DEPTH_MAX  3

/* What was expected must have happened; it is part of the sum either way. */
static void check(struct world *w, const char *what, long expected, long happened)
{
	w->sum = (w->sum ^ (uint32_t)happened) * 16777619u;
	if (expected != happened) {
		printf("seed %u, process %d, step %d: %s: %ld, should be %ld\n", w->seed, w->id,
			w->step, what, happened, expected);
		fflush(stdout);
		_exit(99);
	}
}

static long error_of(long result)
{
	return result == -1 ? errno : 0;
}

/* ---- steps that change mappings: [from, to) -------------------------------------------------- */

static void step_map(struct world *w, int from, int to)
{
	static const int kinds[] = { ANONYMOUS, ANONYMOUS, PRIVATE, SHARED };
	struct page model = { .kind = kinds[pick(w, 4)],
		.prot = (int)pick(w, 4),
		.object = (int)pick(w, FILES),
		.index = (int)pick(w, OBJECT_PAGES) };
	int flags = model.kind == ANONYMOUS ? MAP_ANONYMOUS | MAP_PRIVATE
		: model.kind == PRIVATE	    ? MAP_PRIVATE
					    : MAP_SHARED;
	bool may_replace = pick(w, 4), is_populated = !pick(w, 4);
	long expected = may_replace || is_free(w, from, to) ? 0 : EEXIST, happened = expected;

	flags |=
		(may_replace ? MAP_FIXED : MAP_FIXED_NOREPLACE) | (is_populated ? MAP_POPULATE : 0);
	if (w->is_real) {
		void *got = mmap(at(from), (size_t)(to - from) * PAGE, model.prot, flags,
			model.kind == ANONYMOUS ? -1 : files[model.object],
			(off_t)model.index * (off_t)PAGE);

		happened = got == MAP_FAILED ? errno : got == at(from) ? 0 : -1;
	}
	check(w, "mmap", expected, happened);
	if (!expected) {
		model_map(w, from, to, &model);
		if (is_populated) {
			model_populate(w, from, to);
		}
	}
}

/* Memory of no file is there from the beginning; mremap() of nothing shows it once more. */
static void step_map_again(struct world *w, int from, int to)
{
	struct page model = { .kind = SHARED,
		.prot = PROT_READ | PROT_WRITE,
		.object = FILES + (int)pick(w, OBJECTS - FILES),
		.index = (int)pick(w, OBJECT_PAGES) };

	if (w->is_real) {
		void *got = mremap(anonymous[model.object] + (long)model.index * PAGE, 0,
			(size_t)(to - from) * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at(from));

		check(w, "mremap of nothing", 0, got == at(from) ? 0 : errno);
	} else {
		check(w, "mremap of nothing", 0, 0);
	}
	model_map(w, from, to, &model);
}

static void step_unmap(struct world *w, int from, int to)
{
	check(w, "munmap", 0,
		w->is_real ? error_of(munmap(at(from), (size_t)(to - from) * PAGE)) : 0);
	model_unmap(w, from, to);
}

static void step_protect(struct world *w, int from, int to)
{
	int prot = (int)pick(w, 4);
	long expected = model_protect(w, from, to, prot);

	check(w, "mprotect", expected,
		w->is_real ? error_of(mprotect(at(from), (size_t)(to - from) * PAGE, prot))
			   : expected);
}

static void step_advise(struct world *w, int from, int to)
{
	static const int advices[] = { MADV_DONTNEED, MADV_DONTNEED, MADV_DONTNEED, MADV_DONTFORK,
		MADV_DOFORK, MADV_WIPEONFORK, MADV_KEEPONFORK };
	int advice = advices[pick(w, sizeof(advices) / sizeof(advices[0]))];
	long expected;

	if (!model_may_advise(w, from, to, advice)) {
		return;
	}
	expected = model_advise(w, from, to, advice);
	check(w, "madvise", expected,
		w->is_real ? error_of(madvise(at(from), (size_t)(to - from) * PAGE, advice))
			   : expected);
}

static void remap(struct world *w, int from, int to, int count, int flags, int where, long expected)
{
	bool is_moved = flags & MREMAP_FIXED;
	long happened = expected;

	if (w->is_real) {
		void *got = mremap(at(from), (size_t)(to - from) * PAGE, (size_t)count * PAGE,
			flags, at(where));

		happened = got == MAP_FAILED ? errno : got == at(is_moved ? where : from) ? 0 : -1;
	}
	check(w, "mremap", expected, happened);
}

static void step_move(struct world *w, int from, int to)
{
	int count = pick(w, 2) ? to - from : 1 + (int)pick(w, RANGE_MAX);
	int where = (int)pick(w, ARENA - RANGE_MAX);
	bool keep = !pick(w, 4) && w->pages[from].kind == ANONYMOUS;

	if (keep) {
		count = to - from;
	}
	if (!is_one_area(w, from, to) || (where < to && from < where + count)) {
		return;
	}
	remap(w, from, to, count, MREMAP_MAYMOVE | MREMAP_FIXED | (keep ? MREMAP_DONTUNMAP : 0),
		where, 0);
	model_move(w, from, to, where, count, keep);
}

static void step_resize(struct world *w, int from, int to)
{
	int count = 1 + (int)pick(w, RANGE_MAX);
	bool has_room = from + count <= to || is_free(w, to, from + count);

	if (!is_one_area(w, from, to) || from + count > ARENA) {
		return;
	}
	remap(w, from, to, count, 0, from, has_room ? 0 : ENOMEM);
	if (has_room) {
		model_resize(w, from, to, count);
	}
}

/* ---- steps that look at pages and change them -------------------------------------------------- */

static void touch(struct world *w, int page, int word, bool is_write)
{
	uint32_t value = pick(w, 1u << 30), wanted = value;
	long expected, happened;

	if (is_write && w->is_quiet && w->pages[page].kind == SHARED) {
		return;
	}
	expected = model_fault(w, page, is_write);
	if (!is_write && !expected) {
		wanted = model_word(w, page, word);
	}
	happened = w->is_real ? access_word(page, word, is_write, &value) : expected;
	check(w, is_write ? "writing" : "reading", expected, happened);
	check(w, "the word", (long)wanted, (long)(w->is_real && !expected ? value : wanted));
	if (is_write && !expected) {
		model_write(w, page, word, value);
	}
}

static void step_touch(struct world *w, int from, int to)
{
	int word = (int)pick(w, 2);
	bool is_write = pick(w, 3);

	for (int page = from; page < to; page++) {
		touch(w, page, word, is_write);
	}
}

/* The kernel reads it (a write to a file) or writes it (a read). */
static void step_kernel(struct world *w, int from, int to)
{
	int word = (int)pick(w, 2);
	bool is_write = pick(w, 2);
	uint32_t value = pick(w, 1u << 30), was;
	off_t place = 8 * w->id;
	long expected = model_fault(w, from, is_write) ? EFAULT : 0, happened = expected;

	if (is_write && w->is_quiet && w->pages[from].kind == SHARED) {
		return;
	}
	if (w->is_real && is_write) {
		pwrite(scratch, &value, sizeof(value), place);
		happened = error_of(pread(scratch, word_at(from, word), sizeof(value), place));
	} else if (w->is_real) {
		happened = error_of(pwrite(scratch, word_at(from, word), sizeof(value), place));
	}
	check(w, is_write ? "the kernel's writing" : "the kernel's reading", expected, happened);
	if (!expected && is_write) {
		model_write(w, from, word, value);
	} else if (!expected) {
		was = value = model_word(w, from, word);
		if (w->is_real) {
			pread(scratch, &was, sizeof(was), place);
		}
		check(w, "what the kernel read", (long)value, (long)was);
	}
}

static void step_file(struct world *w, int from, int to)
{
	int object = (int)pick(w, FILES), index = (int)pick(w, OBJECT_PAGES),
	    word = (int)pick(w, 2);
	uint32_t value = pick(w, 1u << 30), *known = &w->objects[object][index][word], was = *known;
	off_t offset = index * (off_t)PAGE + (word ? (off_t)(PAGE - sizeof(value)) : 0);

	if (w->is_real) {
		pread(files[object], &was, sizeof(was), offset);
	}
	check(w, "the file", (long)*known, (long)was);
	if (!w->is_quiet) {
		*known = value;
		if (w->is_real) {
			pwrite(files[object], &value, sizeof(value), offset);
		}
	}
}

static void look(struct world *w)
{
	for (int page = 0; page < ARENA; page++) {
		/* One page that cannot be read is as good as the next, and takes longer than all that can. */
		if (!model_fault(w, page, false) || !pick(w, 8)) {
			touch(w, page, page & 1, false);
		}
	}
}

/* ---- children --------------------------------------------------------------------------------- */

static void run(struct world *w, int steps);

/* How a child ends, as wait4() tells it: by itself, by a fault, by SIGKILL. */
static int end_of(struct world *w)
{
	switch (pick(w, 4)) {
	case 0:
		return SIGSEGV;
	case 1:
		return SIGKILL;
	default:
		return (int)(w->sum & 63) << 8;
	}
}

static void end_as(int status)
{
	if (status == SIGSEGV) {
		signal(SIGSEGV, SIG_DFL);
		*(volatile char *)oracle_pointer(8) = 1;
	}
	if (status == SIGKILL) {
		kill(getpid(), SIGKILL);
	}
	_exit(status >> 8);
}

/* What the parent does meanwhile: both leave alone what they share. */
static void run_together(struct world *w, int steps)
{
	struct world was = *w;

	w->is_quiet = true;
	w->id = 2 * w->id + 2;
	w->depth++;
	run(w, steps);
	w->is_quiet = was.is_quiet;
	w->id = was.id;
	w->depth = was.depth;
}

static void step_fork(struct world *w)
{
	struct world child = *w;
	int steps = 10 + (int)pick(w, 40), status, got;
	bool are_together = pick(w, 2);
	pid_t pid = 1;

	if (w->depth == DEPTH_MAX) {
		return;
	}
	child.depth++;
	child.id = 2 * w->id + 1;
	child.random ^= 0x5a5a5a5a;
	child.is_quiet |= are_together;
	model_fork(&child);
	if (w->is_real) {
		pid = fork();
	}
	check(w, "fork", 0, pid < 0 ? errno : 0);
	child.is_real = !pid;
	run(&child, steps);
	got = status = end_of(&child);
	if (!pid) {
		end_as(status);
	}
	if (are_together) {
		run_together(w, steps);
	}
	if (w->is_real) {
		waitpid(pid, &got, 0);
		got &= ~0x80; /* a core was dumped, or not */
	}
	check(w, "the child's end", status, got);
	if (!are_together) {
		memcpy(w->objects, child.objects, sizeof(w->objects));
	}
	look(w);
}

/* ---- */

static void step(struct world *w)
{
	static void (*const steps[])(struct world *, int, int) = { step_map, step_map, step_map,
		step_map_again, step_unmap, step_protect, step_protect, step_advise, step_move,
		step_move, step_resize, step_touch, step_touch, step_touch, step_touch, step_kernel,
		step_kernel, step_file };
	int from = (int)pick(w, ARENA), count = 1 + (int)pick(w, pick(w, 4) ? 5 : RANGE_MAX);

	w->step++;
	if (!pick(w, 40)) {
		step_fork(w);
	} else {
		steps[pick(w, sizeof(steps) / sizeof(steps[0]))](
			w, from, from + count < ARENA ? from + count : ARENA);
	}
}

static void run(struct world *w, int steps)
{
	for (int i = 1; i <= steps; i++) {
		step(w);
		if (i % LOOK_EVERY == 0) {
			look(w);
		}
	}
	look(w);
}

static void one_seed(unsigned seed, int steps)
{
	static struct world w;

	w = (struct world){ .seed = seed, .random = seed * 2654435761u | 1, .is_real = true };
	run(&w, steps);
	printf("seed %u: %d steps, sum %08x\n", seed, steps, w.sum);
	fflush(stdout);
}

/* Each seed in a process of its own, with an arena of its own. */
int main(int argc, char **argv)
{
	unsigned first = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 0) : 1;
	unsigned last = argc > 1 ? first : SEEDS;
	int steps = argc > 2 ? atoi(argv[2]) : STEPS, status;

	for (unsigned seed = first; seed <= last; seed++) {
		pid_t pid = fork();

		if (!pid) {
			prepare();
			one_seed(seed, steps);
			_exit(0);
		}
		waitpid(pid, &status, 0);
		if (status) {
			show_end("its process", status);
			return 1;
		}
	}
	return 0;
}
