/*
 * rseq.c - restartable sequences (rseq(2)): which CPU a thread runs on, in a word of its program's, and code
 * that knows when it did not run in one go.
 *
 * A thread has registered an area. It may name a sequence there, a stretch of code with a place to go on at if it
 * was left in the middle: because another thread ran in between, perhaps on this CPU, or because of a signal. Both are seen
 * on the way back to user mode: the thread was switched to since it last looked, or a handler is about to be entered.
 * Where the sequence was left one goes on only if the signature that was registered stands in front of it, so that no
 * area, whoever wrote it, leads into the middle of some code.
 */
#include "rseq.h"

#include <kernel/cpu.h>
#include <kernel/errno.h>
#include <kernel/string.h>
#include <kernel/vm.h>
#include <linux/signal.h>

/* Linux's struct rseq, as it was first, and struct rseq_cs (linux/rseq.h). */
#define AREA_LEN      32u
#define AREA_CS	      8u
#define AREA_FLAGS    16u
#define UNREGISTER    1u
#define CPU_NONE      (~0u) /* of who has not registered */
#define SIGNATURE_LEN 4u

struct sequence {
	uint32_t version, flags;
	uint64_t start, len, abort;
};

/* ---- the call --------------------------------------------------------------------------- */

static int unregister(struct task *task)
{
	const uint32_t words[] = { 0, CPU_NONE };

	if (user_copy_out(task->rseq.area, words, sizeof(words))) {
		return -EFAULT;
	}
	task->rseq.area = 0;
	return 0;
}

long rseq_register(vaddr_t area, size_t len, unsigned flags, uint32_t signature)
{
	const uint64_t none = 0;
	struct task *task = task_current();
	bool is_ours = area == task->rseq.area && len == AREA_LEN;

	if (flags & ~UNREGISTER || (flags && !area)) {
		return -EINVAL;
	}
	if (flags || task->rseq.area) {
		if (!is_ours) {
			return -EINVAL;
		}
		if (signature != task->rseq.signature) {
			return -EPERM;
		}
		return flags ? unregister(task) : -EBUSY;
	}
	if (area % AREA_LEN || len != AREA_LEN) {
		return -EINVAL;
	}
	/* What is left there is no sequence of this registration's, as on Linux from 6.13 on. */
	if (area >= VM_ADDRESS_END || user_copy_out(area + AREA_CS, &none, sizeof(none))) {
		return -EFAULT;
	}
	task->rseq.area = area;
	task->rseq.signature = signature;
	rseq_want(task);
	return 0;
}

void rseq_copy(struct task *child, const struct task *parent)
{
	child->rseq = parent->rseq;
	rseq_want(child);
}

/* ---- going back ------------------------------------------------------------------------ */

/* A sequence as somebody wrote it: nothing of it is sure. */
static int sequence_check(const struct task *task, const struct sequence *s)
{
	uint32_t signature;

	if (s->version || s->flags || s->start >= VM_ADDRESS_END || s->len >= VM_ADDRESS_END ||
		s->start + s->len >= VM_ADDRESS_END || s->abort >= VM_ADDRESS_END ||
		s->abort < SIGNATURE_LEN || s->abort - s->start < s->len) {
		return -EINVAL;
	}
	if (user_copy_in(&signature, (vaddr_t)s->abort - SIGNATURE_LEN, sizeof(signature))) {
		return -EFAULT;
	}
	return signature == task->rseq.signature ? 0 : -EINVAL;
}

/* If the program is in the sequence that its area names, it goes on where that says. The area names none then. */
static int sequence_leave(struct task *task, struct user_frame *f)
{
	const uint64_t none = 0;
	struct sequence s;
	uint64_t place;
	uint32_t flags;
	int err;

	if (user_copy_in(&place, task->rseq.area + AREA_CS, sizeof(place))) {
		return -EFAULT;
	}
	if (!place) {
		return 0;
	}
	if (place >= VM_ADDRESS_END || user_copy_in(&s, (vaddr_t)place, sizeof(s))) {
		return -EFAULT;
	}
	err = sequence_check(task, &s);
	if (!err && user_pc(f) - s.start < s.len) {
		if (user_copy_in(&flags, task->rseq.area + AREA_FLAGS, sizeof(flags))) {
			return -EFAULT;
		}
		if (flags) {
			return -EINVAL; /* those that kept the sequence going are no more */
		}
		user_pc_set(f, (vaddr_t)s.abort);
	}
	return err ? err : user_copy_out(task->rseq.area + AREA_CS, &none, sizeof(none));
}

static void settle(struct task *task, struct user_frame *f)
{
	uint32_t words[2];

	task->rseq.switches =
		READ_ONCE(task->thread->switches); /* one that comes now is seen again */
	words[0] = words[1] = cpu_id();
	if (sequence_leave(task, f) || user_copy_out(task->rseq.area, words, sizeof(words))) {
		signal_force(&(struct signal_info){ .signo = SIGSEGV, .code = SI_KERNEL });
	}
}

void rseq_leave(struct user_frame *f)
{
	struct task *task = task_current();

	if (rseq_is_due(task)) {
		settle(task, f);
	}
}

void rseq_signal(struct user_frame *f)
{
	struct task *task = task_current();

	if (task->rseq.area) {
		settle(task, f);
	}
}
