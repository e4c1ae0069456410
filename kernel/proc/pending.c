/*
 * pending.c - signals that were sent and not yet taken.
 *
 * Of the classic ones (below 32) one of each number is pending, the first that
 * came. Real-time signals queue, each with its details, in the order of sending.
 * What is queued counts for the receiver's user, and is limited by the receiver's
 * RLIMIT_SIGPENDING; a signal whose details do not matter is then pending without an entry.
 *
 * Invariants, under the signal state's lock:
 *   Q1  `set` has the bit of every entry.
 *   Q2  An entry of a timer is on at most one list, and outlives the timer only there.
 */
#include "signal_state.h"

#include <kernel/errno.h>
#include <kernel/heap.h>
#include <linux/resource.h>

/* Faults first: they belong to the instruction that is about to be repeated. */
#define SYNCHRONOUS                                                                                \
	(signal_bit(SIGSEGV) | signal_bit(SIGBUS) | signal_bit(SIGILL) | signal_bit(SIGTRAP) |     \
		signal_bit(SIGFPE) | signal_bit(SIGSYS))

/* ---- who pays ------------------------------------------------------------------ */

/*
 * How many entries count for a user; there is one while there are any. Signals mostly come one at a
 * time, so the payer that fell to nothing last stays, and so does the entry that was given
 * back last: making and freeing them was a fifth of what a signal costs.
 */
struct signal_payer {
	struct list link;
	uint32_t uid;
	uint64_t count;
};

static struct spinlock payers_lock = SPINLOCK_INIT("signal payers"); /* irq-safe: interrupts send */
static struct list payers = LIST_INIT(payers);
static struct signal_payer *payer_idle; /* of those on the list the one with nothing, or NULL */
static struct signal_entry *entry_idle; /* or NULL; also under the payers' lock */

static struct signal_payer *payer_find(uint32_t uid)
{
	struct signal_payer *payer;

	list_for_each(node, &payers) {
		payer = list_entry(node, struct signal_payer, link);
		if (payer->uid == uid) {
			return payer;
		}
	}
	payer = heap_alloc(sizeof(*payer));
	if (payer) {
		payer->uid = uid;
		list_push_back(&payers, &payer->link);
	}
	return payer;
}

static void payer_count(struct signal_payer *payer, int change)
{
	payer->count += (uint64_t)change;
	if (payer_idle == payer) {
		payer_idle = NULL;
	}
	if (!payer->count) {
		if (payer_idle) {
			list_remove(&payer_idle->link);
			heap_free(payer_idle);
		}
		payer_idle = payer;
	}
}

/* Count one more, unless that is over the limit: NULL. *entry: the idle one, if there is one. */
static struct signal_payer *payer_charge(uint32_t uid, uint64_t limit, struct signal_entry **entry)
{
	irq_state_t irq = spin_lock_irqsave(&payers_lock);
	struct signal_payer *payer = payer_find(uid);

	if (payer && payer->count >= limit) {
		payer_count(payer, 0);
		payer = NULL;
	}
	*entry = NULL;
	if (payer) {
		payer_count(payer, 1);
		*entry = entry_idle;
		entry_idle = NULL;
	}
	spin_unlock_irqrestore(&payers_lock, irq);
	return payer;
}

/* Count one less; `entry` (or NULL) is free. Returns it if there is an idle one already. */
static struct signal_entry *payer_refund(struct signal_payer *payer, struct signal_entry *entry)
{
	irq_state_t irq = spin_lock_irqsave(&payers_lock);

	payer_count(payer, -1);
	if (!entry_idle) {
		entry_idle = entry;
		entry = NULL;
	}
	spin_unlock_irqrestore(&payers_lock, irq);
	return entry;
}

/* ---- entries --------------------------------------------------------------------- */

static struct signal_entry *entry_make(const struct signal_info *info, const struct process *to)
{
	/* What the kernel or kill() say with a classic signal is not limited. */
	bool is_free = info->signo < SIGNAL_REALTIME && info->code >= 0;
	uint64_t limit = is_free ? UINT64_MAX : to->limits[RLIMIT_SIGPENDING].soft;
	struct signal_entry *entry;
	struct signal_payer *payer = payer_charge(to->uid, limit, &entry);

	if (payer && !entry) {
		entry = heap_alloc_unfilled(sizeof(*entry));
	}
	if (entry) {
		*entry = (struct signal_entry){ .info = *info, .payer = payer };
	} else if (payer) {
		(void)payer_refund(payer, NULL);
	}
	return entry;
}

/* Off the list, and gone unless a timer keeps it. */
static void entry_end(struct signal_entry *entry)
{
	struct signal_entry *surplus = entry->timer ? NULL : entry;

	list_remove(&entry->link);
	if (entry->payer) {
		surplus = payer_refund(entry->payer, surplus);
	}
	heap_free(surplus);
}

/* ---- the set ----------------------------------------------------------------------- */

void pending_init(struct signal_pending *pending)
{
	pending->set = 0;
	list_init(&pending->entries);
}

int pending_add(
	struct signal_pending *pending, const struct signal_info *info, const struct process *to)
{
	struct signal_entry *entry;

	if (info->signo < SIGNAL_REALTIME && pending->set & signal_bit(info->signo)) {
		return 0;
	}
	entry = entry_make(info, to);
	if (!entry && info->signo >= SIGNAL_REALTIME && info->code != SI_USER) {
		return -EAGAIN;
	}
	if (entry) {
		list_push_back(&pending->entries, &entry->link);
	}
	WRITE_ONCE(pending->set, pending->set | signal_bit(info->signo));
	return 0;
}

void pending_add_entry(struct signal_pending *pending, struct signal_entry *entry)
{
	list_push_back(&pending->entries, &entry->link);
	WRITE_ONCE(pending->set, pending->set | signal_bit(entry->info.signo));
}

static int first_of(sigset_kernel_t set)
{
	if (set & SYNCHRONOUS) {
		set &= SYNCHRONOUS;
	}
	return set ? __builtin_ctzll(set) + 1 : 0;
}

/* The first entry of the number, and whether there is another. */
static struct signal_entry *entry_find(struct signal_pending *pending, int signo, bool *is_last)
{
	struct signal_entry *found = NULL;

	*is_last = true;
	list_for_each(node, &pending->entries) {
		struct signal_entry *entry = list_entry(node, struct signal_entry, link);

		if (entry->info.signo == signo) {
			if (found) {
				*is_last = false;
				break;
			}
			found = entry;
		}
	}
	return found;
}

int pending_take(struct signal_pending *pending, sigset_kernel_t set, struct signal_info *info)
{
	int signo = first_of(pending->set & set);
	struct signal_entry *entry;
	bool is_last;

	if (!signo) {
		return 0;
	}
	entry = entry_find(pending, signo, &is_last);
	if (is_last) {
		WRITE_ONCE(pending->set, pending->set & ~signal_bit(signo));
	}
	*info = (struct signal_info){ .signo = signo, .code = SI_USER }; /* the details were lost */
	if (entry) {
		struct posix_timer *timer = entry->timer;

		*info = entry->info;
		entry_end(entry);
		if (timer) {
			posix_timer_taken(timer, info);
		}
	}
	return signo;
}

void pending_drop(struct signal_pending *pending, sigset_kernel_t set)
{
	WRITE_ONCE(pending->set, pending->set & ~set);
	list_for_each_safe(node, &pending->entries) {
		struct signal_entry *entry = list_entry(node, struct signal_entry, link);

		if (set & signal_bit(entry->info.signo)) {
			entry_end(entry);
		}
	}
}
