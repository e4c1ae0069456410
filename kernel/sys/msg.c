/*
 * msg.c - System V message queues: messages with a type, taken in order or by it.
 *
 * A message for which somebody waits is given to him: the receivers stand in a list, and a sender looks through that
 * before it queues. So the one who came first gets the first that he wants, whoever runs
 * first. Senders that have no room wait for the queue's event and try again.
 *
 * Invariants:
 *   H1  bytes is the sum of the messages' lengths, of which there are count.
 *   H2  A receiver is in its queue's list exactly while its result is MSG_PENDING.
 *   H3  Who sleeps holds a reference of the queue, so it may find it removed.
 */
#include <arch/clock.h>
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/process.h>
#include <kernel/signal.h>
#include <kernel/syscall.h>
#include "ipc.h"

#define QUEUES_MAX  1024u
#define MESSAGE_MAX 8192u  /* bytes of one */
#define QUEUE_MAX   16384u /* bytes in one queue, unless root allows for more */
#define MSG_PENDING 1

struct message {
	struct list link;
	long type;
	size_t len;
	char data[];
};

struct msg_queue {
	struct ipc_object ipc;
	unsigned refs;
	struct list messages, receivers;
	struct wait_queue room; /* something was taken, or the queue removed */
	size_t bytes, count, bytes_max;
	int last_sender, last_receiver;
	nsec_t send_time, receive_time, change_time; /* 0: never */
};

struct receiver {
	struct list link;
	long type;
	size_t room;
	unsigned flags;
	int pid;
	struct message *message;
	int result; /* MSG_PENDING until there is a message, or an error */
	struct wait_queue queue;
};

IPC_TABLE(msg_table, "messages", QUEUES_MAX);

/* ---- queues: the lock held --------------------------------------------------------------------- */

static struct msg_queue *queue_at(unsigned place)
{
	return container_of(msg_table.objects[place], struct msg_queue, ipc);
}

static void queue_unref(struct msg_queue *q)
{
	if (--q->refs == 0) {
		list_for_each_safe(node, &q->messages) {
			heap_free(list_entry(node, struct message, link));
		}
		heap_free(q);
	}
}

static long queue_make(int key, unsigned flags)
{
	struct msg_queue *q = heap_alloc(sizeof(*q));
	long id;

	if (!q) {
		return -ENOMEM;
	}
	q->refs = 1;
	list_init(&q->messages);
	list_init(&q->receivers);
	wait_queue_init(&q->room);
	q->bytes_max = QUEUE_MAX;
	q->change_time = clock_wall();
	id = ipc_add(&msg_table, &q->ipc, key, flags);
	if (id < 0) {
		heap_free(q);
	}
	return id;
}

long sys_msgget(sys_int key, sys_flags flags)
{
	unsigned place;
	long result;

	mutex_lock(&msg_table.lock);
	result = ipc_look(&msg_table, key, flags, &place);
	if (result == IPC_MAKE) {
		result = queue_make(key, flags);
	} else if (result == IPC_FOUND) {
		result = ipc_open(&msg_table, place, flags);
	}
	mutex_unlock(&msg_table.lock);
	return result;
}

static int queue_find(int id, unsigned wanted, struct msg_queue **q)
{
	unsigned place;
	int err = ipc_find(&msg_table, id, &place);

	if (!err) {
		*q = queue_at(place);
		err = ipc_rights_check(&(*q)->ipc, wanted);
	}
	return err;
}

/* ---- who wants what ------------------------------------------------------------------------------- */

/* Whether a message of `type` is one that msgrcv() of `wanted` may take. */
static bool is_wanted(long type, long wanted, unsigned flags)
{
	if (!wanted) {
		return true;
	}
	if (wanted < 0) {
		return -type >= wanted;
	}
	return flags & MSG_EXCEPT ? type != wanted : type == wanted;
}

/* The first; of those up to a type, the first of the lowest. */
static struct message *message_find(const struct msg_queue *q, long wanted, unsigned flags)
{
	struct message *found = NULL;

	list_for_each(node, &q->messages) {
		struct message *m = list_entry(node, struct message, link);

		if (is_wanted(m->type, wanted, flags) && (!found || m->type < found->type)) {
			found = m;
			if (wanted >= 0) {
				break;
			}
		}
	}
	return found;
}

static bool has_room(const struct receiver *r, const struct message *m)
{
	return m->len <= r->room || r->flags & MSG_NOERROR;
}

/* H2 */
static void receiver_tell(struct receiver *r, int result)
{
	list_remove(&r->link);
	WRITE_ONCE(r->result, result);
	wait_wake_all(&r->queue);
}

/* Give it to who waits for it, if anybody does. One who has too little room hears of that. */
static bool message_give(struct msg_queue *q, struct message *m)
{
	list_for_each_safe(node, &q->receivers) {
		struct receiver *r = list_entry(node, struct receiver, link);

		if (!is_wanted(m->type, r->type, r->flags)) {
			continue;
		}
		if (!has_room(r, m)) {
			receiver_tell(r, -E2BIG);
			continue;
		}
		r->message = m;
		q->last_receiver = r->pid;
		q->receive_time = clock_wall();
		receiver_tell(r, 0);
		return true;
	}
	return false;
}

/* ---- sending --------------------------------------------------------------------------------------- */

/* H1. -EAGAIN: there is no room now. */
static int message_put(struct msg_queue *q, struct message *m)
{
	if (q->bytes + m->len > q->bytes_max || q->count + 1 > q->bytes_max) {
		return -EAGAIN;
	}
	q->last_sender = process_current()->pid;
	q->send_time = clock_wall();
	if (!message_give(q, m)) {
		list_push_back(&q->messages, &m->link);
		q->bytes += m->len;
		q->count++;
	}
	return 0;
}

static bool has_room_for(struct msg_queue *q, const struct message *m)
{
	return READ_ONCE(q->ipc.is_removed) ||
		(READ_ONCE(q->bytes) + m->len <= READ_ONCE(q->bytes_max) &&
			READ_ONCE(q->count) < READ_ONCE(q->bytes_max));
}

/* Until there may be room; the lock is let go of meanwhile. */
static int room_await(struct msg_queue *q, const struct message *m)
{
	int err;

	q->refs++;
	mutex_unlock(&msg_table.lock);
	(void)wait_until(&q->room, has_room_for(q, m) || signal_is_pending(), WAIT_FOREVER);
	mutex_lock(&msg_table.lock);
	err = q->ipc.is_removed				     ? -EIDRM
		: signal_is_pending() && !has_room_for(q, m) ? -ERESTARTNOHAND
							     : 0;
	queue_unref(q);
	return err;
}

static int send(int id, struct message *m, unsigned flags)
{
	struct msg_queue *q;
	int err = queue_find(id, IPC_WRITE, &q);

	while (!err) {
		err = message_put(q, m);
		if (err != -EAGAIN || flags & IPC_NOWAIT) {
			break;
		}
		err = room_await(q, m);
		if (!err) {
			err = ipc_rights_check(&q->ipc, IPC_WRITE);
		}
	}
	return err;
}

long sys_msgsnd(sys_int id, sys_ptr user, sys_len len, sys_flags flags)
{
	struct message *m;
	long type;
	int err;

	if (user_copy_in(&type, user, sizeof(type))) {
		return -EFAULT;
	}
	if (len > MESSAGE_MAX || id < 0 || type < 1) {
		return -EINVAL;
	}
	m = heap_alloc(sizeof(*m) + len);
	if (!m) {
		return -ENOMEM;
	}
	m->type = type;
	m->len = len;
	err = user_copy_in(m->data, user + sizeof(type), len) ? -EFAULT : 0;
	if (!err) {
		mutex_lock(&msg_table.lock);
		err = send(id, m, flags);
		mutex_unlock(&msg_table.lock);
	}
	if (err) {
		heap_free(m);
	}
	return err;
}

/* ---- receiving --------------------------------------------------------------------------------------- */

/* Take a message that is there, or stand in the list: the receiver's result so far. */
static int begin(int id, struct receiver *r)
{
	struct msg_queue *q;
	struct message *m;
	int err = queue_find(id, IPC_READ, &q);

	if (err) {
		return err;
	}
	m = message_find(q, r->type, r->flags);
	if (!m) {
		if (r->flags & IPC_NOWAIT) {
			return -ENOMSG;
		}
		list_push_back(&q->receivers, &r->link);
		return MSG_PENDING;
	}
	if (!has_room(r, m)) {
		return -E2BIG;
	}
	list_remove(&m->link);
	q->bytes -= m->len;
	q->count--;
	q->last_receiver = r->pid;
	q->receive_time = clock_wall();
	wait_wake_all(&q->room);
	r->message = m;
	return 0;
}

static int receive(int id, struct receiver *r)
{
	mutex_lock(&msg_table.lock);
	r->result = begin(id, r);
	if (r->result == MSG_PENDING) {
		mutex_unlock(&msg_table.lock);
		(void)wait_until(&r->queue,
			READ_ONCE(r->result) != MSG_PENDING || signal_is_pending(), WAIT_FOREVER);
		mutex_lock(&msg_table.lock);
	}
	if (r->result == MSG_PENDING) {
		list_remove(&r->link);
		r->result = -ERESTARTNOHAND;
	}
	mutex_unlock(&msg_table.lock);
	return r->result;
}

long sys_msgrcv(sys_int id, sys_ptr user, sys_len room, sys_long type, sys_flags flags)
{
	struct receiver r = {
		.type = type, .room = room, .flags = flags, .pid = process_current()->pid
	};
	long result;

	if (id < 0 || (long)room < 0) {
		return -EINVAL;
	}
	if (flags & MSG_COPY) {
		return -ENOSYS; /* as a Linux without CONFIG_CHECKPOINT_RESTORE */
	}
	wait_queue_init(&r.queue);
	result = receive(id, &r);
	if (result) {
		return result;
	}
	result = (long)MIN(r.message->len, room);
	if (user_copy_out(user, &r.message->type, sizeof(r.message->type)) ||
		user_copy_out(user + sizeof(r.message->type), r.message->data, (size_t)result)) {
		result = -EFAULT;
	}
	heap_free(r.message);
	return result;
}

/* ---- msgctl(): the lock held ------------------------------------------------------------------------- */

struct linux_msqid_ds msg_state(unsigned place)
{
	const struct msg_queue *q = queue_at(place);

	return (struct linux_msqid_ds){ .perm = ipc_perm_of(&msg_table, place),
		.send_time = ipc_seconds(q->send_time),
		.receive_time = ipc_seconds(q->receive_time),
		.change_time = ipc_seconds(q->change_time),
		.bytes = q->bytes,
		.count = q->count,
		.bytes_max = q->bytes_max,
		.last_sender = q->last_sender,
		.last_receiver = q->last_receiver };
}

static long tell(unsigned place, vaddr_t user, bool needs_rights)
{
	struct linux_msqid_ds ds = msg_state(place);
	int err = needs_rights ? ipc_rights_check(&queue_at(place)->ipc, IPC_READ) : 0;

	return err ? err : user_copy_out(user, &ds, sizeof(ds));
}

static long change(struct msg_queue *q, const struct linux_msqid_ds *new)
{
	int err;

	if (ipc_is_owner(&q->ipc) && new->bytes_max > QUEUE_MAX && process_current()->euid) {
		return -EPERM;
	}
	err = ipc_perm_set(&q->ipc, &new->perm);
	if (!err) {
		q->bytes_max = new->bytes_max;
		q->change_time = clock_wall();
		wait_wake_all(&q->room);
	}
	return err;
}

static long queue_remove(unsigned place)
{
	struct msg_queue *q = queue_at(place);

	if (!ipc_is_owner(&q->ipc)) {
		return -EPERM;
	}
	(void)ipc_take(&msg_table, place);
	WRITE_ONCE(q->ipc.is_removed, true);
	list_for_each_safe(node, &q->receivers) {
		receiver_tell(list_entry(node, struct receiver, link), -EIDRM);
	}
	wait_wake_all(&q->room);
	queue_unref(q);
	return 0;
}

/* MSG_INFO tells what there is in three of the fields. */
static long limits_tell(int cmd, vaddr_t user)
{
	struct linux_msg_limits limits = { .pool = QUEUES_MAX * QUEUE_MAX / 1024,
		.map = QUEUE_MAX,
		.message = MESSAGE_MAX,
		.queue = QUEUE_MAX,
		.queues = QUEUES_MAX,
		.segment = 16,
		.messages = QUEUE_MAX,
		.segments = UINT16_MAX };

	if (cmd == MSG_INFO) {
		limits.pool = limits.map = limits.messages = 0;
		for (unsigned i = 0; i < msg_table.place_count; i++) {
			const struct msg_queue *q = msg_table.objects[i] ? queue_at(i) : NULL;

			limits.pool += q != NULL;
			limits.map += q ? (int)q->count : 0;
			limits.messages += q ? (int)q->bytes : 0;
		}
	}
	return user_copy_out(user, &limits, sizeof(limits)) ? -EFAULT : ipc_place_last(&msg_table);
}

static long control(int id, int cmd, vaddr_t user, const struct linux_msqid_ds *new)
{
	unsigned place = (unsigned)id;
	long err;

	switch (cmd) {
	case IPC_INFO:
	case MSG_INFO:
		return limits_tell(cmd, user);
	case MSG_STAT:
	case MSG_STAT_ANY:
		err = ipc_find_place(&msg_table, id);
		err = err ? err : tell(place, user, cmd == MSG_STAT);
		return err ? err : ipc_id(&msg_table, place);
	default:
		err = ipc_find(&msg_table, id, &place);
	}
	if (err) {
		return err;
	}
	switch (cmd) {
	case IPC_STAT:
		return tell(place, user, true);
	case IPC_SET:
		return change(queue_at(place), new);
	default:
		return queue_remove(place);
	}
}

static bool is_command(int cmd)
{
	return (cmd >= IPC_RMID && cmd <= IPC_INFO) || (cmd >= MSG_STAT && cmd <= MSG_STAT_ANY);
}

long sys_msgctl(sys_int id, sys_int cmd, sys_ptr user)
{
	struct linux_msqid_ds new;
	long result;

	if (id < 0 || !is_command(cmd)) {
		return -EINVAL;
	}
	if (cmd == IPC_SET && user_copy_in(&new, user, sizeof(new))) {
		return -EFAULT;
	}
	mutex_lock(&msg_table.lock);
	result = control(id, cmd, user, &new);
	mutex_unlock(&msg_table.lock);
	return result;
}
