/*
 * xenstore.c - requests to the store and their replies.
 *
 * A request is written under `write_lock`, whole; its reply is matched by the
 * number it echoes, in whatever order replies come. The thread "xenstore" reads
 * everything that comes in and never waits for anything but the ring, so callers,
 * watches and replies cannot wait for each other.
 *
 * Invariants:
 *   Q1  A struct call is on `calls` exactly while its reply is awaited; the
 *       reader touches it only under `call_lock`, and its owner takes that lock
 *       once more before he leaves.
 *   Q2  A reply that nobody waits for (its caller gave up) is counted and dropped.
 *   Q3  While the domain is saved no call is under way, no transaction is open and no message is read in part.
 */
#include "xs-client.h"

#include <arch/clock.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/string.h>
#include <kernel/thread.h>
#include <xen/io/xs_wire.h>

_Static_assert(sizeof(struct xs_header) == sizeof(struct xsd_sockmsg), "io/xs_wire.h: header");
_Static_assert(XS_WIRE_PAYLOAD_MAX == XENSTORE_PAYLOAD_MAX, "io/xs_wire.h: payload");
_Static_assert(XS_WIRE_PATH_MAX == XENSTORE_ABS_PATH_MAX, "io/xs_wire.h: path");
_Static_assert((int)XS_TYPE_DIRECTORY == (int)XS_DIRECTORY, "io/xs_wire.h: types");
_Static_assert((int)XS_TYPE_TRANSACTION_END == (int)XS_TRANSACTION_END, "io/xs_wire.h: types");
_Static_assert((int)XS_TYPE_GET_DOMAIN_PATH == (int)XS_GET_DOMAIN_PATH, "io/xs_wire.h: types");
_Static_assert((int)XS_TYPE_SET_PERMS == (int)XS_SET_PERMS, "io/xs_wire.h: types");
_Static_assert((int)XS_TYPE_ERROR == (int)XS_ERROR, "io/xs_wire.h: types");

#define FIRST_ANSWER_TIME (5 * NSEC_PER_SEC)
#define TRANSACTION_TRIES 16u
#define PARTS_MAX	  6u

struct call {
	struct list link;
	uint32_t id;
	enum xs_type type;
	struct wait_queue answered;
	bool is_done;
	int err;
	struct xs_reply reply;
};

static struct mutex write_lock = MUTEX_INIT(write_lock, "xenstore write");
static struct mutex read_lock = MUTEX_INIT(read_lock, "xenstore read"); /* within a message */
static struct spinlock call_lock = SPINLOCK_INIT("xenstore calls");
static struct list calls = LIST_INIT(calls);
static uint32_t last_id;
static struct wait_queue quiet =
	WAIT_QUEUE_INIT(quiet); /* nothing is under way, or may begin again */
static bool is_suspended;
static unsigned under_way; /* under call_lock: calls outside of transactions, and those */
static struct xenstore_stats counts;
static nsec_t call_time = XENSTORE_TIMEOUT;

bool xenstore_is_up(void)
{
	return !xs_ring_is_dead();
}

void xenstore_stats_get(struct xenstore_stats *stats)
{
	*stats = counts;
	xs_watch_stats(stats);
}

/* ---- calls ------------------------------------------------------------ */

/* Q3: from here to hold_end() the domain is not saved. */
static void hold_begin(void)
{
	irq_state_t irq = spin_lock_irqsave(&call_lock);

	while (is_suspended) {
		spin_unlock_irqrestore(&call_lock, irq);
		wait_until(&quiet, !READ_ONCE(is_suspended), WAIT_FOREVER);
		irq = spin_lock_irqsave(&call_lock);
	}
	under_way++;
	spin_unlock_irqrestore(&call_lock, irq);
}

static void hold_end(void)
{
	irq_state_t irq = spin_lock_irqsave(&call_lock);
	bool is_awaited = --under_way == 0 && is_suspended;

	spin_unlock_irqrestore(&call_lock, irq);
	if (is_awaited) {
		wait_wake_all(&quiet);
	}
}

static void call_begin(struct call *c, enum xs_type type)
{
	irq_state_t irq;

	*c = (struct call){ .type = type };
	list_init(&c->link);
	wait_queue_init(&c->answered);
	irq = spin_lock_irqsave(&call_lock);
	last_id = last_id == UINT32_MAX ? 1 : last_id + 1;
	c->id = last_id;
	list_push_back(&calls, &c->link);
	counts.requests++;
	spin_unlock_irqrestore(&call_lock, irq);
}

/* Q1. `err`: why there will be no reply, or 0. */
static int call_end(struct call *c, int err)
{
	irq_state_t irq = spin_lock_irqsave(&call_lock);

	list_remove(&c->link);
	if (c->is_done) {
		err = c->err;
	} else if (err == -ETIMEDOUT) {
		counts.timeouts++;
	}
	spin_unlock_irqrestore(&call_lock, irq);
	return err;
}

static int call_write(struct call *c, struct xs_tx tx, const struct xs_part *parts, unsigned count,
	nsec_t deadline)
{
	struct xs_header header;
	struct xs_part all[PARTS_MAX + 1] = { { &header, sizeof(header) } };
	int err = xs_wire_header(&header, c->type, c->id, tx.id, parts, count);

	if (err) {
		return err;
	}
	for (unsigned i = 0; i < count; i++) {
		all[i + 1] = parts[i];
	}
	mutex_lock(&write_lock);
	err = xs_ring_write(all, count + 1, deadline);
	mutex_unlock(&write_lock);
	return err;
}

/* In time; or then, since all may have stood still (xs_ring.c). */
static bool is_answered(struct call *c, nsec_t deadline)
{
	return wait_until(&c->answered, READ_ONCE(c->is_done), deadline) ||
		wait_until(&c->answered, READ_ONCE(c->is_done), clock_now() + XENSTORE_LAST_CHANCE);
}

static int call_make(enum xs_type type, struct xs_tx tx, const struct xs_part *parts,
	unsigned count, struct xs_reply *reply)
{
	nsec_t deadline = clock_now() + call_time;
	struct call c;
	int err;

	call_begin(&c, type);
	err = call_write(&c, tx, parts, count, deadline);
	if (!err && !is_answered(&c, deadline)) {
		err = -ETIMEDOUT;
	}
	err = call_end(&c, err);
	if (!err && reply) {
		*reply = c.reply;
	} else {
		heap_free(c.reply.body);
	}
	return err;
}

int xs_call(enum xs_type type, struct xs_tx tx, const struct xs_part *parts, unsigned count,
	struct xs_reply *reply)
{
	bool is_within = tx.id || type == XS_TYPE_TRANSACTION_START; /* and held by that */
	int err;

	if (!is_within) {
		hold_begin();
	}
	err = call_make(type, tx, parts, count, reply);
	if (!is_within) {
		hold_end();
	}
	return err;
}

/* ---- replies ---------------------------------------------------------- */

static int reply_judge(const struct call *c, const struct xs_header *header, const char *body)
{
	if (header->type == XS_TYPE_ERROR) {
		return xs_wire_error(body, header->len);
	}
	return header->type == c->type ? 0 : -EIO;
}

/* call_lock held. */
static void call_finish(struct call *c, const struct xs_header *header, const char *body)
{
	c->err = reply_judge(c, header, body);
	if (!c->err) {
		c->reply.body = heap_alloc(header->len + 1);
		c->reply.len = header->len;
		if (c->reply.body) {
			memcpy(c->reply.body, body, header->len); /* the NUL is there: zeroed */
		} else {
			c->err = -ENOMEM;
		}
	}
	list_remove(&c->link);
	WRITE_ONCE(c->is_done, true);
	wait_wake_all(&c->answered);
}

/* call_lock held. */
static struct call *call_find(uint32_t id)
{
	list_for_each(pos, &calls) {
		struct call *c = list_entry(pos, struct call, link);

		if (c->id == id) {
			return c;
		}
	}
	return NULL;
}

static void reply_take(const struct xs_header *header, const char *body)
{
	irq_state_t irq = spin_lock_irqsave(&call_lock);
	struct call *c = call_find(header->request);

	if (c) {
		call_finish(c, header, body);
	} else {
		counts.stray++; /* Q2 */
	}
	spin_unlock_irqrestore(&call_lock, irq);
}

static void all_fail(void)
{
	static const struct xs_header header = { .type = XS_TYPE_ERROR, .len = sizeof("EIO") };
	irq_state_t irq = spin_lock_irqsave(&call_lock);

	while (!list_is_empty(&calls)) {
		call_finish(list_entry(list_first(&calls), struct call, link), &header, "EIO");
	}
	spin_unlock_irqrestore(&call_lock, irq);
}

static void message_take(const struct xs_header *header, const char *body)
{
	const char *path, *token;

	if (header->type != XS_TYPE_WATCH_EVENT) {
		reply_take(header, body);
	} else if (!xs_wire_watch_event(body, header->len, &path, &token)) {
		xs_watch_event(path, token);
	} else {
		xs_ring_kill("a watch event without path and token");
	}
}

/* The next, whole, if one has come; a dead connection is left to who reads on. */
static void message_read(char *body)
{
	nsec_t deadline = clock_now() + XENSTORE_TIMEOUT;
	struct xs_header header;

	if (!xs_ring_has_more() || xs_ring_read(&header, sizeof(header), deadline)) {
		return;
	}
	if (xs_wire_check(&header)) {
		xs_ring_kill("a message longer than the protocol allows");
	} else if (!xs_ring_read(body, header.len, deadline)) {
		message_take(&header, body);
	}
}

static void reader(void *arg)
{
	static char body[XS_WIRE_PAYLOAD_MAX];

	while (xs_ring_wait()) {
		mutex_lock(&read_lock);
		message_read(body);
		mutex_unlock(&read_lock);
	}
	all_fail();
}

/* ---- the interface ---------------------------------------------------- */

/* "dir/node" and its NUL, in three parts. */
static void path_parts(struct xs_part *parts, const char *dir, const char *node)
{
	parts[0] = node ? xs_part_bytes(dir) : xs_part_text(dir);
	parts[1] = (struct xs_part){ "/", node ? 1 : 0 };
	parts[2] = node ? xs_part_text(node) : (struct xs_part){ "", 0 };
}

static int call_path(enum xs_type type, struct xs_tx tx, const char *dir, const char *node,
	struct xs_reply *reply)
{
	struct xs_part parts[3];

	path_parts(parts, dir, node);
	return xs_call(type, tx, parts, 3, reply);
}

int xenstore_read(struct xs_tx tx, const char *dir, const char *node, char **value, size_t *len)
{
	struct xs_reply reply;
	int err = call_path(XS_TYPE_READ, tx, dir, node, &reply);

	if (!err) {
		*value = reply.body;
		if (len) {
			*len = reply.len;
		}
	}
	return err;
}

int xenstore_read_text(struct xs_tx tx, const char *dir, const char *node, char *buf, size_t size)
{
	char *value;
	int err = xenstore_read(tx, dir, node, &value, NULL);

	if (!err) {
		err = strlcpy(buf, value, size) < size ? 0 : -ERANGE;
		heap_free(value);
	}
	return err;
}

int xenstore_read_number(struct xs_tx tx, const char *dir, const char *node, uint64_t *value)
{
	struct xs_reply reply;
	int err = call_path(XS_TYPE_READ, tx, dir, node, &reply);

	if (!err) {
		err = xs_wire_number(reply.body, reply.len, value);
		heap_free(reply.body);
	}
	return err;
}

uint64_t xenstore_read_number_or(
	struct xs_tx tx, const char *dir, const char *node, uint64_t missing)
{
	uint64_t value;

	return xenstore_read_number(tx, dir, node, &value) ? missing : value;
}

int xenstore_write(struct xs_tx tx, const char *dir, const char *node, const char *value)
{
	struct xs_part parts[4];

	path_parts(parts, dir, node);
	parts[3] = xs_part_bytes(value);
	return xs_call(XS_TYPE_WRITE, tx, parts, 4, NULL);
}

int xenstore_printf(struct xs_tx tx, const char *dir, const char *node, const char *fmt, ...)
{
	va_list args, again;
	char *value;
	int len, err = -ENOMEM;

	va_start(args, fmt);
	va_copy(again, args);
	len = fmt_vprint(NULL, 0, fmt, args);
	value = heap_alloc((size_t)len + 1);
	if (value) {
		fmt_vprint(value, (size_t)len + 1, fmt, again);
		err = xenstore_write(tx, dir, node, value);
		heap_free(value);
	}
	va_end(again);
	va_end(args);
	return err;
}

int xenstore_mkdir(struct xs_tx tx, const char *dir, const char *node)
{
	return call_path(XS_TYPE_MKDIR, tx, dir, node, NULL);
}

int xenstore_rm(struct xs_tx tx, const char *dir, const char *node)
{
	return call_path(XS_TYPE_RM, tx, dir, node, NULL);
}

int xenstore_list(struct xs_tx tx, const char *dir, const char *node, struct xs_list *list)
{
	struct xs_reply reply;
	int count, err = call_path(XS_TYPE_DIRECTORY, tx, dir, node, &reply);

	if (err) {
		return err;
	}
	count = xs_wire_count(reply.body, reply.len);
	if (count < 0) {
		heap_free(reply.body);
		return count;
	}
	*list = (struct xs_list){ reply.body, reply.len, (unsigned)count };
	return 0;
}

int xenstore_get_perms(
	struct xs_tx tx, const char *dir, const char *node, struct xs_perm *perms, unsigned *count)
{
	struct xs_reply reply;
	unsigned room = *count;
	size_t offset = 0;
	const char *text;
	int err = call_path(XS_TYPE_GET_PERMS, tx, dir, node, &reply);

	if (err) {
		return err;
	}
	*count = 0;
	while (!err && (text = xs_wire_next(reply.body, reply.len, &offset))) {
		struct xs_perm perm;

		err = xs_wire_perm(text, &perm);
		if (*count < room) {
			perms[*count] = perm;
		}
		*count += 1;
	}
	heap_free(reply.body);
	return err;
}

/* ---- transactions ----------------------------------------------------- */

static int transaction_start(struct xs_tx *tx)
{
	struct xs_part nothing = xs_part_text("");
	struct xs_reply reply;
	uint64_t id;
	int err = xs_call(XS_TYPE_TRANSACTION_START, XS_NONE, &nothing, 1, &reply);

	if (err) {
		return err;
	}
	err = xs_wire_number(reply.body, reply.len, &id);
	heap_free(reply.body);
	if (err || id == 0 || id > UINT32_MAX) {
		return -EPROTO;
	}
	tx->id = (uint32_t)id;
	return 0;
}

int xenstore_begin(struct xs_tx *tx)
{
	int err;

	hold_begin();
	err = transaction_start(tx);
	if (err) {
		hold_end();
	}
	return err;
}

int xenstore_end(struct xs_tx tx, bool commit)
{
	struct xs_part verdict = xs_part_text(commit ? "T" : "F");
	int err = xs_call(XS_TYPE_TRANSACTION_END, tx, &verdict, 1, NULL);

	hold_end();
	return err;
}

int xenstore_transaction(int (*body)(struct xs_tx tx, void *arg), void *arg)
{
	int err = -EAGAIN;

	for (unsigned i = 0; err == -EAGAIN && i < TRANSACTION_TRIES; i++) {
		struct xs_tx tx;
		int end;

		err = xenstore_begin(&tx);
		if (err) {
			return err;
		}
		err = body(tx, arg);
		end = xenstore_end(tx, !err);
		err = err ? err : end;
	}
	return err;
}

/* ---- around a save -------------------------------------------------------- */

/* Q3 */
void xenstore_suspend(void)
{
	irq_state_t irq = spin_lock_irqsave(&call_lock);

	is_suspended = true;
	spin_unlock_irqrestore(&call_lock, irq);
	wait_until(&quiet, READ_ONCE(under_way) == 0, WAIT_FOREVER);
	mutex_lock(&read_lock);
}

void xenstore_resume(bool is_new)
{
	irq_state_t irq;

	if (is_new && xenstore_is_up() && xs_ring_resume()) {
		xs_ring_kill("no event channel for it after a restore");
	}
	mutex_unlock(&read_lock);
	irq = spin_lock_irqsave(&call_lock);
	is_suspended = false;
	spin_unlock_irqrestore(&call_lock, irq);
	wait_wake_all(&quiet);
}

/* ---- boot ------------------------------------------------------------- */

/* The first answer shows that somebody is there; without it nobody shall wait again. */
static void first_question(void)
{
	uint64_t domid;
	int err;

	call_time = FIRST_ANSWER_TIME;
	err = xenstore_read_number(XS_NONE, "domid", NULL, &domid);
	call_time = XENSTORE_TIMEOUT;
	if (err == -ETIMEDOUT) {
		xs_ring_kill("the store does not answer");
	} else if (err) {
		log_warn("xenstore: our own domid: %s", errno_name(err));
	} else {
		log_info("xenstore: connected, we are domain %lu", (unsigned long)domid);
	}
}

void xenstore_init(void)
{
	int err = xs_ring_init();

	if (err) {
		log_warn("xenstore: %s",
			err == -ENODEV ? "the domain has none" : "no event channel for it");
		return;
	}
	err = xs_watch_start();
	err = err ? err : thread_create(NULL, "xenstore", reader, NULL);
	if (err) {
		xs_ring_kill("no memory for its threads");
		return;
	}
	first_question();
}
