/* procfs.h - what the parts of /proc share. */
#ifndef FS_PROCFS_H
#define FS_PROCFS_H

#include <kernel/procfs.h>
#include "fs.h"

struct process;

/* A file or folder of /proc, made when it is looked for and gone when nobody uses it. */
struct proc_inode {
	struct inode inode;
	void (*show)(struct proc_text *text, const struct proc_inode *inode);
	int (*store)(const char *text, const struct proc_inode *inode);
	const void *what;	 /* which one: a node, an entry of a table */
	struct process *process; /* referenced; NULL: of no process */
	int fd;
	int tid; /* in a thread's folder; 0: it is the process's */
};

static inline struct proc_inode *proc_inode(struct inode *inode)
{
	return container_of(inode, struct proc_inode, inode);
}

/* Takes a reference of `process`, which owns it then; NULL when memory is out. */
struct proc_inode *proc_inode_make(struct filesystem *fs, const struct inode_ops *ops,
	uint32_t mode, uint64_t number, struct process *process) __must_check;
void proc_release(struct inode *inode);
int proc_setattr(struct inode *inode, const struct inode_attr *attr, unsigned which);

/* Of files: `show` and `store`. */
extern const struct inode_ops proc_file_ops;
extern const struct file_ops proc_file_file_ops;

typedef bool proc_emit_fn(void *arg, const struct directory_entry *entry, int64_t next);

/* Emit an entry at `position`, unless the reader is behind it already; false: enough. */
bool proc_emit(struct file *file, int64_t position, const char *name, uint64_t number,
	unsigned char type, proc_emit_fn *emit, void *arg);

/* A number of digits only, without a leading zero: -1 for other names. */
int proc_number(const char *name);

/* ---- the machine's files (procfs_node.c, procfs_system.c) ---- */

struct proc_node;
int proc_node_lookup(struct filesystem *fs, const struct proc_node *folder, const char *name,
	struct inode **found);
bool proc_node_emit(
	struct file *file, const struct proc_node *folder, proc_emit_fn *emit, void *arg);
extern const struct proc_node *proc_node_root;
int proc_system_add(void) __must_check;
int proc_sys_add(void) __must_check;

/* ---- those of processes (procfs_pid.c, procfs_fd.c, procfs_task.c) ---- */

#define PROC_POSITION_PID (1 << 20) /* of process 0, in the root */

int proc_pid_lookup(struct filesystem *fs, const char *name, struct inode **found);
bool proc_pid_emit(struct file *file, proc_emit_fn *emit, void *arg);

/* A process's folder, or, with a tid, that of a thread of its. 0 or -ENOMEM. */
int proc_pid_folder_make(
	struct filesystem *fs, struct process *process, int tid, struct inode **found) __must_check;
extern const struct inode_ops proc_fd_folder_ops;
extern const struct file_ops proc_fd_folder_file_ops;
extern const struct inode_ops proc_task_folder_ops;
extern const struct file_ops proc_task_folder_file_ops;
bool proc_task_is_there(struct process *process, int tid);

/* Numbers of inodes: those of a process lie together. */
static inline uint64_t proc_pid_number(int pid, unsigned part)
{
	return ((uint64_t)pid + 1) << 24 | part;
}
#define PROC_PART_FD   (1u << 23)
#define PROC_PART_TASK (1u << 22)

/* Parts of a process that may have ended: referenced, or NULL. */
struct vm_space *proc_vm_get(struct process *process) __must_check;
/* What its first thread that is not at its end has open: for fd_table_look_end(). */
struct fd_table *proc_fds_look(struct process *process) __must_check;

/* ---- the texts of a process (procfs_show.c, procfs_status.c, procfs_maps.c, procfs_mounts.c) ---- */

void proc_show_stat(struct proc_text *text, const struct proc_inode *inode);
void proc_show_statm(struct proc_text *text, const struct proc_inode *inode);
void proc_show_status(struct proc_text *text, const struct proc_inode *inode);
void proc_show_io(struct proc_text *text, const struct proc_inode *inode);
void proc_show_wchan(struct proc_text *text, const struct proc_inode *inode);
void proc_show_zero(struct proc_text *text, const struct proc_inode *inode);
void proc_show_auxv(struct proc_text *text, const struct proc_inode *inode);
void proc_show_smaps(struct proc_text *text, const struct proc_inode *inode);
void proc_show_mountinfo(struct proc_text *text, const struct proc_inode *inode);
void proc_show_maps(struct proc_text *text, const struct proc_inode *inode);
void proc_show_limits(struct proc_text *text, const struct proc_inode *inode);
void proc_show_comm(struct proc_text *text, const struct proc_inode *inode);
void proc_show_cmdline(struct proc_text *text, const struct proc_inode *inode);
void proc_show_environ(struct proc_text *text, const struct proc_inode *inode);
void proc_show_mounts(struct proc_text *text, const struct proc_inode *inode);

#endif
