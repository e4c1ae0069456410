/*
 * sched_attr.c - scheduling parameters, nice values and I/O priorities. There is one
 * policy, whose one priority is 0; nice values (a process's, not a thread's) and I/O
 * priorities are kept and told, but nobody is scheduled by them.
 */
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/process.h>
#include <kernel/string.h>
#include <kernel/syscall.h>
#include <linux/resource.h>

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

/* ---- whose ---------------------------------------------------------------------------------- */

/* As the calls for I/O number them; those for nice values begin at 0. */
enum { WHICH_PROCESS = 1, WHICH_GROUP = 2, WHICH_USER = 3 };

struct selection {
	int which, who;
};

static bool is_meant(const struct process *p, const struct selection *s)
{
	const struct process *self = process_current();

	switch (s->which) {
	case WHICH_PROCESS:
		return p->pid == (s->who ? s->who : self->pid);
	case WHICH_GROUP:
		return p->pgid == (s->who ? s->who : self->pgid);
	default:
		return p->uid == (s->who ? (uint32_t)s->who : self->uid);
	}
}

static bool selects(const struct selection *s)
{
	return s->which >= WHICH_PROCESS && s->which <= WHICH_USER;
}

/* ---- nice values ----------------------------------------------------------------------------- */

#define NICE_MIN (-20)
#define NICE_MAX 19

struct nice_walk {
	struct selection selection;
	int value;
	long result;
};

/* The call answers 20 minus the value: above 0, and the more the higher. */
static void nice_look(struct process *p, void *arg)
{
	struct nice_walk *w = arg;

	if (is_meant(p, &w->selection)) {
		w->result = MAX(w->result, 20l - p->nice);
	}
}

long sys_getpriority(sys_int which, sys_int who)
{
	struct nice_walk w = { { which + 1, who }, 0, -ESRCH };

	if (!selects(&w.selection)) {
		return -EINVAL;
	}
	process_for_each(nice_look, &w);
	return w.result;
}

static int nice_check(const struct process *p, int value)
{
	const struct process *self = process_current();

	if (!self->euid) {
		return 0;
	}
	if (self->euid != p->uid && self->euid != p->euid) {
		return -EPERM;
	}
	return value < p->nice && 20u - (unsigned)value > p->limits[RLIMIT_NICE].soft ? -EACCES : 0;
}

static void nice_set(struct process *p, void *arg)
{
	struct nice_walk *w = arg;
	int err;

	if (!is_meant(p, &w->selection)) {
		return;
	}
	err = nice_check(p, w->value);
	if (!err) {
		p->nice = w->value;
	}
	if (err || w->result == -ESRCH) {
		w->result = err;
	}
}

long sys_setpriority(sys_int which, sys_int who, sys_int value)
{
	struct nice_walk w = { { which + 1, who }, MIN(MAX(value, NICE_MIN), NICE_MAX), -ESRCH };

	if (!selects(&w.selection)) {
		return -EINVAL;
	}
	process_for_each(nice_set, &w);
	return w.result;
}

/* ---- parameters ------------------------------------------------------------------------------ */

/* Referenced; 0: the caller's. */
static struct process *process_of(int pid)
{
	return process_find(pid ? pid : process_current()->pid);
}

static int process_check(int pid)
{
	struct process *p = process_of(pid);

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
	struct process *p;

	if (!user || pid < 0 || size > PAGE_SIZE || size < SIZE_FIRST || flags) {
		return -EINVAL;
	}
	p = process_of(pid);
	if (!p) {
		return -ESRCH;
	}
	attr.nice = p->nice;
	process_unref(p);
	return user_copy_out(user, &attr, attr.size);
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

static int attr_set(int pid, const struct linux_sched_attr *attr)
{
	struct process *p = process_of(pid);
	int nice = MIN(MAX(attr->nice, NICE_MIN), NICE_MAX), err = 0;

	if (!p) {
		return -ESRCH;
	}
	if (attr->policy || attr->priority || attr->flags & ~FLAGS) {
		err = -EINVAL;
	} else if (nice_check(p, nice)) {
		err = -EPERM;
	} else {
		p->nice = nice;
	}
	process_unref(p);
	return err;
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
	return err ? err : attr_set(pid, &attr);
}

/* ---- I/O ----------------------------------------------------------------------------------- */

enum { CLASS_NONE, CLASS_REALTIME, CLASS_BEST_EFFORT, CLASS_IDLE };
#define CLASS_SHIFT 13
#define LEVELS	    8

/* Who is meant, and what becomes of them. */
struct ioprio_walk {
	struct selection selection;
	int set;   /* < 0: only look */
	long best; /* the highest seen, or -ESRCH */
};

/* The lower number is the higher priority; "none" is best effort's middle. */
static long rank(long priority)
{
	return priority ? priority : CLASS_BEST_EFFORT << CLASS_SHIFT | LEVELS / 2;
}

static void ioprio_visit(struct process *p, void *arg)
{
	struct ioprio_walk *w = arg;

	if (!is_meant(p, &w->selection)) {
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
	struct ioprio_walk w = { { which, who }, -1, -ESRCH };

	if (!selects(&w.selection)) {
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
	struct ioprio_walk w = { { which, who }, priority, -ESRCH };
	int err = ioprio_check(priority);

	if (!err && !selects(&w.selection)) {
		err = -EINVAL;
	}
	if (err) {
		return err;
	}
	process_for_each(ioprio_visit, &w);
	return MIN(w.best, 0l);
}
