/* ipc_proc.c - /proc/sysvipc: a line for each of System V's objects, as Linux writes it. */
#include "ipc.h"

#include <kernel/errno.h>
#include <kernel/procfs.h>

/* The end of a line begins with its owners. */
static void owners_print(struct proc_text *text, const struct linux_ipc_perm *perm)
{
	proc_print(text, " %5u %5u %5u %5u", perm->uid, perm->gid, perm->creator_uid,
		perm->creator_gid);
}

static void time_print(struct proc_text *text, int64_t seconds)
{
	proc_print(text, " %10lld", (long long)seconds);
}

static void begin_print(struct proc_text *text, const struct ipc_table *table, unsigned place,
	const struct linux_ipc_perm *perm)
{
	proc_print(text, "%10d %10d  %4o", perm->key, ipc_id(table, place), perm->mode);
}

static void msg_print(struct proc_text *text, unsigned place)
{
	struct linux_msqid_ds ds = msg_state(place);

	begin_print(text, &msg_table, place, &ds.perm);
	proc_print(text, "  %10lu %10lu %5u %5u", (unsigned long)ds.bytes, (unsigned long)ds.count,
		(unsigned)ds.last_sender, (unsigned)ds.last_receiver);
	owners_print(text, &ds.perm);
	time_print(text, (int64_t)ds.send_time);
	time_print(text, (int64_t)ds.receive_time);
	time_print(text, (int64_t)ds.change_time);
	proc_print(text, "\n");
}

static void sem_print(struct proc_text *text, unsigned place)
{
	struct linux_semid_ds ds = sem_state(place);

	begin_print(text, &sem_table, place, &ds.perm);
	proc_print(text, " %10lu", (unsigned long)ds.count);
	owners_print(text, &ds.perm);
	time_print(text, (int64_t)ds.op_time);
	time_print(text, (int64_t)ds.change_time);
	proc_print(text, "\n");
}

/* What of it is in memory, and what is swapped out, is not known: all, and nothing. */
static void shm_print(struct proc_text *text, unsigned place)
{
	struct linux_shmid_ds ds = shm_state(place);

	begin_print(text, &shm_table, place, &ds.perm);
	proc_print(text, " %21lu %5u %5u  %5lu", (unsigned long)ds.size, (unsigned)ds.creator_pid,
		(unsigned)ds.last_pid, (unsigned long)ds.attach_count);
	owners_print(text, &ds.perm);
	time_print(text, (int64_t)ds.attach_time);
	time_print(text, (int64_t)ds.detach_time);
	time_print(text, (int64_t)ds.change_time);
	proc_print(text, " %21lu %21lu\n", (unsigned long)ALIGN_UP(ds.size, PAGE_SIZE), 0ul);
}

static void show(struct proc_text *text, struct ipc_table *table,
	void (*print)(struct proc_text *text, unsigned place))
{
	mutex_lock(&table->lock);
	if (table == &shm_table) {
		shm_sweep();
	}
	for (unsigned place = 0; place < table->place_count; place++) {
		if (table->objects[place]) {
			print(text, place);
		}
	}
	mutex_unlock(&table->lock);
}

static void msg_show(struct proc_text *text)
{
	proc_print(text,
		"       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid"
		"  cgid      stime      rtime      ctime\n");
	show(text, &msg_table, msg_print);
}

static void sem_show(struct proc_text *text)
{
	proc_print(text,
		"       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n");
	show(text, &sem_table, sem_print);
}

static void shm_show(struct proc_text *text)
{
	proc_print(text,
		"       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid"
		"  cgid      atime      dtime      ctime                   rss                  swap\n");
	show(text, &shm_table, shm_print);
}

int ipc_proc_add(void)
{
	int err = procfs_add("sysvipc/msg", msg_show, NULL);

	err = err ? err : procfs_add("sysvipc/sem", sem_show, NULL);
	return err ? err : procfs_add("sysvipc/shm", shm_show, NULL);
}
