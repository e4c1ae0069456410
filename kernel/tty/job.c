/* job.c - who may use the terminal: the foreground group of its session (POSIX 11.1.4). */
#include "tty.h"

#include <kernel/errno.h>
#include <kernel/process.h>
#include <kernel/task.h>
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
