/* ipc.c - what System V's three kinds of objects share (ipc.h). */
#include "ipc.h"

#include <kernel/groups.h>
#include <kernel/errno.h>
#include <kernel/process.h>

#define ID_STEP	     32768 /* ids of one place are this far apart */
#define SEQUENCE_MAX 65535u

/* ---- places ------------------------------------------------------------------------------- */

int ipc_id(const struct ipc_table *table, unsigned place)
{
	return (int)(table->sequences[place] * (unsigned)ID_STEP + place);
}

int ipc_find_place(const struct ipc_table *table, int place)
{
	return place >= 0 && (unsigned)place < table->place_count && table->objects[place]
		? 0
		: -EINVAL;
}

int ipc_find(const struct ipc_table *table, int id, unsigned *place)
{
	*place = (unsigned)id % ID_STEP;
	if (id < 0 || ipc_find_place(table, (int)*place)) {
		return -EINVAL;
	}
	return ipc_id(table, *place) == id ? 0 : -EINVAL;
}

long ipc_place_last(const struct ipc_table *table)
{
	unsigned place = table->place_count;

	while (place > 0 && !table->objects[place - 1]) {
		place--;
	}
	return place ? (long)place - 1 : 0;
}

int ipc_look(const struct ipc_table *table, int key, unsigned flags, unsigned *place)
{
	if (key == IPC_PRIVATE) {
		return IPC_MAKE;
	}
	for (*place = 0; *place < table->place_count; ++*place) {
		const struct ipc_object *object = table->objects[*place];

		if (object && object->key == key && !object->is_removed) {
			return flags & IPC_CREAT && flags & IPC_EXCL ? -EEXIST : IPC_FOUND;
		}
	}
	return flags & IPC_CREAT ? IPC_MAKE : -ENOENT;
}

int ipc_add(struct ipc_table *table, struct ipc_object *object, int key, unsigned flags)
{
	const struct process *p = process_current();
	unsigned place = 0;

	while (place < table->max && table->objects[place]) {
		place++;
	}
	if (place == table->max) {
		return -ENOSPC;
	}
	*object = (struct ipc_object){ .key = key,
		.uid = p->euid,
		.gid = p->egid,
		.creator_uid = p->euid,
		.creator_gid = p->egid,
		.mode = flags & IPC_RIGHTS };
	table->objects[place] = object;
	table->place_count = MAX(table->place_count, place + 1);
	return ipc_id(table, place);
}

struct ipc_object *ipc_take(struct ipc_table *table, unsigned place)
{
	struct ipc_object *object = table->objects[place];

	table->objects[place] = NULL;
	table->sequences[place] = (uint16_t)(table->sequences[place] % SEQUENCE_MAX + 1);
	return object;
}

/* ---- rights --------------------------------------------------------------------------------- */

/* Bits of a class of 3, as in a file's mode. */
int ipc_rights_check(const struct ipc_object *object, unsigned wanted)
{
	const struct process *p = process_current();
	unsigned granted = object->mode;

	if (!p->euid) {
		return 0;
	}
	if (p->euid == object->uid || p->euid == object->creator_uid) {
		granted >>= 6;
	} else if (process_is_in_group(object->gid) || process_is_in_group(object->creator_gid)) {
		granted >>= 3;
	}
	return wanted & ~granted & 7 ? -EACCES : 0;
}

/* Asked for in whichever class of the flags. */
int ipc_open(const struct ipc_table *table, unsigned place, unsigned flags)
{
	unsigned wanted = (flags >> 6 | flags >> 3 | flags) & 7;
	int err = ipc_rights_check(table->objects[place], wanted);

	return err ? err : ipc_id(table, place);
}

bool ipc_is_owner(const struct ipc_object *object)
{
	uint32_t uid = process_current()->euid;

	return !uid || uid == object->uid || uid == object->creator_uid;
}

struct linux_ipc_perm ipc_perm_of(const struct ipc_table *table, unsigned place)
{
	const struct ipc_object *object = table->objects[place];

	return (struct linux_ipc_perm){ .key = object->is_removed ? IPC_PRIVATE : object->key,
		.uid = object->uid,
		.gid = object->gid,
		.creator_uid = object->creator_uid,
		.creator_gid = object->creator_gid,
		.mode = object->mode,
		.sequence = table->sequences[place] };
}

int ipc_perm_set(struct ipc_object *object, const struct linux_ipc_perm *perm)
{
	if (!ipc_is_owner(object)) {
		return -EPERM;
	}
	object->uid = perm->uid;
	object->gid = perm->gid;
	object->mode = perm->mode & IPC_RIGHTS;
	return 0;
}
