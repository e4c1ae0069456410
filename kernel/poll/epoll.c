/*
 * epoll.c - a file that watches other files, and hears which of them is worth a look.
 *
 * An item is one watched file under one number. Its table (table.h) stands on all
 * queues of the file; a wake-up puts the item on the ready list, and no more: to
 * stand there says "look". epoll_wait() takes the list and looks; what is not ready
 * falls off, what is level-triggered goes back to the end, what is
 * edge-triggered stays off until the next wake-up.
 *
 * An epoll can be watched like any file. Then a wake-up climbs from queue to queue,
 * and a look descends; so circles are refused, and so are long chains and too
 * many ways up, with the limits and the errors that Linux has.
 *
 * Invariants:
 *   E1  An item lives while its file and its epoll both do; whoever's last
 *       reference goes first takes it away, before anything of the file ends.
 *       So what is on a list may be looked at without a reference of the file.
 *   E2  An item is on the ready list, or on that of the pass which is to look at it, or on
 *       none; a wake-up finds the first two linked and leaves them.
 *   E3  A pass takes an item off before it looks: a wake-up after that is not lost.
 *
 * Locks: links_lock (all items' places with files and epolls) before an epoll's lock
 * (held over a pass) before that of an epoll it watches; ready_lock is taken inside a
 * wait queue's lock, and nothing inside it.
 */
#include "table.h"

#include <arch/clock.h>
#include <kernel/epoll.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/signal.h>
#include <linux/epoll.h>

/* Bits that say how to report, not what. */
#define HOW (EPOLLET | EPOLLONESHOT | EPOLLWAKEUP | EPOLLEXCLUSIVE)

#define ALWAYS (POLLERR | POLLHUP)

struct epoll {
	struct mutex lock;
	struct file *file;	    /* its own */
	struct list items;	    /* this and the next two: under links_lock */
	unsigned long walk;	    /* the last that came by */
	unsigned height;	    /* what it found */
	struct spinlock ready_lock; /* irq-safe */
	struct list ready;	    /* under ready_lock */
	struct wait_queue waiters;  /* in epoll_wait(): each wake-up is for one of them */
	struct wait_queue watchers; /* who polls the epoll itself */
};

struct epoll_item {
	/* constant */
	struct epoll *epoll;
	struct file *file;
	int fd;

	/* under links_lock */
	struct poll_table table;
	struct list epoll_link, file_link;

	struct list ready_link; /* under the epoll's ready_lock */

	/* under the epoll's lock; `events` is read without */
	unsigned events;
	uint64_t data;
};

static struct mutex links_lock = MUTEX_INIT(links_lock, "epoll links");
static const struct file_ops epoll_ops;

bool is_epoll(const struct file *file)
{
	return file->ops == &epoll_ops;
}

static struct epoll *epoll_of(const struct file *file)
{
	return file->private;
}

/* ---- the ready list -------------------------------------------------------------- */

static void ready_add(struct epoll_item *item)
{
	struct epoll *ep = item->epoll;
	irq_state_t irq = spin_lock_irqsave(&ep->ready_lock);

	if (!list_is_linked(&item->ready_link)) {
		list_push_back(&ep->ready, &item->ready_link);
	}
	spin_unlock_irqrestore(&ep->ready_lock, irq);
}

static void ready_remove(struct epoll_item *item)
{
	irq_state_t irq = spin_lock_irqsave(&item->epoll->ready_lock);

	list_remove(&item->ready_link);
	spin_unlock_irqrestore(&item->epoll->ready_lock, irq);
}

static bool has_ready(struct epoll *ep)
{
	irq_state_t irq = spin_lock_irqsave(&ep->ready_lock);
	bool result = !list_is_empty(&ep->ready);

	spin_unlock_irqrestore(&ep->ready_lock, irq);
	return result;
}

static void announce(struct epoll *ep)
{
	wait_wake_one(&ep->waiters);
	wait_wake_all(&ep->watchers);
}

static void item_woken(struct poll_table *table, unsigned events)
{
	struct epoll_item *item = container_of(table, struct epoll_item, table);
	unsigned wanted = READ_ONCE(item->events);

	/* One-shot and reported: deaf until it is modified. */
	if (!(wanted & ~HOW) || !(events & wanted)) {
		return;
	}
	ready_add(item);
	announce(item->epoll);
}

/* ---- a pass over what is ready; the epoll's lock held ------------------------------ */

/* E2: all of `ready` for this pass. */
static void pass_begin(struct epoll *ep, struct list *pass)
{
	irq_state_t irq = spin_lock_irqsave(&ep->ready_lock);

	list_init(pass);
	if (!list_is_empty(&ep->ready)) {
		list_insert_between(pass, ep->ready.prev, ep->ready.next);
		list_init(&ep->ready);
	}
	spin_unlock_irqrestore(&ep->ready_lock, irq);
}

/* E3 */
static struct epoll_item *pass_next(struct epoll *ep, struct list *pass)
{
	irq_state_t irq = spin_lock_irqsave(&ep->ready_lock);
	struct list *first = list_first(pass);

	if (first) {
		list_remove(first);
	}
	spin_unlock_irqrestore(&ep->ready_lock, irq);
	return first ? list_entry(first, struct epoll_item, ready_link) : NULL;
}

/* What was not looked at stands before what has become ready since. */
static void pass_end(struct epoll *ep, struct list *pass)
{
	irq_state_t irq = spin_lock_irqsave(&ep->ready_lock);

	while (!list_is_empty(pass)) {
		struct list *last = pass->prev;

		list_remove(last);
		list_push_front(&ep->ready, last);
	}
	spin_unlock_irqrestore(&ep->ready_lock, irq);
}

/* This one was looked at, and is to be the first again. */
static void pass_return(struct epoll *ep, struct list *pass, struct epoll_item *item)
{
	irq_state_t irq = spin_lock_irqsave(&ep->ready_lock);

	if (!list_is_linked(&item->ready_link)) {
		list_push_front(pass, &item->ready_link);
	}
	spin_unlock_irqrestore(&ep->ready_lock, irq);
}

static unsigned item_look(struct epoll_item *item)
{
	return file_poll(item->file, NULL) & item->events & ~HOW;
}

static void item_reported(struct epoll_item *item)
{
	if (item->events & EPOLLONESHOT) {
		WRITE_ONCE(item->events, item->events & HOW);
	} else if (!(item->events & EPOLLET)) {
		ready_add(item);
	}
}

/* What is ready now, at most `max`: how many, or what the first emit() said. */
static long report(struct epoll *ep, unsigned max, epoll_emit_fn *emit, void *arg)
{
	struct epoll_item *item;
	struct list pass;
	long done = 0;
	int err = 0;

	mutex_lock(&ep->lock);
	pass_begin(ep, &pass);
	while (done < (long)max && (item = pass_next(ep, &pass))) {
		unsigned events = item_look(item);

		if (!events) {
			continue;
		}
		err = emit(arg, events, item->data);
		if (err) {
			pass_return(ep, &pass, item);
			break;
		}
		item_reported(item);
		done++;
	}
	pass_end(ep, &pass);
	mutex_unlock(&ep->lock);
	return done ? done : err;
}

long epoll_wait(struct file *self, unsigned max, nsec_t deadline, epoll_emit_fn *emit, void *arg)
{
	struct epoll *ep = epoll_of(self);
	bool is_late = deadline <= clock_now();
	long done;

	while (!(done = report(ep, max, emit, arg)) && !is_late) {
		if (signal_is_pending()) {
			done = -EINTR;
			break;
		}
		is_late = !wait_until(&ep->waiters, has_ready(ep) || signal_is_pending(), deadline);
	}
	/* A wake-up was for one: who leaves something passes it on. */
	if (has_ready(ep)) {
		wait_wake_one(&ep->waiters);
	}
	return done;
}

/* ---- the epoll as a file ------------------------------------------------------------- */

static unsigned epoll_poll(struct file *file, struct poll_table *table)
{
	struct epoll *ep = epoll_of(file);
	struct epoll_item *item;
	unsigned events = 0;
	struct list pass;

	poll_wait_for(table, &ep->watchers, POLLIN | POLLRDNORM);
	mutex_lock(&ep->lock);
	pass_begin(ep, &pass);
	while (!events && (item = pass_next(ep, &pass))) {
		if (item_look(item)) {
			pass_return(ep, &pass, item);
			events = POLLIN | POLLRDNORM;
		}
	}
	pass_end(ep, &pass);
	mutex_unlock(&ep->lock);
	/* Somebody may have looked while nothing stood there, and gone to sleep. */
	if (has_ready(ep)) {
		wait_wake_one(&ep->waiters);
	}
	return events;
}

struct file *epoll_create(void)
{
	struct epoll *ep = heap_alloc(sizeof(*ep));

	if (!ep) {
		return NULL;
	}
	mutex_init(&ep->lock, "epoll");
	spin_init(&ep->ready_lock, "epoll ready");
	list_init(&ep->items);
	list_init(&ep->ready);
	wait_queue_init(&ep->waiters);
	wait_queue_init(&ep->watchers);
	ep->file = file_create(&epoll_ops, 2 /* O_RDWR */, ep);
	if (!ep->file) {
		heap_free(ep);
		return NULL;
	}
	return ep->file;
}

/* ---- items: links_lock held ------------------------------------------------------------ */

/* A file has few watchers, an epoll many items. */
static struct epoll_item *item_find(struct epoll *ep, struct file *file, int fd)
{
	list_for_each(node, &file->watchers) {
		struct epoll_item *item = list_entry(node, struct epoll_item, file_link);

		if (item->epoll == ep && item->fd == fd) {
			return item;
		}
	}
	return NULL;
}

/* E1: first the wake-ups end, then a pass that may be looking. */
static void item_remove(struct epoll_item *item)
{
	struct epoll *ep = item->epoll;

	poll_table_free(&item->table);
	mutex_lock(&ep->lock);
	ready_remove(item);
	list_remove(&item->epoll_link);
	list_remove(&item->file_link);
	mutex_unlock(&ep->lock);
	heap_free(item);
}

void epoll_file_gone(struct file *file)
{
	if (!file->was_watched) {
		return;
	}
	mutex_lock(&links_lock);
	list_for_each_safe(node, &file->watchers) {
		item_remove(list_entry(node, struct epoll_item, file_link));
	}
	mutex_unlock(&links_lock);
}

static void epoll_release(struct file *file)
{
	struct epoll *ep = epoll_of(file);

	mutex_lock(&links_lock);
	list_for_each_safe(node, &ep->items) {
		item_remove(list_entry(node, struct epoll_item, epoll_link));
	}
	mutex_unlock(&links_lock);
	heap_free(ep);
}

static const struct file_ops epoll_ops = {
	.poll = epoll_poll,
	.release = epoll_release,
	.kind = "[eventpoll]",
};

/* ---- chains of epolls: links_lock held ---------------------------------------------------- */

#define HEIGHT_MAX   4u	  /* of links in a chain of epolls */
#define HEIGHT_NEVER 1000 /* a circle */

/* Each walk has a number; an epoll that has it was seen, and knows its height. */
static unsigned long walk_number;

/* Links from here down to the last epoll; HEIGHT_NEVER or more when `other` is on the way. */
static unsigned height_below(struct epoll *ep, const struct epoll *other)
{
	if (ep == other) {
		return HEIGHT_NEVER;
	}
	if (ep->walk == walk_number) {
		return ep->height;
	}
	ep->walk = walk_number;
	ep->height = 0;
	list_for_each(node, &ep->items) {
		const struct epoll_item *item = list_entry(node, struct epoll_item, epoll_link);

		if (is_epoll(item->file)) {
			ep->height = MAX(ep->height, height_below(epoll_of(item->file), other) + 1);
		}
	}
	return ep->height;
}

static unsigned height_above(struct epoll *ep)
{
	if (ep->walk == walk_number) {
		return ep->height;
	}
	ep->walk = walk_number;
	ep->height = 0;
	list_for_each(node, &ep->file->watchers) {
		struct epoll *above = list_entry(node, struct epoll_item, file_link)->epoll;

		ep->height = MAX(ep->height, height_above(above) + 1);
	}
	return ep->height;
}

static bool may_link(struct epoll *ep, struct epoll *to)
{
	walk_number++;
	return height_below(to, ep) + 1 + height_above(ep) <= HEIGHT_MAX;
}

/* A wake-up of the file climbs each way up: Linux's limits, by the number of epolls in between. */
static bool has_many_ways(const struct file *file, unsigned between, unsigned counts[])
{
	static const unsigned most[HEIGHT_MAX + 1] = { UINT32_MAX, 500, 100, 50, 10 };

	list_for_each(node, &file->watchers) {
		const struct file *above =
			list_entry(node, struct epoll_item, file_link)->epoll->file;

		if (list_is_empty(&above->watchers)) {
			if (++counts[between] > most[between]) {
				return true;
			}
		} else if (has_many_ways(above, between + 1, counts)) {
			return true;
		}
	}
	return false;
}

static bool is_overlinked(const struct file *file)
{
	unsigned counts[HEIGHT_MAX + 1] = { 0 };

	return has_many_ways(file, 0, counts);
}

/* Whether that is so of any file below. Who calls it begins the walk. */
static bool has_overlinked(struct epoll *ep)
{
	if (ep->walk == walk_number) {
		return false;
	}
	ep->walk = walk_number;
	list_for_each(node, &ep->items) {
		struct file *file = list_entry(node, struct epoll_item, epoll_link)->file;

		if (is_epoll(file) ? has_overlinked(epoll_of(file)) : is_overlinked(file)) {
			return true;
		}
	}
	return false;
}

static bool link_is_too_much(struct file *file)
{
	walk_number++;
	return is_epoll(file) ? has_overlinked(epoll_of(file)) : is_overlinked(file);
}

/* ---- adding ---------------------------------------------------------------------------------- */

static struct epoll_item *item_make(
	struct epoll *ep, struct file *file, int fd, unsigned events, uint64_t data)
{
	struct epoll_item *item = heap_alloc(sizeof(*item));

	if (item) {
		*item = (struct epoll_item){
			.epoll = ep, .file = file, .fd = fd, .events = events, .data = data
		};
		poll_table_init(&item->table, item_woken);
		list_init(&item->ready_link);
		list_push_back(&ep->items, &item->epoll_link);
		list_push_back(&file->watchers, &item->file_link);
		file->was_watched = true;
	}
	return item;
}

/* What is ready already is an event too. */
static void item_first_look(struct epoll_item *item, unsigned ready)
{
	if (ready & item->events & ~HOW) {
		ready_add(item);
		announce(item->epoll);
	}
}

static int item_add(struct epoll *ep, struct file *file, int fd, unsigned events, uint64_t data)
{
	struct epoll_item *item;
	unsigned ready = 0;
	int err;

	if (is_epoll(file) && !may_link(ep, epoll_of(file))) {
		return -ELOOP;
	}
	if (item_find(ep, file, fd)) {
		return -EEXIST;
	}
	item = item_make(ep, file, fd, events, data);
	if (!item) {
		return -ENOMEM;
	}
	if (link_is_too_much(file)) {
		err = -EINVAL;
	} else {
		ready = file_poll(file, &item->table);
		err = item->table.has_failed ? -ENOMEM : 0;
	}
	if (err) {
		item_remove(item);
		return err;
	}
	item_first_look(item, ready);
	return 0;
}

/* ---- epoll_ctl() --------------------------------------------------------------------------- */

int epoll_add(struct file *self, struct file *file, int fd, unsigned events, uint64_t data)
{
	int err;

	mutex_lock(&links_lock);
	err = item_add(epoll_of(self), file, fd, events | ALWAYS, data);
	mutex_unlock(&links_lock);
	return err;
}

static int item_modify(struct epoll_item *item, unsigned events, uint64_t data)
{
	struct epoll *ep = item->epoll;

	if (item->events & EPOLLEXCLUSIVE) {
		return -EINVAL;
	}
	mutex_lock(&ep->lock);
	WRITE_ONCE(item->events, events);
	item->data = data;
	mutex_unlock(&ep->lock);
	item_first_look(item, file_poll(item->file, NULL));
	return 0;
}

int epoll_modify(struct file *self, struct file *file, int fd, unsigned events, uint64_t data)
{
	struct epoll_item *item;
	int err;

	mutex_lock(&links_lock);
	item = item_find(epoll_of(self), file, fd);
	err = item ? item_modify(item, events | ALWAYS, data) : -ENOENT;
	mutex_unlock(&links_lock);
	return err;
}

int epoll_remove(struct file *self, struct file *file, int fd)
{
	struct epoll_item *item;

	mutex_lock(&links_lock);
	item = item_find(epoll_of(self), file, fd);
	if (item) {
		item_remove(item);
	}
	mutex_unlock(&links_lock);
	return item ? 0 : -ENOENT;
}
