/* identity.c - system calls about who one is: numbers, groups, sessions, users, limits. */
#include "process.h"

#include "../proc/proc.h"

#include <arch/user.h>
#include <kernel/groups.h>
#include <kernel/errno.h>
#include <kernel/syscall.h>
#include <linux/resource.h>

static struct process *self(void)
{
	return process_current();
}

long sys_getpid(void)
{
	return self()->pid;
}

long sys_gettid(void)
{
	return task_current()->tid;
}

long sys_getppid(void)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	long pid = self()->parent ? self()->parent->pid : 0;

	spin_unlock_irqrestore(&process_lock, irq);
	return pid;
}

/* ---- groups and sessions --------------------------------------------------- */

long sys_getpgid(sys_int pid)
{
	struct process *p = pid ? process_find(pid) : NULL;
	long pgid;

	if (!pid) {
		return self()->pgid;
	}
	if (!p) {
		return -ESRCH;
	}
	pgid = p->pgid;
	process_unref(p);
	return pgid;
}

long sys_getpgrp(void)
{
	return self()->pgid;
}

long sys_setpgid(sys_int pid, sys_int pgid)
{
	if (pid < 0 || pgid < 0) {
		return -EINVAL;
	}
	return process_group_set(pid ? pid : self()->pid, pgid ? pgid : (pid ? pid : self()->pid));
}

long sys_setsid(void)
{
	return process_session_start();
}

long sys_getsid(sys_int pid)
{
	struct process *p = pid ? process_find(pid) : NULL;
	long sid;

	if (!pid) {
		return self()->sid;
	}
	if (!p) {
		return -ESRCH;
	}
	sid = p->sid;
	process_unref(p);
	return sid;
}

/* ---- users ------------------------------------------------------------------ */

long sys_getuid(void)
{
	return self()->uid;
}

long sys_geteuid(void)
{
	return self()->euid;
}

long sys_getgid(void)
{
	return self()->gid;
}

long sys_getegid(void)
{
	return self()->egid;
}

/* Three ids of a kind and whether the caller may give itself any. */
struct ids {
	uint32_t *real, *effective, *saved;
};

static struct ids users(void)
{
	return (struct ids){ &self()->uid, &self()->euid, &self()->suid };
}

static struct ids groups(void)
{
	return (struct ids){ &self()->gid, &self()->egid, &self()->sgid };
}

static bool may_become(struct ids ids, uint32_t id)
{
	return self()->euid == 0 || id == *ids.real || id == *ids.effective || id == *ids.saved;
}

static void effective_set(struct ids ids, uint32_t id)
{
	if (*ids.effective != id) {
		*ids.effective = id;
		process_rights_changed();
	}
}

static long id_set(struct ids ids, uint32_t id)
{
	if (!may_become(ids, id)) {
		return -EPERM;
	}
	if (self()->euid == 0) {
		*ids.real = *ids.saved = id;
	}
	effective_set(ids, id);
	return 0;
}

#define UNCHANGED ((uint32_t)-1)

static long ids_set(struct ids ids, uint32_t real, uint32_t effective, uint32_t saved)
{
	if ((real != UNCHANGED && !may_become(ids, real)) ||
		(effective != UNCHANGED && !may_become(ids, effective)) ||
		(saved != UNCHANGED && !may_become(ids, saved))) {
		return -EPERM;
	}
	*ids.real = real == UNCHANGED ? *ids.real : real;
	*ids.saved = saved == UNCHANGED ? *ids.saved : saved;
	effective_set(ids, effective == UNCHANGED ? *ids.effective : effective);
	return 0;
}

static long ids_get(struct ids ids, vaddr_t real, vaddr_t effective, vaddr_t saved)
{
	if (user_copy_out(real, ids.real, sizeof(uint32_t)) ||
		user_copy_out(effective, ids.effective, sizeof(uint32_t)) ||
		user_copy_out(saved, ids.saved, sizeof(uint32_t))) {
		return -EFAULT;
	}
	return 0;
}

/* setreuid() also moves the saved id when the real one is set, or the effective one leaves it. */
static long re_set(struct ids ids, uint32_t real, uint32_t effective)
{
	uint32_t old_real = *ids.real;
	long err = ids_set(ids, real, effective, UNCHANGED);

	if (!err && (real != UNCHANGED || (effective != UNCHANGED && effective != old_real))) {
		*ids.saved = *ids.effective;
	}
	return err;
}

long sys_setuid(sys_int id)
{
	return id_set(users(), (uint32_t)id);
}

long sys_setgid(sys_int id)
{
	return id_set(groups(), (uint32_t)id);
}

long sys_setreuid(sys_int real, sys_int effective)
{
	return re_set(users(), (uint32_t)real, (uint32_t)effective);
}

long sys_setregid(sys_int real, sys_int effective)
{
	return re_set(groups(), (uint32_t)real, (uint32_t)effective);
}

long sys_setresuid(sys_int real, sys_int effective, sys_int saved)
{
	return ids_set(users(), (uint32_t)real, (uint32_t)effective, (uint32_t)saved);
}

long sys_setresgid(sys_int real, sys_int effective, sys_int saved)
{
	return ids_set(groups(), (uint32_t)real, (uint32_t)effective, (uint32_t)saved);
}

long sys_getresuid(sys_ptr real, sys_ptr effective, sys_ptr saved)
{
	return ids_get(users(), real, effective, saved);
}

long sys_getresgid(sys_ptr real, sys_ptr effective, sys_ptr saved)
{
	return ids_get(groups(), real, effective, saved);
}

/* The file-system ids follow the effective ones; these only tell. */
long sys_setfsuid(sys_int id)
{
	return self()->euid;
}

long sys_setfsgid(sys_int id)
{
	return self()->egid;
}

/* Their number; how many it takes is asked for with a count of 0. */
long groups_tell(int count, vaddr_t user, int (*out)(const struct group_list *list, vaddr_t user))
{
	struct group_list *list = process_groups_hold(self());
	int had = list ? (int)list->count : 0;
	long result = had;

	if (count < 0 || (count > 0 && count < had)) {
		result = -EINVAL;
	} else if (count > 0 && had > 0 && out(list, user)) {
		result = -EFAULT;
	}
	group_list_unref(list);
	return result;
}

long groups_replace(int count, vaddr_t user, int (*in)(struct group_list *list, vaddr_t user))
{
	struct group_list *list;

	if (self()->euid != 0) {
		return -EPERM;
	}
	if (count < 0 || (unsigned)count > GROUPS_MAX) {
		return -EINVAL;
	}
	if (!count) {
		return process_groups_set(NULL);
	}
	list = group_list_make((size_t)count);
	if (!list) {
		return -ENOMEM;
	}
	if (in(list, user)) {
		group_list_unref(list);
		return -EFAULT;
	}
	return process_groups_set(list);
}

static int groups_out(const struct group_list *list, vaddr_t user)
{
	return user_copy_out(user, list->ids, list->count * sizeof(list->ids[0]));
}

static int groups_in(struct group_list *list, vaddr_t user)
{
	return user_copy_in(list->ids, user, list->count * sizeof(list->ids[0]));
}

long sys_getgroups(sys_int count, sys_ptr user)
{
	return groups_tell(count, user, groups_out);
}

long sys_setgroups(sys_int count, sys_ptr user)
{
	return groups_replace(count, user, groups_in);
}

/* ---- limits ------------------------------------------------------------------ */

static long limit_change(struct process *p, unsigned resource, const struct rlimit64 *new)
{
	struct rlimit64 *limit = &p->limits[resource];

	if (new->soft > new->hard) {
		return -EINVAL;
	}
	if (new->hard > limit->hard && self()->euid != 0) {
		return -EPERM;
	}
	*limit = *new;
	return 0;
}

static long limit_get_set(struct process *p, int resource, vaddr_t user_new, vaddr_t user_old)
{
	struct rlimit64 new, old;

	if (resource < 0 || resource >= RLIM_NLIMITS) {
		return -EINVAL;
	}
	if (user_new && user_copy_in(&new, user_new, sizeof(new))) {
		return -EFAULT;
	}
	old = p->limits[resource];
	if (user_new) {
		long err = limit_change(p, (unsigned)resource, &new);

		if (err) {
			return err;
		}
	}
	return user_old ? user_copy_out(user_old, &old, sizeof(old)) : 0;
}

_Static_assert(RLIM_NLIMITS == RLIMIT_COUNT, "one limit for each of Linux's");

long sys_prlimit64(sys_int pid, sys_int resource, sys_ptr new, sys_ptr old)
{
	struct process *p;
	long err;

	if (!pid || pid == self()->pid) {
		return limit_get_set(self(), resource, new, old);
	}
	p = process_find(pid);
	if (!p) {
		return -ESRCH;
	}
	err = self()->euid == 0 ? limit_get_set(p, resource, new, old) : -EPERM;
	process_unref(p);
	return err;
}

/* Of a word: what is more than it holds is without limit, either way. */
static uint64_t limit_widened(unsigned long limit)
{
	return limit == ~0ul ? UINT64_MAX : limit;
}

long sys_getrlimit(sys_int resource, sys_ptr user)
{
	const struct rlimit64 *limits = self()->limits;
	struct linux_rlimit limit;

	if (resource < 0 || resource >= RLIM_NLIMITS) {
		return -EINVAL;
	}
	limit = (struct linux_rlimit){ (unsigned long)MIN(limits[resource].soft, (uint64_t)~0ul),
		(unsigned long)MIN(limits[resource].hard, (uint64_t)~0ul) };
	return user_copy_out(user, &limit, sizeof(limit));
}

long sys_setrlimit(sys_int resource, sys_ptr user)
{
	struct linux_rlimit limit;
	struct rlimit64 new;

	if (user_copy_in(&limit, user, sizeof(limit))) {
		return -EFAULT;
	}
	if (resource < 0 || resource >= RLIM_NLIMITS) {
		return -EINVAL;
	}
	new = (struct rlimit64){ limit_widened(limit.soft), limit_widened(limit.hard) };
	return limit_change(self(), (unsigned)resource, &new);
}
