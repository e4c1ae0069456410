/*
 * look.c - who may look into a process: at its memory, its files, where it stands.
 *
 * A process that has rights which its user has not, or had them, is closed: what it keeps in memory is not its user's
 * to see. So is one whose program its user may not read, and one that asks for it (PR_SET_DUMPABLE).
 */
#include <kernel/process.h>

bool process_may_look(const struct process *other, bool by_effective)
{
	const struct process *self = process_current();
	uint32_t uid, gid;

	if (!self || self == other || self->euid == 0) {
		return true;
	}
	uid = by_effective ? self->euid : self->uid;
	gid = by_effective ? self->egid : self->gid;
	return !READ_ONCE(other->is_closed) && uid == other->uid && uid == other->euid &&
		uid == other->suid && gid == other->gid && gid == other->egid && gid == other->sgid;
}

void process_rights_changed(void)
{
	struct process *self = process_current();

	self->is_closed = true;
	self->parent_end_signal = 0;
}
