/*
 * rights.c - capabilities and namespaces, as a kernel sees them whose only
 * privilege is to be user 0 and which has one of each namespace.
 *
 * capset() can give up capabilities, and capget() tells of it; what user 0 may do does
 * not depend on them.
 */
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <linux/sched.h>
#include "user_path.h"

#define VERSION_1 0x19980330u
#define VERSION_2 0x20071026u
#define VERSION_3 0x20080522u

#define ALL_CAPABILITIES ((UINT64_C(2) << 40) - 1) /* up to CAP_CHECKPOINT_RESTORE */

struct linux_cap_header {
	uint32_t version;
	int32_t pid;
};

struct linux_cap_data {
	uint32_t effective, permitted, inheritable;
};

/* Sets of 64 bits; the first version has only the lower halves. */
struct sets {
	uint64_t effective, permitted, inheritable;
};

/* How many halves: 0 for a version that is none; the caller is told the newest then. */
static unsigned halves_of(uint32_t version)
{
	switch (version) {
	case VERSION_1:
		return 1;
	case VERSION_2:
	case VERSION_3:
		return 2;
	default:
		return 0;
	}
}

static struct sets sets_of(const struct process *p)
{
	bool was_root = !p->uid || !p->euid || !p->suid;
	struct sets sets = { .inheritable = p->caps_inheritable };

	sets.permitted = was_root ? ALL_CAPABILITIES & ~p->caps_dropped : 0;
	sets.effective = p->euid ? 0 : sets.permitted & ~p->caps_off;
	return sets;
}

/* 0 and the number of halves, or what the call ends with. */
static int header_read(vaddr_t user, struct linux_cap_header *header, unsigned *halves)
{
	uint32_t newest = VERSION_3;

	if (user_copy_in(header, user, sizeof(*header))) {
		return -EFAULT;
	}
	*halves = halves_of(header->version);
	if (!*halves) {
		return user_copy_out(user, &newest, sizeof(newest)) ? -EFAULT : -EINVAL;
	}
	return 0;
}

long sys_capget(sys_ptr user_header, sys_ptr user_data)
{
	struct linux_cap_data data[2];
	struct linux_cap_header header;
	struct process *p;
	struct sets sets;
	unsigned halves;
	int err = header_read(user_header, &header, &halves);

	if (err || !user_data) {
		return err == -EINVAL && !user_data ? 0 : err;
	}
	if (header.pid < 0) {
		return -EINVAL;
	}
	p = process_find(header.pid ? header.pid : process_current()->pid);
	if (!p) {
		return -ESRCH;
	}
	sets = sets_of(p);
	process_unref(p);
	for (unsigned i = 0; i < 2; i++) {
		data[i] = (struct linux_cap_data){ (uint32_t)(sets.effective >> 32 * i),
			(uint32_t)(sets.permitted >> 32 * i),
			(uint32_t)(sets.inheritable >> 32 * i) };
	}
	return user_copy_out(user_data, data, halves * sizeof(data[0]));
}

static uint64_t joined(uint32_t low, uint32_t high)
{
	return (uint64_t)high << 32 | low;
}

long sys_capset(sys_ptr user_header, sys_ptr user_data)
{
	struct process *p = process_current();
	struct linux_cap_data data[2] = { 0 };
	struct linux_cap_header header;
	struct sets new, old = sets_of(p);
	unsigned halves;
	int err = header_read(user_header, &header, &halves);

	if (err) {
		return err;
	}
	if (header.pid && header.pid != p->pid) {
		return -EPERM;
	}
	if (user_copy_in(data, user_data, halves * sizeof(data[0]))) {
		return -EFAULT;
	}
	new = (struct sets){ joined(data[0].effective, data[1].effective) & ALL_CAPABILITIES,
		joined(data[0].permitted, data[1].permitted) & ALL_CAPABILITIES,
		joined(data[0].inheritable, data[1].inheritable) & ALL_CAPABILITIES };
	if (new.permitted & ~old.permitted || new.effective & ~new.permitted ||
		new.inheritable & ~(old.inheritable | old.permitted)) {
		return -EPERM;
	}
	p->caps_dropped = ALL_CAPABILITIES & ~new.permitted;
	p->caps_off = ALL_CAPABILITIES & ~new.effective;
	p->caps_inheritable = new.inheritable;
	return 0;
}

/* ---- namespaces ------------------------------------------------------------------------ */

/* A process that has several threads shares more than it can give up. */
long sys_unshare(sys_flags flags)
{
	const unsigned alone = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM;
	const unsigned known = alone | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM;
	bool is_alone = READ_ONCE(process_current()->thread_count) == 1;

	if (flags & ~known) {
		return -EINVAL; /* namespaces are not there */
	}
	if (!is_alone && flags & (alone | CLONE_FS)) {
		return -EINVAL;
	}
	return flags & CLONE_FILES ? task_files_unshare() : 0;
}

/* No file stands for a namespace. */
long sys_setns(sys_fd fd, sys_flags type)
{
	struct file *file = user_file(fd);

	file_unref(file);
	return file ? -EINVAL : -EBADF;
}

long sys_personality(sys_ulong persona)
{
	struct process *p = process_current();
	uint32_t old = p->personality;

	if ((uint32_t)persona != UINT32_MAX) {
		p->personality = (uint32_t)persona;
	}
	return old;
}
