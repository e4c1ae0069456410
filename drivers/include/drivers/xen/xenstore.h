/*
 * drivers/xen/xenstore.h - the client of the store that domains and the toolstack share.
 *
 * Paths are given as directory and node, joined with "/"; a node of NULL means
 * the directory itself. A path that does not start with "/" is relative to our
 * own part of the store. All calls sleep; any thread may call, several at once.
 *
 * Errors, everywhere: what the store says (-ENOENT, -EACCES, -EAGAIN at a
 * transaction's end, ...); -E2BIG for a request beyond 4096 bytes; -ENOMEM;
 * -ETIMEDOUT when the store does not answer in XENSTORE_TIMEOUT; -EIO when there is no
 * store, or when it has broken the protocol and the connection was given up.
 */
#ifndef DRIVERS_XEN_XENSTORE_H
#define DRIVERS_XEN_XENSTORE_H

#include <drivers/xen/xs_wire.h>
#include <kernel/list.h>

#define XENSTORE_TIMEOUT     (30 * NSEC_PER_SEC)
#define XENSTORE_LAST_CHANCE (2 * NSEC_PER_SEC) /* and then, should all have stood still */

/* A transaction, or XS_NONE. */
struct xs_tx {
	uint32_t id;
};
#define XS_NONE ((struct xs_tx){ 0 })

/* False when the domain has no store, or it was given up. */
bool xenstore_is_up(void);

/* *value: a NUL-terminated copy (it may hold further NULs), the caller's to heap_free(); *len its length, may be NULL. */
int xenstore_read(
	struct xs_tx tx, const char *dir, const char *node, char **value, size_t *len) __must_check;

/* As above into a buffer of the caller's, NUL-terminated; -ERANGE when it does not fit. */
int xenstore_read_text(
	struct xs_tx tx, const char *dir, const char *node, char *buf, size_t size) __must_check;

/* An unsigned decimal; -EPROTO when it is not one. */
int xenstore_read_number(
	struct xs_tx tx, const char *dir, const char *node, uint64_t *value) __must_check;

/* As xenstore_read_number(); `missing` when the node does not exist, is not one, or cannot be read. */
uint64_t xenstore_read_number_or(
	struct xs_tx tx, const char *dir, const char *node, uint64_t missing);

/* Set a node's value, creating it. */
int xenstore_write(struct xs_tx tx, const char *dir, const char *node, const char *value);
int xenstore_printf(struct xs_tx tx, const char *dir, const char *node, const char *fmt, ...)
	__printf(4, 5);

int xenstore_mkdir(struct xs_tx tx, const char *dir, const char *node);
/* With all below it. */
int xenstore_rm(struct xs_tx tx, const char *dir, const char *node);

/* Names in a directory: walk with xs_wire_next(list->names, list->len, &offset), then heap_free(list->names). */
struct xs_list {
	char *names;
	size_t len;
	unsigned count;
};
int xenstore_list(
	struct xs_tx tx, const char *dir, const char *node, struct xs_list *list) __must_check;

/* At most *count permissions; *count becomes how many there are, which may be more. */
int xenstore_get_perms(struct xs_tx tx, const char *dir, const char *node, struct xs_perm *perms,
	unsigned *count) __must_check;

/*
 * Run `body` in a transaction and commit it if it returns 0; from the start again while
 * the store answers -EAGAIN (somebody changed what was read), a bounded number of
 * times. What `body` returns otherwise ends the transaction without effect.
 */
int xenstore_transaction(int (*body)(struct xs_tx tx, void *arg), void *arg) __must_check;

/* The two halves, for who wants to see -EAGAIN himself. */
int xenstore_begin(struct xs_tx *tx) __must_check;
int xenstore_end(struct xs_tx tx, bool commit) __must_check;

/*
 * A watch: `fire` is called for every change at or below `path`, and once at
 * the start, in the thread "xenwatch", one call at a time for all watches; it
 * may use everything in this header. `changed` is the path that changed. Events that wait
 * are merged when equal; when more than XS_WATCH_QUEUE_MAX wait for one watch they
 * become one with the watch's own path: look at everything.
 */
#define XS_WATCH_QUEUE_MAX 32u

struct xs_watch {
	const char *path; /* set by the owner, valid while the watch is */
	void (*fire)(struct xs_watch *watch, const char *changed);
	void *arg;

	/* the client's */
	uint32_t token;
	unsigned queued;
	struct list link;
};

int xenstore_watch(struct xs_watch *watch) __must_check;
/* When it returns `fire` does not run and will not again, unless called from within `fire`. */
void xenstore_unwatch(struct xs_watch *watch);

/*
 * Have `fire` run soon, as if `path` had changed; the watch need not be one that the store knows of. From where one
 * may wake a thread. Who may be doing so must not give the watch up meanwhile.
 */
void xenstore_watch_fire(struct xs_watch *watch);

struct xenstore_stats {
	unsigned long requests;
	unsigned long timeouts;
	unsigned long stray; /* replies that nobody waited for */
	unsigned long watch_events;
	unsigned long watch_merged; /* of those, equal to one that waited, or beyond the maximum */
};
void xenstore_stats_get(struct xenstore_stats *stats);

/*
 * Around a save of the domain: between the two nobody talks to the store and no transaction is open; who wants to
 * waits. Sleeps until those that are under way have ended. `is_new`: we were restored; xen_platform says how to reach
 * the store, which knows nothing of us.
 */
void xenstore_suspend(void);
void xenstore_resume(bool is_new);

/* After a restore, in the thread "xenwatch": all watches are made anew, and fire. */
void xenstore_watches_resume(void);

/* Boot, threads run: connect and ask one question; a line in the log when there is no store or no answer. */
void xenstore_init(void);

#endif
