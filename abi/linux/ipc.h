/* linux/ipc.h - System V inter-process communication as Linux on x86 numbers and lays it out. */
#ifndef ABI_LINUX_IPC_H
#define ABI_LINUX_IPC_H

#include <linux/word.h>
#include <stdint.h>

#define IPC_PRIVATE 0
#define IPC_CREAT   01000u
#define IPC_EXCL    02000u
#define IPC_RMID    0
#define IPC_SET	    1
#define IPC_STAT    2
#define IPC_INFO    3

#define SHM_HUGETLB  04000u
#define SHM_RDONLY   010000u
#define SHM_RND	     020000u
#define SHM_REMAP    040000u
#define SHM_EXEC     0100000u
#define SHM_DEST     01000u /* in the mode that is told: gone with its last user */
#define SHM_LOCKED   02000u
#define SHM_LOCK     11
#define SHM_UNLOCK   12
#define SHM_STAT     13
#define SHM_INFO     14
#define SHM_STAT_ANY 15

struct linux_ipc_perm {
	int32_t key;
	uint32_t uid, gid, creator_uid, creator_gid, mode;
	uint16_t sequence, pad;
	uint32_t pad2[sizeof(long) / 8];
	unsigned long unused[2];
};

struct linux_shmid_ds {
	struct linux_ipc_perm perm;
	unsigned long size;
	int64_t attach_time, detach_time, change_time;
	int32_t creator_pid, last_pid;
	unsigned long attach_count;
	unsigned long unused[2];
};

struct linux_shm_limits {
	unsigned long max, min, segments, per_process,
		all; /* of bytes, bytes, segments, segments, pages */
	unsigned long unused[4];
};

struct linux_shm_info {
	int32_t used_ids WORD_PAD(pad);
	unsigned long total, resident, swapped, attempts, successes; /* pages */
};

#define IPC_NOWAIT 04000u

/* ---- semaphores ---- */

#define SEM_UNDO     0x1000
#define SEM_GETPID   11
#define SEM_GETVAL   12
#define SEM_GETALL   13
#define SEM_GETNCNT  14
#define SEM_GETZCNT  15
#define SEM_SETVAL   16
#define SEM_SETALL   17
#define SEM_STAT     18
#define SEM_INFO     19
#define SEM_STAT_ANY 20

struct linux_sembuf {
	uint16_t number;
	int16_t op;
	int16_t flags;
};

struct linux_semid_ds {
	struct linux_ipc_perm perm;
	unsigned long op_time, op_time_high, change_time, change_time_high, count, unused[2];
};

/* SEM_INFO: undo_size is how many sets there are, adjust how many semaphores. */
struct linux_sem_limits {
	int32_t map, sets, all, undos, of_set, ops, undos_of_process, undo_size, value, adjust;
};

/* ---- messages ---- */

#define MSG_NOERROR  010000u
#define MSG_EXCEPT   020000u
#define MSG_COPY     040000u
#define MSG_STAT     11
#define MSG_INFO     12
#define MSG_STAT_ANY 13

struct linux_msqid_ds {
	struct linux_ipc_perm perm;
	int64_t send_time, receive_time, change_time;
	unsigned long bytes, count, bytes_max;
	int32_t last_sender, last_receiver;
	unsigned long unused[2];
};

/* MSG_INFO: pool is how many queues there are, map how many messages, messages how many bytes. */
struct linux_msg_limits {
	int32_t pool, map, message, queue, queues, segment, messages;
	uint16_t segments, pad;
};

#endif
