/* group.c - process groups and sessions (POSIX 3.296, 3.343). */
#include "proc.h"

#include <kernel/errno.h>

/* Under process_lock. */
static struct process *find_locked(int pid)
{
	list_for_each(node, &processes) {
		struct process *p = list_entry(node, struct process, all_link);

		if (p->pid == pid) {
			return p;
		}
	}
	return NULL;
}

static bool session_has_group(int sid, int pgid)
{
	list_for_each(node, &processes) {
		struct process *p = list_entry(node, struct process, all_link);

		if (p->sid == sid && p->pgid == pgid) {
			return true;
		}
	}
	return false;
}

static int group_set_locked(int pid, int pgid)
{
	struct process *self = process_current();
	struct process *p = find_locked(pid);

	if (!p || (p != self && p->parent != self)) {
		return -ESRCH;
	}
	if (p != self && p->has_execed) {
		return -EACCES;
	}
	if (p->sid != self->sid || p->sid == p->pid) {
		return -EPERM;
	}
	if (pgid != pid && !session_has_group(p->sid, pgid)) {
		return -EPERM;
	}
	p->pgid = pgid;
	return 0;
}

int process_group_set(int pid, int pgid)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	int err = group_set_locked(pid, pgid);

	spin_unlock_irqrestore(&process_lock, irq);
	return err;
}

bool process_group_is_in(int pgid, int sid)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	bool is_in = session_has_group(sid, pgid);

	spin_unlock_irqrestore(&process_lock, irq);
	return is_in;
}

int process_session_start(void)
{
	struct process *self = process_current();
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	int result = -EPERM;

	if (self->pgid != self->pid || self == process_init) {
		bool is_taken = false;

		list_for_each(node, &processes) {
			struct process *p = list_entry(node, struct process, all_link);

			is_taken |= p != self && p->pgid == self->pid;
		}
		if (!is_taken) {
			self->sid = self->pgid = self->pid;
			self->tty = NULL;
			result = self->pid;
		}
	}
	spin_unlock_irqrestore(&process_lock, irq);
	return result;
}

void process_tty_forget(const struct tty *tty)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);

	list_for_each(node, &processes) {
		struct process *p = list_entry(node, struct process, all_link);

		if (p->tty == tty) {
			p->tty = NULL;
		}
	}
	spin_unlock_irqrestore(&process_lock, irq);
}
