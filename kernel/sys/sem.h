/* sem.h - what the files about System V semaphores share: sets, and who waits for them. */
#ifndef SYS_SEM_H
#define SYS_SEM_H

#include "ipc.h"

#include <kernel/list.h>

#define SEM_SETS_MAX   1024u
#define SEM_COUNT_MAX  32000u /* of one set */
#define SEM_OPS_MAX    500u   /* of one call */
#define SEM_VALUE_MAX  32767
#define SEM_ADJUST_MAX 32767 /* what the end of a process may add */

struct sem {
	int value;
	int last_pid; /* who changed it last */
};

struct sem_set {
	struct ipc_object ipc;
	unsigned count;
	nsec_t op_time, change_time; /* 0: never */
	struct list waiters;	     /* struct sem_waiter.link, in the order they came */
	struct list undos;	     /* struct sem_undo.link */
	struct sem *sems;
};

/* What is added to each semaphore when a process ends. */
struct sem_undo {
	struct list link;
	const struct process *process;
	int16_t adjust[];
};

/* A call that could not be performed at once. */
struct sem_waiter {
	struct list link;
	const struct linux_sembuf *ops;
	unsigned count;
	unsigned blocker; /* the first of the operations that cannot be performed */
	int pid;
	struct sem_undo *undo; /* or NULL */
	int result;	       /* SEM_PENDING until it is performed, or fails */
	struct wait_queue queue;
};
#define SEM_PENDING 1

/* All of it is under sem_table's lock. */
static inline struct sem_set *sem_set_at(unsigned place)
{
	return container_of(sem_table.objects[place], struct sem_set, ipc);
}

/* Perform what has become possible after values changed. */
void sem_set_settle(struct sem_set *set);
/* The set is gone: its waiters get -EIDRM, it is freed. */
void sem_set_end(struct sem_set *set);

#endif
