/*
 * grant.c - the grant table, version 1: references, growth, deferred ends (public grant_table.h).
 *
 * Beside each entry, which Xen sees, stands a note of ours: the next free or
 * deferred reference, and the page to free at the end.
 *
 * Invariants:
 *   G1  An entry's domid and frame are written before the flags that make it
 *       valid, and the flags are 0 before the reference is free.
 *   G2  A reference is in exactly one state: free (on the free list, flags 0), in use,
 *       or deferred (on the deferred list, ended by its owner but not yet by Xen).
 *   G3  A page handed to grant_end() is freed only after its entry's flags are 0.
 *   G4  Growth maps memory, so it is a thread's business, under grow_lock; `table_lock`
 *       guards the lists and is taken within it.
 */
#include <arch/plain.h>
#include <drivers/xen/grant.h>
#include <drivers/xen/hypercall.h>
#include <drivers/xen/platform.h>
#include <arch/clock.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/option.h>
#include <kernel/panic.h>
#include <kernel/thread.h>
#include <xen/grant_table.h>

#define REFS_PER_FRAME (PAGE_SIZE / sizeof(struct grant_entry_v1))
#define LIST_END       ~0u
#define NOTE_IN_USE    (~0u - 1)
#define RESERVE_LOW    64u /* fewer free references than this: the thread grows the table */
#define RETRY_TIME     (500 * NSEC_PER_MSEC)
#define SAY_AGAIN_TIME (10 * NSEC_PER_SEC)

struct note {
	uint32_t next; /* reference, LIST_END, or NOTE_IN_USE */
	struct page *page;
};

static unsigned limit_wanted = GRANT_FRAMES_MAX;
OPTION_UINT(grant_frames, "grant_frames", limit_wanted, 1, GRANT_FRAMES_MAX,
	"most pages of grant table, 512 grants each");

static struct mutex grow_lock = MUTEX_INIT(grow_lock, "grant growth");
static unsigned frames_max; /* what Xen allows, 0: no grants */

static struct spinlock table_lock = SPINLOCK_INIT("grant");
static struct grant_entry_v1 *entries[GRANT_FRAMES_MAX];
static struct note *notes[GRANT_FRAMES_MAX];
static unsigned frame_count;
static uint32_t free_first = LIST_END, deferred_first = LIST_END;
static unsigned free_count, deferred_count;
static unsigned long full_count;

static struct wait_queue work = WAIT_QUEUE_INIT(work); /* for the thread */

static struct grant_entry_v1 *entry_of(gref_t ref)
{
	return &entries[ref.n / REFS_PER_FRAME][ref.n % REFS_PER_FRAME];
}

static struct note *note_of(uint32_t n)
{
	return &notes[n / REFS_PER_FRAME][n % REFS_PER_FRAME];
}

/* ---- lists, table_lock held ------------------------------------------- */

static void free_push(uint32_t n)
{
	note_of(n)->next = free_first;
	free_first = n;
	free_count++;
}

static bool free_pop(gref_t *ref)
{
	if (free_first == LIST_END) {
		return false;
	}
	ref->n = free_first;
	free_first = note_of(ref->n)->next;
	note_of(ref->n)->next = NOTE_IN_USE;
	free_count--;
	return true;
}

static void assert_in_use(gref_t ref)
{
	if (ref.n / REFS_PER_FRAME >= frame_count || note_of(ref.n)->next != NOTE_IN_USE) {
		panic("grant: reference %u is not in use", ref.n);
	}
}

/* G1. False when Xen says that the other side still uses it. */
static bool entry_clear(gref_t ref)
{
	uint16_t *flags = &entry_of(ref)->flags;
	uint16_t old = __atomic_load_n(flags, __ATOMIC_ACQUIRE);

	do {
		if (old & (GTF_reading | GTF_writing)) {
			return false;
		}
	} while (!__atomic_compare_exchange_n(
		flags, &old, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE));
	return true;
}

/* ---- growth ----------------------------------------------------------- */

static unsigned limit_now(void)
{
	return MIN(MIN(frames_max, READ_ONCE(limit_wanted)), GRANT_FRAMES_MAX);
}

static void frame_publish(struct grant_entry_v1 *frame, struct note *frame_notes)
{
	irq_state_t irq = spin_lock_irqsave(&table_lock);
	uint32_t first = frame_count * REFS_PER_FRAME;

	entries[frame_count] = frame;
	notes[frame_count] = frame_notes;
	frame_count++;
	for (uint32_t n = first + REFS_PER_FRAME; n-- > first;) {
		if (n >= GNTTAB_NR_RESERVED_ENTRIES) {
			free_push(n);
		}
	}
	spin_unlock_irqrestore(&table_lock, irq);
}

/* grow_lock held. */
static int grow(void)
{
	struct note *frame_notes;
	void *frame;
	int err;

	if (frame_count >= limit_now()) {
		return -ENOSPC;
	}
	frame_notes = heap_alloc(REFS_PER_FRAME * sizeof(*frame_notes));
	if (!frame_notes) {
		return -ENOMEM;
	}
	err = port_grant_frame_map(frame_count, &frame);
	if (err) {
		heap_free(frame_notes);
		return err;
	}
	frame_publish(frame, frame_notes);
	return 0;
}

/* Until `count` references are free. */
static int grow_to(unsigned count)
{
	int err = 0;

	mutex_lock(&grow_lock);
	while (!err && READ_ONCE(free_count) < count) {
		err = grow();
	}
	mutex_unlock(&grow_lock);
	return err;
}

int grant_reserve(unsigned count)
{
	return grow_to(count) ? -ENOSPC : 0;
}

unsigned grant_limit_set(unsigned frames)
{
	return __atomic_exchange_n(&limit_wanted, frames, __ATOMIC_RELAXED);
}

/* ---- granting --------------------------------------------------------- */

static void full_report(void)
{
	static nsec_t last;
	nsec_t now = clock_now();

	__atomic_fetch_add(&full_count, 1, __ATOMIC_RELAXED);
	if (last == 0 || now - last > SAY_AGAIN_TIME) {
		last = now;
		log_warn("grant: the table is full: %u pages of at most %u, %u ends deferred",
			frame_count, limit_now(), deferred_count);
	}
}

static bool take(gref_t *ref)
{
	irq_state_t irq = spin_lock_irqsave(&table_lock);
	bool found = free_pop(ref);
	bool is_low = free_count < RESERVE_LOW && frame_count < limit_now();

	spin_unlock_irqrestore(&table_lock, irq);
	if (is_low) {
		wait_wake_all(&work);
	}
	return found;
}

static bool may_sleep(void)
{
	return irq_is_enabled() && !preempt_is_off();
}

int grant_access(domid_t domid, pfn_t frame, bool is_readonly, gref_t *ref)
{
	struct grant_entry_v1 *entry;

	while (!take(ref)) {
		if (!may_sleep() || grow_to(1)) {
			full_report();
			return -ENOSPC;
		}
	}
	plain_count(PLAIN_GRANT);
	entry = entry_of(*ref);
	entry->domid = domid;
	entry->frame = (uint32_t)pfn_to_gfn(frame).n;
	__atomic_store_n(&entry->flags, GTF_permit_access | (is_readonly ? GTF_readonly : 0),
		__ATOMIC_RELEASE); /* G1 */
	return 0;
}

int grant_try_end(gref_t ref)
{
	irq_state_t irq = spin_lock_irqsave(&table_lock);
	bool is_ended;

	assert_in_use(ref);
	is_ended = entry_clear(ref);
	if (is_ended) {
		plain_count(PLAIN_GRANT);
		free_push(ref.n);
	}
	spin_unlock_irqrestore(&table_lock, irq);
	return is_ended ? 0 : -EBUSY;
}

static void defer(gref_t ref, struct page *page)
{
	irq_state_t irq = spin_lock_irqsave(&table_lock);
	struct note *note = note_of(ref.n);

	note->page = page;
	note->next = deferred_first;
	deferred_first = ref.n;
	deferred_count++;
	spin_unlock_irqrestore(&table_lock, irq);
	wait_wake_all(&work);
}

void grant_end(gref_t ref, struct page *page)
{
	if (grant_try_end(ref)) {
		defer(ref, page);
	} else if (page) {
		page_free(page, 0);
	}
}

int grant_status_errno(int status)
{
	switch (status) {
	case GNTST_okay:
		return 0;
	case GNTST_eagain:
		return -EAGAIN;
	case GNTST_no_space:
	case GNTST_no_device_space:
		return -ENOSPC;
	case GNTST_permission_denied:
		return -EPERM;
	case GNTST_bad_domain:
		return -ESRCH;
	default:
		return -EINVAL;
	}
}

/* ---- deferred ends ---------------------------------------------------- */

/* Take the list, try each, put back what is still in use. */
static void deferred_retry(void)
{
	irq_state_t irq = spin_lock_irqsave(&table_lock);
	uint32_t n = deferred_first, next;

	deferred_first = LIST_END;
	for (; n != LIST_END; n = next) {
		struct note *note = note_of(n);

		next = note->next;
		if (!entry_clear((gref_t){ n })) {
			note->next = deferred_first;
			deferred_first = n;
			continue;
		}
		if (note->page) {
			page_free(note->page, 0); /* G3 */
		}
		note->page = NULL;
		deferred_count--;
		free_push(n);
	}
	spin_unlock_irqrestore(&table_lock, irq);
}

static bool wants_growth(void)
{
	return READ_ONCE(free_count) < RESERVE_LOW && READ_ONCE(frame_count) < limit_now();
}

static void grant_thread(void *arg)
{
	for (;;) {
		wait_until(&work, READ_ONCE(deferred_count) || wants_growth(), WAIT_FOREVER);
		if (wants_growth() && grow_to(RESERVE_LOW)) {
			thread_sleep(RETRY_TIME);
		}
		if (READ_ONCE(deferred_count)) {
			deferred_retry();
		}
		if (READ_ONCE(deferred_count)) {
			thread_sleep(RETRY_TIME);
		}
	}
}

void grant_start(void)
{
	int err = thread_create(NULL, "grants", grant_thread, NULL);

	if (err) {
		log_err("grant: no thread (%s): what is still in use at its end stays so",
			errno_name(err));
	}
}

/* ---- boot and statistics ---------------------------------------------- */

void grant_stats_get(struct grant_stats *stats)
{
	irq_state_t irq = spin_lock_irqsave(&table_lock);
	unsigned all = frame_count * REFS_PER_FRAME;

	*stats = (struct grant_stats){
		.frames = frame_count,
		.frames_max = limit_now(),
		.free = free_count,
		.deferred = deferred_count,
		.in_use = all ? all - GNTTAB_NR_RESERVED_ENTRIES - free_count - deferred_count : 0,
		.full = full_count,
	};
	spin_unlock_irqrestore(&table_lock, irq);
}

/* 0 or Xen's negative errno. */
static long frames_max_ask(int *status)
{
	struct gnttab_query_size query = { .dom = DOMID_SELF };
	long err = xen_grant_table_op(GNTTABOP_query_size, &query, 1);

	*status = query.status;
	frames_max = err || query.status != GNTST_okay ? 0 : query.max_nr_frames;
	return err;
}

int grant_resume(void)
{
	int status, err = 0;

	if (!frame_count) {
		return 0;
	}
	(void)frames_max_ask(&status);
	for (unsigned i = 0; !err && i < frame_count; i++) {
		err = port_grant_frame_resume(i, entries[i]);
	}
	return err;
}

void grant_init(void)
{
	int status;
	long err = frames_max_ask(&status);

	if (!frames_max) {
		log_warn("grant: Xen does not tell the table's size (%ld, status %d): no grants",
			err, status);
		return;
	}
	err = grow_to(1);
	if (err) {
		log_warn("grant: no first page of table: %s", errno_name((int)err));
		frames_max = 0;
		return;
	}
	log_info("grant: table version 1, %u of %u pages", frame_count, limit_now());
}
