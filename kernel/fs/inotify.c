/*
 * inotify.c - watches on files, and the queues of what happened to them.
 *
 * A watch belongs to an inotify file and holds a reference of an inode. Watches are found by their
 * inode in a table; an event that a watch wants goes to the end of its file's queue, unless it repeats
 * the last one there.
 *
 * Invariants:
 *   N1  inotify_lock guards all watches and queues. Nothing that sleeps is done with it held: what
 *       ends is collected, and its inode let go afterwards.
 *   N2  notify_watch_count is the number of watches. It is read without the lock: who begins to watch while
 *       something happens may or may not hear of it.
 */
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/notify.h>
#include <kernel/poll.h>
#include <kernel/signal.h>
#include <kernel/string.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/stat.h>
#include "fs.h"

#define BUCKETS	    64u
#define EVENTS_MAX  16384u
#define WATCHES_MAX 8192u /* of one file */
#define NAME_ALIGN  16u

struct inotify {
	struct list watches, events;
	unsigned watch_count, event_count;
	int last_wd;
	struct wait_queue readable;
};

struct watch {
	struct list owner_link, bucket_link;
	struct inotify *owner;
	struct inode *inode;
	int wd;
	uint32_t mask;
};

struct event {
	struct list link;
	struct linux_inotify_event head;
	char name[]; /* name_len bytes, padded with zeroes */
};

static struct spinlock inotify_lock = SPINLOCK_INIT("inotify");
static struct list buckets[BUCKETS];
unsigned notify_watch_count; /* N2 */
static uint32_t last_cookie;
static const struct file_ops inotify_ops;

/* Lists cannot be linked to themselves statically in an array of any length. */
static struct list *bucket_of(const struct inode *inode)
{
	struct list *bucket = &buckets[((uintptr_t)inode >> 6) % BUCKETS];

	if (!bucket->next) {
		list_init(bucket);
	}
	return bucket;
}

/* ---- queues: the lock held --------------------------------------------------------------- */

static size_t name_room(const char *name)
{
	return name ? ALIGN_UP(strlen(name) + 1, NAME_ALIGN) : 0;
}

static bool repeats_last(
	const struct inotify *in, const struct linux_inotify_event *head, const char *name)
{
	const struct event *last;

	if (list_is_empty(&in->events)) {
		return false;
	}
	last = list_entry(in->events.prev, struct event, link);
	return last->head.wd == head->wd && last->head.mask == head->mask &&
		last->head.cookie == head->cookie && last->head.name_len == head->name_len &&
		(!name || !strcmp(last->name, name));
}

static void event_add(struct inotify *in, struct linux_inotify_event head, const char *name)
{
	struct event *event;

	if (in->event_count >= EVENTS_MAX) {
		head = (struct linux_inotify_event){ .wd = -1, .mask = IN_Q_OVERFLOW };
		name = NULL;
	}
	head.name_len = (uint32_t)name_room(name);
	if (repeats_last(in, &head, name)) {
		return;
	}
	event = heap_alloc(sizeof(*event) + head.name_len);
	if (!event) {
		return;
	}
	event->head = head;
	if (name) {
		strlcpy(event->name, name, head.name_len);
	}
	list_push_back(&in->events, &event->link);
	in->event_count++;
	wait_wake_all(&in->readable);
}

/* Off all lists, onto that of who has to let go of its inode. N1 */
static void watch_end(struct watch *w, struct list *ended)
{
	event_add(w->owner, (struct linux_inotify_event){ .wd = w->wd, .mask = IN_IGNORED }, NULL);
	list_remove(&w->owner_link);
	list_remove(&w->bucket_link);
	w->owner->watch_count--;
	WRITE_ONCE(notify_watch_count, notify_watch_count - 1);
	list_push_back(ended, &w->owner_link);
}

/* Without the lock. */
static void watches_free(struct list *ended)
{
	list_for_each_safe(node, ended) {
		struct watch *w = list_entry(node, struct watch, owner_link);

		list_remove(node);
		inode_unref(w->inode);
		heap_free(w);
	}
}

/* ---- what happens --------------------------------------------------------------------------- */

static bool is_nobody_watching(void)
{
	return !READ_ONCE(notify_watch_count);
}

static void tell(
	struct inode *inode, uint32_t event, uint32_t cookie, const char *name, bool is_end)
{
	struct list ended = LIST_INIT(ended);

	spin_lock(&inotify_lock);
	list_for_each_safe(node, bucket_of(inode)) {
		struct watch *w = list_entry(node, struct watch, bucket_link);
		bool ends = is_end;

		if (w->inode != inode) {
			continue;
		}
		if (w->mask & event & IN_ALL_EVENTS) {
			event_add(w->owner, (struct linux_inotify_event){ w->wd, event, cookie, 0 },
				name);
			ends |= w->mask & IN_ONESHOT;
		}
		if (ends) {
			watch_end(w, &ended);
		}
	}
	spin_unlock(&inotify_lock);
	watches_free(&ended);
}

void notify_inode(struct inode *inode, uint32_t event, const char *name)
{
	if (!is_nobody_watching()) {
		tell(inode, event, 0, name, false);
	}
}

void notify_watchers(struct dentry *d, uint32_t event)
{
	char name[NAME_LEN_MAX + 1];
	struct dentry *folder;

	event |= S_ISDIR(dentry_inode(d)->mode) ? IN_ISDIR : 0;
	folder = dentry_place(d, name);
	if (folder) {
		tell(dentry_inode(folder), event, 0, name, false);
		dentry_unref(folder);
	}
	tell(dentry_inode(d), event, 0, NULL, false);
}

void notify_move(struct inode *from, const char *from_name, struct inode *to, const char *to_name,
	struct inode *moved)
{
	uint32_t is_folder = S_ISDIR(moved->mode) ? IN_ISDIR : 0, cookie;

	if (is_nobody_watching()) {
		return;
	}
	cookie = __atomic_add_fetch(&last_cookie, 1, __ATOMIC_RELAXED);
	tell(from, IN_MOVED_FROM | is_folder, cookie, from_name, false);
	tell(to, IN_MOVED_TO | is_folder, cookie, to_name, false);
	tell(moved, IN_MOVE_SELF | is_folder, 0, NULL, false);
}

void notify_unlinked(struct inode *inode)
{
	if (is_nobody_watching()) {
		return;
	}
	if (!S_ISDIR(inode->mode)) {
		tell(inode, IN_ATTRIB, 0, NULL, false);
	}
	if (S_ISDIR(inode->mode) || !inode->links) {
		tell(inode, IN_DELETE_SELF, 0, NULL, true);
	}
}

/* ---- watching ------------------------------------------------------------------------------------ */

static struct inotify *inotify_of(const struct file *file)
{
	return file->private;
}

bool is_inotify(const struct file *file)
{
	return file->ops == &inotify_ops;
}

static struct watch *watch_find(struct inotify *in, const struct inode *inode)
{
	list_for_each(node, bucket_of(inode)) {
		struct watch *w = list_entry(node, struct watch, bucket_link);

		if (w->inode == inode && w->owner == in) {
			return w;
		}
	}
	return NULL;
}

/* The lock held. `fresh` is used for a new one, and NULL afterwards. */
static int watch_set(struct inotify *in, struct inode *inode, uint32_t mask, struct watch **fresh)
{
	const uint32_t kept = IN_ALL_EVENTS | IN_ONESHOT;
	struct watch *w = watch_find(in, inode);

	if (w) {
		if (mask & IN_MASK_CREATE) {
			return -EEXIST;
		}
		w->mask = (mask & IN_MASK_ADD ? w->mask : 0) | (mask & kept);
		return w->wd;
	}
	if (in->watch_count == WATCHES_MAX) {
		return -ENOSPC;
	}
	w = *fresh;
	*fresh = NULL;
	*w = (struct watch){
		.owner = in, .inode = inode, .wd = ++in->last_wd, .mask = mask & kept
	};
	inode_ref(inode);
	list_push_back(&in->watches, &w->owner_link);
	list_push_back(bucket_of(inode), &w->bucket_link);
	in->watch_count++;
	WRITE_ONCE(notify_watch_count, notify_watch_count + 1);
	return w->wd;
}

int inotify_watch(struct file *file, struct inode *inode, uint32_t mask)
{
	struct watch *fresh = heap_alloc(sizeof(*fresh));
	int wd;

	if (!fresh) {
		return -ENOMEM;
	}
	spin_lock(&inotify_lock);
	wd = watch_set(inotify_of(file), inode, mask, &fresh);
	spin_unlock(&inotify_lock);
	heap_free(fresh);
	return wd;
}

int inotify_unwatch(struct file *file, int wd)
{
	struct list ended = LIST_INIT(ended);
	int err = -EINVAL;

	spin_lock(&inotify_lock);
	list_for_each_safe(node, &inotify_of(file)->watches) {
		struct watch *w = list_entry(node, struct watch, owner_link);

		if (w->wd == wd) {
			watch_end(w, &ended);
			err = 0;
			break;
		}
	}
	spin_unlock(&inotify_lock);
	watches_free(&ended);
	return err;
}

/* ---- the file -------------------------------------------------------------------------------------- */

static size_t event_len(const struct event *event)
{
	return sizeof(event->head) + event->head.name_len;
}

/* The first event if it fits: NULL and 0 for none, NULL and -EINVAL for no room. */
static struct event *event_take(struct inotify *in, size_t room, long *err)
{
	struct event *event = NULL;
	struct list *first;

	spin_lock(&inotify_lock);
	first = list_first(&in->events);
	*err = 0;
	if (first) {
		event = list_entry(first, struct event, link);
		if (event_len(event) > room) {
			*err = -EINVAL;
			event = NULL;
		} else {
			list_remove(first);
			in->event_count--;
		}
	}
	spin_unlock(&inotify_lock);
	return event;
}

/* Bytes of what is there and fits; 0 for nothing there. */
static long events_read(struct inotify *in, char *buf, size_t len)
{
	struct event *event;
	size_t done = 0;
	long err;

	while ((event = event_take(in, len - done, &err))) {
		memcpy(buf + done, &event->head, event_len(event));
		done += event_len(event);
		heap_free(event);
	}
	return done ? (long)done : err;
}

static bool has_events(const struct inotify *in)
{
	return READ_ONCE(in->event_count);
}

static long inotify_read(struct file *file, void *buf, size_t len, int64_t *pos)
{
	struct inotify *in = inotify_of(file);
	long done;

	while (!(done = events_read(in, buf, len))) {
		if (READ_ONCE(file->flags) & O_NONBLOCK) {
			return -EAGAIN;
		}
		if (signal_is_pending()) {
			return -ERESTARTSYS;
		}
		wait_until(&in->readable, has_events(in) || signal_is_pending(), WAIT_FOREVER);
	}
	return done;
}

static unsigned inotify_poll(struct file *file, struct poll_table *table)
{
	struct inotify *in = inotify_of(file);

	poll_wait_for(table, &in->readable, POLLIN | POLLRDNORM);
	return has_events(in) ? POLLIN | POLLRDNORM : 0;
}

static long inotify_ioctl(struct file *file, unsigned request, unsigned long arg)
{
	struct inotify *in = inotify_of(file);
	int len = 0;

	if (request != FIONREAD) {
		return -ENOTTY;
	}
	spin_lock(&inotify_lock);
	list_for_each(node, &in->events) {
		len += (int)event_len(list_entry(node, struct event, link));
	}
	spin_unlock(&inotify_lock);
	return user_copy_out(arg, &len, sizeof(len));
}

static void inotify_release(struct file *file)
{
	struct inotify *in = inotify_of(file);
	struct list ended = LIST_INIT(ended);
	struct event *event;
	long err;

	spin_lock(&inotify_lock);
	list_for_each_safe(node, &in->watches) {
		watch_end(list_entry(node, struct watch, owner_link), &ended);
	}
	spin_unlock(&inotify_lock);
	watches_free(&ended);
	while ((event = event_take(in, SIZE_MAX, &err))) {
		heap_free(event);
	}
	heap_free(in);
}

static const struct file_ops inotify_ops = {
	.read = inotify_read,
	.poll = inotify_poll,
	.ioctl = inotify_ioctl,
	.release = inotify_release,
	.kind = "inotify",
};

struct file *inotify_create(unsigned flags)
{
	struct inotify *in = heap_alloc(sizeof(*in));
	struct file *file = NULL;

	if (in) {
		list_init(&in->watches);
		list_init(&in->events);
		wait_queue_init(&in->readable);
		file = file_create(&inotify_ops, O_RDONLY | (flags & IN_NONBLOCK), in);
	}
	if (!file) {
		heap_free(in);
	}
	return file;
}
