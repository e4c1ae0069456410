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

#define SHM_HUGETLB 04000u
#define SHM_RDONLY  010000u
#define SHM_RND	    020000u
#define SHM_REMAP   040000u
#define SHM_EXEC    0100000u
#define SHM_DEST    01000u /* in the mode that is told: gone with its last user */
#define SHM_LOCKED  02000u
#define SHM_LOCK    11
#define SHM_UNLOCK  12
#define SHM_STAT    13
#define SHM_INFO    14

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

#endif
