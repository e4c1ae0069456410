/*
 * xs_watch.c - watches: tokens, the bounded queue of events, the thread that runs callbacks.
 *
 * The store echoes a token with each event; ours is a number, looked up in the list
 * of watches, never a pointer.
 *
 * Invariants:
 *   W1  Per watch at most XS_WATCH_QUEUE_MAX events wait; when there would be
 *       more they are all replaced by the watch's own path: nothing is missed by
 *       who then looks at everything.
 *   W2  `running` is the watch whose callback runs; it is read and written under
 *       `watch_lock`, and a watch that is running is not forgotten by others.
 */
#include "xs-client.h"

#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/string.h>
#include <kernel/thread.h>

struct event {
	struct list link;
	struct xs_watch *watch;
	char path[];
};

static struct spinlock watch_lock = SPINLOCK_INIT("xenstore watches");
static struct list watches = LIST_INIT(watches);
static struct list events = LIST_INIT(events);
static struct wait_queue work = WAIT_QUEUE_INIT(work);
static struct wait_queue done = WAIT_QUEUE_INIT(done);
static struct xs_watch *running;
static struct thread *watch_thread;
static uint32_t last_token;
static unsigned long event_count, merged_count;

void xs_watch_stats(struct xenstore_stats *stats)
{
	stats->watch_events = READ_ONCE(event_count);
	stats->watch_merged = READ_ONCE(merged_count);
}

/* ---- the queue, watch_lock held --------------------------------------- */

static struct xs_watch *watch_find(const char *token)
{
	uint64_t number;

	if (xs_wire_number(token, strlen(token), &number)) {
		return NULL;
	}
	list_for_each(pos, &watches) {
		struct xs_watch *w = list_entry(pos, struct xs_watch, link);

		if (w->token == number) {
			return w;
		}
	}
	return NULL;
}

static bool is_queued(const struct xs_watch *w, const char *path)
{
	list_for_each(pos, &events) {
		struct event *e = list_entry(pos, struct event, link);

		if (e->watch == w && !strcmp(e->path, path)) {
			return true;
		}
	}
	return false;
}

static void events_drop(struct xs_watch *w)
{
	list_for_each_safe(pos, &events) {
		struct event *e = list_entry(pos, struct event, link);

		if (e->watch == w) {
			list_remove(pos);
			heap_free(e);
		}
	}
	w->queued = 0;
}

static bool event_push(struct xs_watch *w, const char *path)
{
	size_t size = strlen(path) + 1;
	struct event *e = heap_alloc(sizeof(*e) + size);

	if (!e) {
		return false;
	}
	e->watch = w;
	memcpy(e->path, path, size);
	list_push_back(&events, &e->link);
	w->queued++;
	return true;
}

/* W1 */
static void event_queue(struct xs_watch *w, const char *path)
{
	event_count++;
	if (is_queued(w, path)) {
		merged_count++;
		return;
	}
	if (w->queued >= XS_WATCH_QUEUE_MAX) {
		merged_count += w->queued;
		events_drop(w);
		path = w->path;
	}
	if (!event_push(w, path)) {
		log_warn("xenstore: no memory for a watch event: %s", path);
	}
}

void xs_watch_event(const char *path, const char *token)
{
	irq_state_t irq = spin_lock_irqsave(&watch_lock);
	struct xs_watch *w = watch_find(token);

	/* Without one: it was just given up, its last events are still coming. */
	if (w) {
		event_queue(w, path);
	}
	spin_unlock_irqrestore(&watch_lock, irq);
	wait_wake_all(&work);
}

void xenstore_watch_fire(struct xs_watch *w)
{
	irq_state_t irq = spin_lock_irqsave(&watch_lock);

	event_queue(w, w->path);
	spin_unlock_irqrestore(&watch_lock, irq);
	wait_wake_all(&work);
}

/* ---- the thread ------------------------------------------------------- */

static struct event *event_take(void)
{
	irq_state_t irq = spin_lock_irqsave(&watch_lock);
	struct list *first = list_first(&events);
	struct event *e = first ? list_entry(first, struct event, link) : NULL;

	if (e) {
		list_remove(first);
		e->watch->queued--;
		running = e->watch; /* W2 */
	}
	spin_unlock_irqrestore(&watch_lock, irq);
	return e;
}

static void event_done(struct event *e)
{
	irq_state_t irq = spin_lock_irqsave(&watch_lock);

	running = NULL;
	spin_unlock_irqrestore(&watch_lock, irq);
	wait_wake_all(&done);
	heap_free(e);
}

static void watcher(void *arg)
{
	for (;;) {
		struct event *e;

		wait_until(&work, !list_is_empty(&events), WAIT_FOREVER);
		e = event_take();
		if (e) {
			e->watch->fire(e->watch, e->path);
			event_done(e);
		}
	}
}

int xs_watch_start(void)
{
	return thread_create(&watch_thread, "xenwatch", watcher, NULL);
}

/* ---- the interface ---------------------------------------------------- */

/* The store has it already when it was told after a restore, while who wanted it waited. */
static int watch_call(enum xs_type type, const struct xs_watch *w)
{
	char token[12];
	struct xs_part parts[2];
	int err;

	fmt_print(token, sizeof(token), "%u", w->token);
	parts[0] = xs_part_text(w->path);
	parts[1] = xs_part_text(token);
	err = xs_call(type, XS_NONE, parts, 2, NULL);
	return err == -EEXIST ? 0 : err;
}

static void watch_forget(struct xs_watch *w)
{
	irq_state_t irq = spin_lock_irqsave(&watch_lock);

	list_remove(&w->link);
	events_drop(w);
	spin_unlock_irqrestore(&watch_lock, irq);
	if (thread_current() != watch_thread) {
		wait_until(&done, READ_ONCE(running) != w, WAIT_FOREVER);
	}
}

int xenstore_watch(struct xs_watch *w)
{
	irq_state_t irq = spin_lock_irqsave(&watch_lock);
	int err;

	w->token = ++last_token;
	w->queued = 0;
	list_push_back(&watches,
		&w->link); /* before the request: its first event may overtake the reply */
	spin_unlock_irqrestore(&watch_lock, irq);
	err = watch_call(XS_TYPE_WATCH, w);
	if (err) {
		watch_forget(w);
	}
	return err;
}

/* Others only add to the list, at its end; that, too, while the domain boots. */
void xenstore_watches_resume(void)
{
	list_for_each(pos, &watches) {
		struct xs_watch *w = list_entry(pos, struct xs_watch, link);
		int err = watch_call(XS_TYPE_WATCH, w);

		if (err) {
			log_warn("xenstore: the watch of %s: %s", w->path, errno_name(err));
		}
	}
}

void xenstore_unwatch(struct xs_watch *w)
{
	int err = watch_call(XS_TYPE_UNWATCH, w);

	if (err && err != -EIO) {
		log_warn("xenstore: giving up the watch of %s: %s", w->path, errno_name(err));
	}
	watch_forget(w);
}
