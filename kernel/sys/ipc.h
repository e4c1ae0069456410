/*
 * ipc.h - what System V's three kinds of objects share: keys, numbers, owners, rights.
 *
 * Each kind has a table. An id is a place in it and how often that was used before, so that one which was
 * kept for too long finds nothing. All of it is under the table's lock, which may be held while user memory is touched.
 */
#ifndef SYS_IPC_H
#define SYS_IPC_H

#include <kernel/thread.h>
#include <linux/ipc.h>

#define IPC_RIGHTS  0777u
#define IPC_READ    4u
#define IPC_WRITE   2u
#define IPC_EXECUTE 1u

/* The beginning of each kind's own structure. */
struct ipc_object {
	int key;
	uint32_t uid, gid, creator_uid, creator_gid, mode;
	bool is_removed; /* it has no key any more, but is still there */
};

struct ipc_table {
	struct mutex lock;
	struct ipc_object **objects; /* by place */
	uint16_t *sequences;
	unsigned max;
	unsigned place_count; /* how many places have ever been used */
};

#define IPC_TABLE(id, lock_name, count)                                                            \
	static struct ipc_object *id##_objects[count];                                             \
	static uint16_t id##_sequences[count];                                                     \
	struct ipc_table id = { .lock = MUTEX_INIT((id).lock, lock_name),                          \
		.objects = id##_objects,                                                           \
		.sequences = id##_sequences,                                                       \
		.max = (count) }

extern struct ipc_table sem_table, msg_table, shm_table;

/*
 * What a get() call with this key has to do: IPC_MAKE an object, or look at the one at *place, whose rights are still to
 * be checked; -ENOENT, -EEXIST.
 */
enum { IPC_FOUND = 0, IPC_MAKE = 1 };
int ipc_look(const struct ipc_table *table, int key, unsigned flags, unsigned *place) __must_check;

/* Give it a place, and to the caller: its id, or -ENOSPC. */
int ipc_add(
	struct ipc_table *table, struct ipc_object *object, int key, unsigned flags) __must_check;
/* Take it out; it is the caller's. */
struct ipc_object *ipc_take(struct ipc_table *table, unsigned place);

int ipc_id(const struct ipc_table *table, unsigned place);
/* By id: -EINVAL when there is none, or the id is of an earlier one. */
int ipc_find(const struct ipc_table *table, int id, unsigned *place) __must_check;
/* By place, for who goes through all: -EINVAL. */
int ipc_find_place(const struct ipc_table *table, int place) __must_check;
/* What the calls that tell limits return: the highest place in use, or 0. */
long ipc_place_last(const struct ipc_table *table);

/* 0, or -EACCES: `wanted` of IPC_READ and so on. */
int ipc_rights_check(const struct ipc_object *object, unsigned wanted) __must_check;
/* The end of a get() call that found one: its id, or -EACCES when there are not the rights that the flags ask for. */
int ipc_open(const struct ipc_table *table, unsigned place, unsigned flags) __must_check;
bool ipc_is_owner(const struct ipc_object *object);

struct linux_ipc_perm ipc_perm_of(const struct ipc_table *table, unsigned place);
/* What IPC_STAT tells of the object at a place in use; the table's lock held. */
struct linux_msqid_ds msg_state(unsigned place);
struct linux_semid_ds sem_state(unsigned place);
struct linux_shmid_ds shm_state(unsigned place);
/* Let go of segments that were removed and are attached no more. The lock held. */
void shm_sweep(void);
/* IPC_SET: 0 or -EPERM. */
int ipc_perm_set(struct ipc_object *object, const struct linux_ipc_perm *perm) __must_check;

/* A time as seconds, as IPC_STAT tells it; 0: never. */
static inline int64_t ipc_seconds(nsec_t t)
{
	return (int64_t)(t / NSEC_PER_SEC);
}

#endif
