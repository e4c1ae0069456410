/*
 * notify.c - what a parent hears of its children: SIGCHLD, and the wake-up of wait().
 *
 * A parent that ignores SIGCHLD, or says SA_NOCLDWAIT, leaves no zombies: then a
 * child that ends is gone at once (POSIX, sigaction).
 */
#include "signal_state.h"

/* How the parent has set SIGCHLD. A state that is gone wants nothing. */
static struct signal_action child_action(struct process *parent)
{
	struct signal_state *state = parent->signals;
	struct signal_action action = { .handler = SIG_DFL };

	if (state) {
		spin_lock(&state->lock);
		action = state->actions[SIGCHLD - 1];
		spin_unlock(&state->lock);
	}
	return action;
}

static struct signal_info info_of(const struct process *child, int code, int status)
{
	return (struct signal_info){ .signo = SIGCHLD,
		.code = code,
		.pid = child->pid,
		.uid = child->uid,
		.status = status };
}

bool parent_tell_end(struct process *child)
{
	struct process *parent = child->parent;
	int word = child->exit_status;
	bool was_killed = word & 0x7f;
	struct signal_info info = info_of(
		child, was_killed ? CLD_KILLED : CLD_EXITED, was_killed ? word & 0x7f : word >> 8);
	struct signal_action action = child_action(parent);
	bool is_unwanted = child->exit_signal == SIGCHLD &&
		(action.handler == SIG_IGN || action.flags & SA_NOCLDWAIT);

	if (is_unwanted) {
		list_remove(&child->sibling);
		list_remove(&child->all_link);
	}
	info.signo = child->exit_signal;
	if (info.signo) {
		(void)!signal_send_locked(
			parent, NULL, &info); /* an ignored one is dropped there */
	}
	wait_wake_all(&parent->child_event);
	return is_unwanted;
}

void parent_tell_stop(struct process *child, int code, int status)
{
	struct process *parent = child->parent;
	struct signal_info info = info_of(child, code, status);

	if (!parent) {
		return;
	}
	if (!(child_action(parent).flags & SA_NOCLDSTOP)) {
		(void)!signal_send_locked(parent, NULL, &info);
	}
	wait_wake_all(&parent->child_event);
}
