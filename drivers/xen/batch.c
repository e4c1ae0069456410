/*
 * batch.c - the per-CPU batch: queue, merge, flush, and the panic for a refused entry.
 *
 * The queue holds elements in order. At a flush it is cut into runs of one
 * kind; a run of page-table writes becomes one mmu_update over a contiguous
 * piece of `updates`, a run of extended operations one mmuext_op, every other
 * element is a call by itself. One run is made as a plain hypercall, several
 * as one multicall.
 *
 * Buffers: `updates` and `exts` are filled in step with the elements of their
 * kind, so the piece that belongs to a run is contiguous by construction.
 *
 * What Xen says: a multicall entry that fails does not stop the later ones, so
 * every result is looked at; only `result` means anything afterwards; list
 * operations report how far they came through `done` (public xen.h).
 */
#include <drivers/xen/batch.h>
#include <drivers/xen/evtchn.h>
#include <drivers/xen/hypercall.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/option.h>
#include <kernel/panic.h>
#include <kernel/smp.h>
#include <kernel/thread.h>
#include <xen/xen.h>

enum kind { KIND_UPDATE, KIND_EXT, KIND_CALL };

struct element {
	const void *site;
	uint16_t kind;
	uint16_t index; /* into the array of its kind */
};

/* What the panic needs of a run after Xen has scribbled over the multicall. */
struct run {
	unsigned first; /* element */
	unsigned count;
	unsigned done;
};

struct batch {
	unsigned limit; /* capacity of the arrays */
	unsigned count;
	unsigned update_count, ext_count, call_count, run_count;
	struct element *elements;
	struct mmu_update *updates;
	struct mmuext_op *exts;
	struct multicall_entry *calls; /* KIND_CALL elements as they were queued */
	struct multicall_entry *runs;  /* what goes to Xen */
	struct run *run_info;
	struct batch_stats stats;
	struct batch_site *sites; /* BATCH_SITES of them */
};

/* The boot CPU batches before there is an allocator. */
#define BOOT_LIMIT BATCH_LIMIT_DEFAULT

static struct element boot_elements[BOOT_LIMIT];
static struct mmu_update boot_updates[BOOT_LIMIT];
static struct mmuext_op boot_exts[BOOT_LIMIT];
static struct multicall_entry boot_calls[BOOT_LIMIT];
static struct multicall_entry boot_runs[BOOT_LIMIT];
static struct run boot_run_info[BOOT_LIMIT];

static struct batch_site boot_sites[BATCH_SITES];

static struct batch boot_batch = {
	.limit = BOOT_LIMIT,
	.elements = boot_elements,
	.updates = boot_updates,
	.exts = boot_exts,
	.calls = boot_calls,
	.runs = boot_runs,
	.run_info = boot_run_info,
	.sites = boot_sites,
};

/* By CPU; NULL for one that was not brought up. */
static struct batch *batches[CONFIG_NR_CPUS] = { &boot_batch };

static unsigned limit_wanted = BATCH_LIMIT_DEFAULT;
OPTION_UINT(batch, "batch", limit_wanted, 1, BATCH_LIMIT_MAX,
	"most entries that wait in one hypercall batch; 1: no batching");

static const char *const why_names[BATCH_WHY_COUNT] = {
	[BATCH_FULL] = "full",
	[BATCH_COMMIT] = "commit",
	[BATCH_DEPENDS] = "depends",
	[BATCH_SWITCH] = "switch",
	[BATCH_USER] = "user",
	[BATCH_SLEEP] = "sleep",
};

const char *batch_why_name(enum batch_why why)
{
	return why < BATCH_WHY_COUNT ? why_names[why] : "?";
}

static struct batch *batch_this(void)
{
	assert_that(preempt_is_off() || !irq_is_enabled(), "B1");
	return batches[cpu_id()];
}

/* ---- statistics ------------------------------------------------------- */

/* The slot of a site in a small open hash; NULL when the table is full of others. */
static struct batch_site *site_find(struct batch *b, const void *pc)
{
	unsigned start =
		(unsigned)((uintptr_t)pc * UINT64_C(0x9e3779b97f4a7c15) >> 32) % BATCH_SITES;

	for (unsigned i = 0; i < BATCH_SITES; i++) {
		struct batch_site *site = &b->sites[(start + i) % BATCH_SITES];

		if (site->pc == pc || !site->pc) {
			site->pc = pc;
			return site;
		}
	}
	return NULL;
}

static unsigned bucket_of(unsigned size)
{
	return MIN(31u - (unsigned)__builtin_clz(size), BATCH_BUCKETS - 1u);
}

static void flush_record(struct batch *b, enum batch_why why)
{
	struct batch_site *site = site_find(b, b->elements[b->count - 1].site);

	b->stats.trips++;
	b->stats.entries += b->count;
	b->stats.flushed[why]++;
	b->stats.carried[why] += b->count;
	b->stats.sizes[bucket_of(b->count)]++;
	if (site) {
		site->flushed[why]++;
		site->sizes[bucket_of(b->count)]++;
	}
}

/* ---- refused ---------------------------------------------------------- */

static void element_print(const struct batch *b, unsigned i, const char *mark)
{
	const struct element *e = &b->elements[i];

	switch (e->kind) {
	case KIND_UPDATE:
		log_err("batch: %s%3u mmu_update %#lx := %#lx, queued by %pS", mark, i,
			(unsigned long)b->updates[e->index].ptr,
			(unsigned long)b->updates[e->index].val, e->site);
		break;
	case KIND_EXT:
		log_err("batch: %s%3u mmuext_op %u, mfn or address %#lx, queued by %pS", mark, i,
			b->exts[e->index].cmd, (unsigned long)b->exts[e->index].arg1.mfn, e->site);
		break;
	default:
		log_err("batch: %s%3u %s(%#lx, %#lx, %#lx, %#lx), queued by %pS", mark, i,
			hypercall_name((unsigned)b->calls[e->index].op),
			(unsigned long)b->calls[e->index].args[0],
			(unsigned long)b->calls[e->index].args[1],
			(unsigned long)b->calls[e->index].args[2],
			(unsigned long)b->calls[e->index].args[3], e->site);
	}
}

static void __noreturn panic_refused(const struct batch *b, unsigned culprit, long result)
{
	log_err("batch: Xen refused entry %u of %u with %ld (%s):", culprit, b->count, result,
		errno_name((int)result));
	for (unsigned i = 0; i < b->count; i++) {
		element_print(b, i, i == culprit ? "> " : "  ");
	}
	if (b->elements[culprit].kind == KIND_EXT) {
		port_explain_refusal(&b->exts[b->elements[culprit].index]);
	}
	panic("batch: refused entry, queued by %pS", b->elements[culprit].site);
}

/* A list operation stops at its culprit, so `done` counts those before it. */
static void run_check(const struct batch *b, unsigned r, long result)
{
	const struct run *run = &b->run_info[r];

	if (unlikely(result != 0)) {
		panic_refused(b, run->first + MIN(run->done, run->count - 1), result);
	}
}

/* ---- flush ------------------------------------------------------------ */

static void run_add(struct batch *b, unsigned first, unsigned count)
{
	const struct element *e = &b->elements[first];
	struct run *run = &b->run_info[b->run_count];
	struct multicall_entry *call = &b->runs[b->run_count++];

	*run = (struct run){ .first = first, .count = count };
	switch (e->kind) {
	case KIND_UPDATE:
		*call = (struct multicall_entry){ .op = __HYPERVISOR_mmu_update,
			.args = { HC_ARG(&b->updates[e->index]), count, HC_ARG(&run->done),
				DOMID_SELF } };
		break;
	case KIND_EXT:
		*call = (struct multicall_entry){ .op = __HYPERVISOR_mmuext_op,
			.args = { HC_ARG(&b->exts[e->index]), count, HC_ARG(&run->done),
				DOMID_SELF } };
		break;
	default:
		*call = b->calls[e->index];
	}
}

static void runs_build(struct batch *b)
{
	b->run_count = 0;
	for (unsigned first = 0, next; first < b->count; first = next) {
		next = first + 1;
		while (b->elements[first].kind != KIND_CALL && next < b->count &&
			b->elements[next].kind == b->elements[first].kind) {
			next++;
		}
		run_add(b, first, next - first);
	}
}

static void runs_enter(struct batch *b)
{
	struct multicall_entry *c = b->runs;
	long result;

	if (b->run_count == 1) {
		result = hypercall_count_and_enter((unsigned)c->op, c->args[0], c->args[1],
			c->args[2], c->args[3], c->args[4]);
		run_check(b, 0, result);
		return;
	}
	for (unsigned r = 0; r < b->run_count; r++) {
		hypercall_counts[cpu_id()].entries[c[r].op]++;
	}
	result = xen_multicall(c, b->run_count);
	if (result) {
		panic("batch: multicall of %u: %ld", b->run_count, result);
	}
	for (unsigned r = 0; r < b->run_count; r++) {
		run_check(b, r, (long)c[r].result);
	}
}

void batch_flush(enum batch_why why)
{
	struct batch *b = batch_this();

	if (!b->count) {
		return;
	}
	assert_that(!evtchn_is_delivering(), "B1");
	flush_record(b, why);
	runs_build(b);
	runs_enter(b);
	b->count = b->update_count = b->ext_count = b->call_count = 0;
}

unsigned batch_pending(void)
{
	return batch_this()->count;
}

/* ---- queue ------------------------------------------------------------ */

static unsigned effective_limit(const struct batch *b)
{
	return MIN(READ_ONCE(limit_wanted), b->limit);
}

static void queue_add(struct batch *b, const void *site, enum kind kind, unsigned index)
{
	struct batch_site *s = site_find(b, site);

	b->elements[b->count++] =
		(struct element){ .site = site, .kind = (uint16_t)kind, .index = (uint16_t)index };
	if (s) {
		s->entries++;
	} else {
		b->stats.sites_lost++;
	}
	if (b->count >= effective_limit(b)) {
		batch_flush(BATCH_FULL);
	}
}

void batch_mmu_update(const void *site, uint64_t machine, uint64_t value)
{
	struct batch *b = batch_this();

	b->updates[b->update_count] = (struct mmu_update){ .ptr = machine, .val = value };
	queue_add(b, site, KIND_UPDATE, b->update_count++);
}

void batch_mmuext(const void *site, const struct mmuext_op *op)
{
	struct batch *b = batch_this();

	b->exts[b->ext_count] = *op;
	queue_add(b, site, KIND_EXT, b->ext_count++);
}

void batch_call(const void *site, unsigned nr, unsigned long a1, unsigned long a2, unsigned long a3,
	unsigned long a4, unsigned long a5)
{
	struct batch *b = batch_this();

	b->calls[b->call_count] =
		(struct multicall_entry){ .op = nr, .args = { a1, a2, a3, a4, a5 } };
	queue_add(b, site, KIND_CALL, b->call_count++);
}

/* ---- knob and statistics ---------------------------------------------- */

/* New arrays for `limit` elements in one block; the old ones stay when memory is out. */
static int batch_resize(struct batch *b, unsigned limit)
{
	size_t call_size = limit * sizeof(struct multicall_entry);
	size_t size = 2 * call_size +
		limit *
			(sizeof(struct mmu_update) + sizeof(struct mmuext_op) +
				sizeof(struct element) + sizeof(struct run));
	char *p = heap_alloc(size);
	void *old = b->calls == boot_calls ? NULL : b->calls;
	irq_state_t irq;

	if (!p) {
		return -ENOMEM;
	}
	irq = irq_save();
	batch_flush(BATCH_DEPENDS);
	b->calls = (void *)p, p += call_size;
	b->runs = (void *)p, p += call_size;
	b->updates = (void *)p, p += limit * sizeof(*b->updates);
	b->exts = (void *)p, p += limit * sizeof(*b->exts);
	b->elements = (void *)p, p += limit * sizeof(*b->elements);
	b->run_info = (void *)p;
	b->limit = limit;
	irq_restore(irq);
	heap_free(old);
	return 0;
}

/* Each CPU's arrays change on that CPU: nobody else knows when it is not using them. */
static int batch_resize_all(unsigned limit)
{
	struct thread *self = thread_current();
	uint64_t allowed = self ? self->allowed : 0;
	int err = 0;

	for (uint64_t set = smp_running(); set && !err; set &= set - 1) {
		unsigned cpu = (unsigned)__builtin_ctzll(set);

		if (batches[cpu]->limit >= limit) {
			continue;
		}
		if (cpu_count > 1) {
			err = thread_affinity_set(self, cpu_bit(cpu));
		}
		err = err ? err : batch_resize(batches[cpu], limit);
	}
	if (cpu_count > 1 && thread_affinity_set(self, allowed)) {
		return -EINVAL; /* what it was allowed it still is */
	}
	return err;
}

int batch_limit_set(unsigned limit)
{
	if (limit < 1 || limit > BATCH_LIMIT_MAX) {
		return -EINVAL;
	}
	if (batch_resize_all(limit)) {
		return -ENOMEM;
	}
	WRITE_ONCE(limit_wanted, limit);
	return 0;
}

int batch_cpu_init(unsigned cpu)
{
	struct batch *b = heap_alloc(sizeof(*b)); /* zeroed */

	if (!b) {
		return -ENOMEM;
	}
	b->sites = heap_alloc(BATCH_SITES * sizeof(b->sites[0]));
	if (!b->sites || batch_resize(b, MAX(limit_wanted, BOOT_LIMIT))) {
		heap_free(b->sites);
		heap_free(b);
		return -ENOMEM;
	}
	batches[cpu] = b;
	return 0;
}

unsigned batch_limit(void)
{
	return effective_limit(batches[cpu_id()]);
}

void batch_init(void)
{
	if (batch_limit_set(limit_wanted)) {
		log_warn("batch: no memory for a limit of %u, it stays %u", limit_wanted,
			BOOT_LIMIT);
	}
}

void batch_stats_sum(struct batch_stats *sum)
{
	*sum = (struct batch_stats){ 0 };
	for (unsigned cpu = 0; cpu < CONFIG_NR_CPUS; cpu++) {
		const struct batch_stats *s;

		if (!batches[cpu]) {
			continue;
		}
		s = &batches[cpu]->stats;
		sum->trips += s->trips;
		sum->entries += s->entries;
		sum->sites_lost += s->sites_lost;
		for (unsigned i = 0; i < BATCH_WHY_COUNT; i++) {
			sum->flushed[i] += s->flushed[i];
			sum->carried[i] += s->carried[i];
		}
		for (unsigned i = 0; i < BATCH_BUCKETS; i++) {
			sum->sizes[i] += s->sizes[i];
		}
	}
}

void batch_site_for_each(void (*each)(const struct batch_site *site, void *arg), void *arg)
{
	for (unsigned cpu = 0; cpu < CONFIG_NR_CPUS; cpu++) {
		for (unsigned i = 0; batches[cpu] && i < BATCH_SITES; i++) {
			if (batches[cpu]->sites[i].pc) {
				each(&batches[cpu]->sites[i], arg);
			}
		}
	}
}
