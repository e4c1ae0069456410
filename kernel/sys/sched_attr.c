/*
 * sched_attr.c - scheduling parameters and I/O priorities. There is one
 * policy, whose one priority is 0 and whose nice value is 0; I/O
 * priorities are kept and told.
 */
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/process.h>
#include <kernel/string.h>
#include <kernel/syscall.h>

#include "timed.h"

#define SLICE	     (10 * NSEC_PER_MSEC)
#define SIZE_FIRST   48u /* of struct sched_attr as it was at first */
#define SIZE_CURRENT 56u
#define FLAGS	     0x7fu

struct linux_sched_attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};
_Static_assert(sizeof(struct linux_sched_attr) == SIZE_CURRENT, "linux/sched/types.h");

static int process_check(int pid)
{
	struct process *p = process_find(pid ? pid : process_current()->pid);

	if (!p) {
		return -ESRCH;
	}
	process_unref(p);
	return 0;
}

long sys_sched_setparam(sys_int pid, sys_ptr param)
{
	int priority, err;

	if (!param || pid < 0) {
		return -EINVAL;
	}
	if (user_copy_in(&priority, param, sizeof(priority))) {
		return -EFAULT;
	}
	err = process_check(pid);
	return err || !priority ? err : -EINVAL;
}

long slice_tell(sys_int pid, sys_ptr interval, enum time_width width)
{
	int err = pid < 0 ? -EINVAL : process_check(pid);

	return err ? err : timespec_out(interval, SLICE, width);
}

long sys_sched_rr_get_interval(sys_int pid, sys_ptr interval)
{
	return slice_tell(pid, interval, TIME_WORD);
}

long sys_sched_getattr(sys_int pid, sys_ptr user, sys_uint size, sys_flags flags)
{
	struct linux_sched_attr attr = { .size = MIN(size, SIZE_CURRENT) };
	int err;

	if (!user || pid < 0 || size > PAGE_SIZE || size < SIZE_FIRST || flags) {
		return -EINVAL;
	}
	err = process_check(pid);
	return err ? err : user_copy_out(user, &attr, attr.size);
}

/* As much of the structure as both know; what is beyond has to be 0. */
static int attr_in(struct linux_sched_attr *attr, vaddr_t user)
{
	uint32_t size, known = SIZE_CURRENT;
	char rest;

	memset(attr, 0, sizeof(*attr));
	if (user_copy_in(&size, user, sizeof(size))) {
		return -EFAULT;
	}
	size = size ? size : SIZE_FIRST;
	if (size < SIZE_FIRST || size > PAGE_SIZE) {
		return user_copy_out(user, &known, sizeof(known)) ? -EFAULT : -E2BIG;
	}
	for (uint32_t at = SIZE_CURRENT; at < size; at++) {
		if (user_copy_in(&rest, user + at, 1)) {
			return -EFAULT;
		}
		if (rest) {
			return user_copy_out(user, &known, sizeof(known)) ? -EFAULT : -E2BIG;
		}
	}
	return user_copy_in(attr, user, MIN(size, SIZE_CURRENT));
}

long sys_sched_setattr(sys_int pid, sys_ptr user, sys_flags flags)
{
	struct linux_sched_attr attr;
	int err;

	if (!user || pid < 0 || flags) {
		return -EINVAL;
	}
	err = attr_in(&attr, user);
	if (!err && (int)attr.policy < 0) {
		err = -EINVAL;
	}
	if (!err) {
		err = process_check(pid);
	}
	if (err) {
		return err;
	}
	return attr.policy || attr.priority || attr.flags & ~FLAGS ? -EINVAL : 0;
}

/* ---- I/O ----------------------------------------------------------------------------------- */

enum { IOPRIO_PROCESS = 1, IOPRIO_GROUP = 2, IOPRIO_USER = 3 };
enum { CLASS_NONE, CLASS_REALTIME, CLASS_BEST_EFFORT, CLASS_IDLE };
#define CLASS_SHIFT 13
#define LEVELS	    8

/* Who is meant, and what becomes of them. */
struct ioprio_walk {
	int which, who;
	int set;   /* < 0: only look */
	long best; /* the highest seen, or -ESRCH */
};

static bool is_meant(const struct process *p, const struct ioprio_walk *w)
{
	const struct process *self = process_current();

	switch (w->which) {
	case IOPRIO_PROCESS:
		return p->pid == (w->who ? w->who : self->pid);
	case IOPRIO_GROUP:
		return p->pgid == (w->who ? w->who : self->pgid);
	default:
		return p->uid == (w->who ? (uint32_t)w->who : self->uid);
	}
}

/* The lower number is the higher priority; "none" is best effort's middle. */
static long rank(long priority)
{
	return priority ? priority : CLASS_BEST_EFFORT << CLASS_SHIFT | LEVELS / 2;
}

static void ioprio_visit(struct process *p, void *arg)
{
	struct ioprio_walk *w = arg;

	if (!is_meant(p, w)) {
		return;
	}
	if (w->set >= 0) {
		p->ioprio = (uint16_t)w->set;
	}
	if (w->best < 0 || rank(p->ioprio) < rank(w->best)) {
		w->best = p->ioprio;
	}
}

long sys_ioprio_get(sys_int which, sys_int who)
{
	struct ioprio_walk w = { which, who, -1, -ESRCH };

	if (which < IOPRIO_PROCESS || which > IOPRIO_USER) {
		return -EINVAL;
	}
	process_for_each(ioprio_visit, &w);
	return w.best;
}

static int ioprio_check(int priority)
{
	int level = priority & ((1 << CLASS_SHIFT) - 1);

	switch (priority >> CLASS_SHIFT) {
	case CLASS_REALTIME:
		if (process_current()->euid) {
			return -EPERM;
		}
		__attribute__((fallthrough));
	case CLASS_BEST_EFFORT:
		return level < LEVELS ? 0 : -EINVAL;
	case CLASS_IDLE:
		return 0;
	case CLASS_NONE:
		return level ? -EINVAL : 0;
	default:
		return -EINVAL;
	}
}

long sys_ioprio_set(sys_int which, sys_int who, sys_int priority)
{
	struct ioprio_walk w = { which, who, priority, -ESRCH };
	int err = ioprio_check(priority);

	if (!err && (which < IOPRIO_PROCESS || which > IOPRIO_USER)) {
		err = -EINVAL;
	}
	if (err) {
		return err;
	}
	process_for_each(ioprio_visit, &w);
	return MIN(w.best, 0l);
}
