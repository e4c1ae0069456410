/*
 * job.c - whose terminal it is (POSIX 11.1.3), and who may use it: the foreground group of its
 * session (11.1.4).
 *
 * Processes point to their controlling terminal without a reference; so whoever ends the relation
 * takes the pointer from all of the session, under process_lock (process_tty_forget()).
 */
#include "tty.h"

#include <kernel/errno.h>
#include <kernel/process.h>
#include <kernel/task.h>
#include <kernel/tty.h>
#include <kernel/vfs.h>
#include <linux/fcntl.h>
#include <linux/signal.h>
#include "../proc/proc.h"
#include "../proc/signal_state.h"

static bool is_blocked_or_ignored(int signo)
{
	struct task *task = task_current();

	return task->blocked >> (signo - 1) & 1 ||
		task->process->signals->actions[signo - 1].handler == SIG_IGN;
}

int tty_job_check(struct tty *tty, int signo)
{
	struct process *p = process_current();
	struct signal_info info = { .signo = signo, .code = SI_KERNEL };

	if (!p || p->tty != tty || !tty->group || p->pgid == tty->group) {
		return 0;
	}
	if (is_blocked_or_ignored(signo)) {
		return signo == SIGTTIN ? -EIO : 0;
	}
	signal_send_group(p->pgid, &info);
	return -ERESTARTSYS;
}

/* As long as it is ours, it is not set up anew. */
struct tty *tty_controlling(const struct file_ops **ops)
{
	struct process *p = process_current();
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	struct tty *tty = p ? p->tty : NULL;

	if (tty) {
		*ops = tty->driver->ops;
	}
	spin_unlock_irqrestore(&process_lock, irq);
	return tty;
}

int tty_become_controlling(struct tty *tty)
{
	struct process *p = process_current();
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	bool is_ours = p->tty == tty && p->sid == p->pid;
	int err = 0;

	if (READ_ONCE(tty->is_hung_up)) {
		err = -EIO; /* else it would stay ours when somebody else has the terminal */
	} else if (!is_ours &&
		(p->sid != p->pid || p->tty || (tty->session && tty->session != p->sid))) {
		err = -EPERM;
	} else if (!is_ours) {
		p->tty = tty;
		tty->session = p->sid;
		tty->group = p->pgid;
	}
	spin_unlock_irqrestore(&process_lock, irq);
	return err;
}

void tty_open_controlling(struct tty *tty, const struct file *file)
{
	if (!(file->flags & O_NOCTTY) && !tty->session) {
		(void)!tty_become_controlling(tty);
	}
}

static void group_hang_up(int group)
{
	struct signal_info hangup = { .signo = SIGHUP, .code = SI_KERNEL };
	struct signal_info go_on = { .signo = SIGCONT, .code = SI_KERNEL };

	if (group) {
		signal_send_group(group, &hangup);
		signal_send_group(group, &go_on);
	}
}

/* Of the leader of a session all lose the terminal, and those in the foreground hear of it. */
int tty_give_up(struct tty *tty)
{
	struct process *p = process_current();
	int group = tty->group;

	if (p->tty != tty) {
		return -ENOTTY;
	}
	if (p->sid != p->pid) {
		p->tty = NULL;
		return 0;
	}
	tty->session = tty->group = 0;
	process_tty_forget(tty);
	group_hang_up(group);
	return 0;
}

void tty_leader_ends(struct process *leader)
{
	if (leader->tty && leader->sid == leader->pid) {
		(void)!tty_give_up(leader->tty);
	}
}

void tty_hang_up(struct tty *tty)
{
	int session = tty->session, group = tty->group;

	WRITE_ONCE(tty->is_hung_up, true);
	tty->session = tty->group = 0;
	process_tty_forget(tty);
	group_hang_up(session); /* its leader's own group has the same number */
	if (group != session) {
		group_hang_up(group);
	}
	wait_wake_all(&tty->readers);
	wait_wake_all(&tty->writers);
}
