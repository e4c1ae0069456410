/*
 * poll.c - poll() and select(): look at every file; if none is ready, sleep until
 * one of their queues is woken, and look again.
 */
#include "poll.h"
#include "timed.h"

#include "../poll/table.h"

#include <arch/clock.h>
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/string.h>
#include <kernel/task.h>

#define FD_MAX	      4096u
#define ALWAYS	      (POLLERR | POLLHUP)
#define BITS_PER_WORD 64u

struct pollfd {
	int32_t fd;
	int16_t events, revents;
};
_Static_assert(sizeof(struct pollfd) == 8, "poll.h: struct pollfd");

/* A file under watch, held for the length of the call. */
struct watch {
	struct file *file;
	unsigned events, ready;
	bool is_bad; /* not an open descriptor */
};

/* The caller, standing on the queues of all its files. */
struct waiter {
	struct poll_table table;
	struct wait_queue queue;
	bool is_woken;
};

static void waiter_woken(struct poll_table *table, unsigned events)
{
	struct waiter *waiter = container_of(table, struct waiter, table);

	WRITE_ONCE(waiter->is_woken, true);
	wait_wake_all(&waiter->queue);
}

/* Look at all; with a table, also stand on their queues. How many are ready. */
static unsigned watches_look(struct watch *w, unsigned count, struct poll_table *table)
{
	unsigned ready = 0;

	for (unsigned i = 0; i < count; i++) {
		if (w[i].is_bad) {
			w[i].ready = POLLNVAL;
		} else if (w[i].file) {
			w[i].ready = file_poll(w[i].file, table) & (w[i].events | ALWAYS);
		}
		ready += w[i].ready != 0;
	}
	return ready;
}

/* Until one is ready, the deadline or a signal: the number, 0, -EINTR or -ENOMEM. */
static long watches_wait(struct watch *w, unsigned count, nsec_t deadline)
{
	struct waiter waiter = { .is_woken = false };
	long ready;

	wait_queue_init(&waiter.queue);
	poll_table_init(&waiter.table, waiter_woken);
	ready = watches_look(w, count, &waiter.table);
	while (!ready && !waiter.table.has_failed) {
		bool in_time = wait_until(
			&waiter.queue, READ_ONCE(waiter.is_woken) || signal_is_pending(), deadline);

		/* Before what we look at, or who makes it ready may wake us before we forget that, and we would sleep. */
		__atomic_store_n(&waiter.is_woken, false, __ATOMIC_SEQ_CST);
		ready = watches_look(w, count, NULL);
		if (!ready && signal_is_pending()) {
			ready = -EINTR;
		}
		if (!in_time) {
			break;
		}
	}
	poll_table_free(&waiter.table);
	return waiter.table.has_failed && !ready ? -ENOMEM : ready;
}

static void watch_take(struct watch *w, int fd, unsigned events)
{
	w->events = events;
	if (fd >= 0) {
		w->file = fd_get(task_current()->fds, fd);
		w->is_bad = !w->file;
	}
}

static void watches_release(struct watch *w, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (w[i].file) {
			file_unref(w[i].file);
		}
	}
}

/* ---- poll ----------------------------------------------------------------------- */

static long poll_do(vaddr_t user, unsigned long count, nsec_t deadline)
{
	struct watch *w;
	struct pollfd *fds;
	long result = -ENOMEM;

	if (count > FD_MAX) {
		return -EINVAL;
	}
	w = heap_alloc((count + 1) * sizeof(*w));
	fds = heap_alloc((count + 1) * sizeof(*fds));
	if (w && fds) {
		result = user_copy_in(fds, user, count * sizeof(*fds));
	}
	if (!result) {
		for (unsigned i = 0; i < count; i++) {
			watch_take(&w[i], fds[i].fd, (uint16_t)fds[i].events);
		}
		result = watches_wait(w, (unsigned)count, deadline);
		for (unsigned i = 0; i < count; i++) {
			fds[i].revents = (int16_t)w[i].ready;
		}
		watches_release(w, (unsigned)count);
	}
	if (result >= 0 && user_copy_out(user, fds, count * sizeof(*fds))) {
		result = -EFAULT;
	}
	heap_free(fds);
	heap_free(w);
	return result;
}

long sys_poll(sys_ptr fds, sys_ulong count, sys_int timeout)
{
	nsec_t deadline =
		timeout < 0 ? WAIT_FOREVER : clock_now() + (nsec_t)timeout * NSEC_PER_MSEC;
	long result = poll_do(fds, count, deadline_kept(deadline));

	return result == -EINTR ? -ERESTART_RESTARTBLOCK : result;
}

int user_mask_lend(vaddr_t user_mask, size_t size)
{
	sigset_kernel_t mask;

	if (!user_mask) {
		return 0;
	}
	if (size != sizeof(mask)) {
		return -EINVAL;
	}
	if (user_copy_in(&mask, user_mask, sizeof(mask))) {
		return -EFAULT;
	}
	signal_mask_lend(mask);
	return 0;
}

long user_mask_settle(long result)
{
	if (result != -EINTR && result != -ERESTARTNOHAND) {
		signal_mask_return();
	}
	return result;
}

long poll_masked(sys_ptr fds, sys_ulong count, sys_ptr timeout, sys_ptr mask, sys_len mask_size,
	enum time_width width)
{
	nsec_t deadline;
	int err = deadline_in(&deadline, timeout, width);
	long result;

	if (!err) {
		err = user_mask_lend(mask, mask_size);
	}
	if (err) {
		return err;
	}
	result = poll_do(fds, count, deadline);
	return user_mask_settle(result == -EINTR ? -ERESTARTNOHAND : result);
}

long sys_ppoll(sys_ptr fds, sys_ulong count, sys_ptr timeout, sys_ptr mask, sys_len mask_size)
{
	return poll_masked(fds, count, timeout, mask, mask_size, TIME_WORD);
}

/* ---- select ----------------------------------------------------------------------- */

/* The three sets, one after the other, and what each asks of a file. */
#define SET_COUNT 3
static const unsigned set_events[SET_COUNT] = { POLLIN | POLLRDNORM, POLLOUT | POLLWRNORM,
	POLLPRI };
static const unsigned set_ready[SET_COUNT] = { POLLIN | POLLRDNORM | POLLHUP | POLLERR,
	POLLOUT | POLLWRNORM | POLLERR, POLLPRI };

struct sets {
	uint64_t *bits[SET_COUNT]; /* NULL where the program gave none */
	size_t len;
};

static bool bit_get(const uint64_t *bits, unsigned i)
{
	return bits && bits[i / BITS_PER_WORD] >> (i % BITS_PER_WORD) & 1;
}

static int sets_read(struct sets *sets, const vaddr_t user[SET_COUNT], uint64_t *memory)
{
	for (unsigned s = 0; s < SET_COUNT; s++) {
		sets->bits[s] = user[s] ? memory + s * sets->len / sizeof(uint64_t) : NULL;
		if (user[s] && user_copy_in(sets->bits[s], user[s], sets->len)) {
			return -EFAULT;
		}
	}
	return 0;
}

static int watches_from_sets(struct watch *w, unsigned count, const struct sets *sets)
{
	for (unsigned i = 0; i < count; i++) {
		unsigned events = 0;

		for (unsigned s = 0; s < SET_COUNT; s++) {
			events |= bit_get(sets->bits[s], i) ? set_events[s] : 0;
		}
		if (events) {
			watch_take(&w[i], (int)i, events);
			if (w[i].is_bad) {
				return -EBADF;
			}
		}
	}
	return 0;
}

/* The sets become what is ready; the number of bits in them. */
static long sets_from_watches(struct sets *sets, const struct watch *w, unsigned count)
{
	long total = 0;

	for (unsigned s = 0; s < SET_COUNT; s++) {
		for (unsigned i = 0; sets->bits[s] && i < count; i++) {
			uint64_t bit = UINT64_C(1) << (i % BITS_PER_WORD);

			if (bit_get(sets->bits[s], i) && w[i].ready & set_ready[s]) {
				total++;
			} else {
				sets->bits[s][i / BITS_PER_WORD] &= ~bit;
			}
		}
	}
	return total;
}

static long sets_write(const struct sets *sets, const vaddr_t user[SET_COUNT])
{
	for (unsigned s = 0; s < SET_COUNT; s++) {
		if (user[s] && user_copy_out(user[s], sets->bits[s], sets->len)) {
			return -EFAULT;
		}
	}
	return 0;
}

static long select_do(int count, const vaddr_t user[SET_COUNT], nsec_t deadline)
{
	unsigned n = count < 0 ? 0 : MIN((unsigned)count, FD_MAX);
	struct sets sets = { .len = ALIGN_UP((size_t)n, BITS_PER_WORD) / 8 };
	struct watch *w = heap_alloc((n + 1) * sizeof(*w));
	uint64_t *memory = heap_alloc(SET_COUNT * sets.len + 1);
	long result = count < 0 ? -EINVAL : -ENOMEM;

	if (count >= 0 && w && memory) {
		result = sets_read(&sets, user, memory);
	}
	if (!result) {
		result = watches_from_sets(w, n, &sets);
		if (!result) {
			result = watches_wait(w, n, deadline);
		}
		watches_release(w, n);
	}
	if (result >= 0) {
		result = sets_from_watches(&sets, w, n);
		if (sets_write(&sets, user)) {
			result = -EFAULT;
		}
	}
	heap_free(memory);
	heap_free(w);
	return result == -EINTR ? -ERESTARTNOHAND : result;
}

long sys_select(sys_int count, sys_ptr read, sys_ptr write, sys_ptr except, sys_ptr timeout)
{
	const vaddr_t user[SET_COUNT] = { read, write, except };
	nsec_t deadline = WAIT_FOREVER;
	struct linux_timeval t;
	nsec_t now;
	long result;

	if (timeout) {
		if (user_copy_in(&t, timeout, sizeof(t))) {
			return -EFAULT;
		}
		if (t.sec < 0 || t.usec < 0) {
			return -EINVAL;
		}
		deadline =
			clock_now() + (nsec_t)t.sec * NSEC_PER_SEC + (nsec_t)t.usec * NSEC_PER_USEC;
	}
	result = select_do(count, user, deadline);
	now = clock_now();
	if (timeout) {
		nsec_t left = deadline > now ? deadline - now : 0;

		t.sec = (long)(left / NSEC_PER_SEC);
		t.usec = (long)(left % NSEC_PER_SEC / NSEC_PER_USEC);
		if (user_copy_out(timeout, &t, sizeof(t))) {
			return result; /* as Linux: who made it read-only does not want to know */
		}
	}
	return result;
}

long select_masked(sys_int count, const vaddr_t user[SET_COUNT], sys_ptr timeout, sys_ptr mask,
	enum time_width width)
{
	struct {
		vaddr_t set;
		size_t size;
	} lend = { 0 };
	nsec_t deadline;
	int err = deadline_in(&deadline, timeout, width);

	if (!err && mask) {
		err = user_copy_in(&lend, mask, sizeof(lend));
	}
	if (!err) {
		err = user_mask_lend(lend.set, lend.size);
	}
	return err ? err : user_mask_settle(select_do(count, user, deadline));
}

long sys_pselect6(
	sys_int count, sys_ptr read, sys_ptr write, sys_ptr except, sys_ptr timeout, sys_ptr mask)
{
	const vaddr_t user[SET_COUNT] = { read, write, except };

	return select_masked(count, user, timeout, mask, TIME_WORD);
}
