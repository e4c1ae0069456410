/*
 * process.h - processes: what threads of one program share.
 *
 * Invariants:
 *   R1  A process lives while it has a thread or its parent has not waited for it.
 *   R2  process_lock (one, irq-safe) guards the tree, the groups and all exit states.
 */
#ifndef KERNEL_PROCESS_H
#define KERNEL_PROCESS_H

#include <kernel/signal.h>
#include <kernel/thread.h>
#include <kernel/timer.h>
#include <kernel/vfs.h>
#include <kernel/vm.h>

#define RLIMIT_COUNT 16

struct rlimit64 {
	uint64_t soft, hard;
};

struct tty;

/* Of read(), write() and their like. */
struct process_io {
	unsigned long read_len, write_len, read_count, write_count;
};

struct process {
	/* constant */
	int pid;

	/* under process_lock */
	struct process *parent;
	struct list children, sibling;
	struct list threads; /* struct thread.process_link */
	unsigned thread_count;
	int pgid, sid;
	struct tty *tty; /* controlling terminal */
	bool has_execed;
	bool is_exiting; /* exit_group() or a deadly signal: exit_status is settled */
	bool is_zombie, is_stopped, stop_reported, was_continued;
	/* A stop was taken and not cancelled since, by SIGCONT or the end; set under the signal state's lock alone. */
	bool stop_is_due;
	bool continue_untold; /* the parent is to hear of it from the first thread that goes on */
	int stop_signal;
	int exit_status;       /* as wait4 reports it */
	int exit_signal;       /* to the parent at the end; 0: none */
	int parent_end_signal; /* PR_SET_PDEATHSIG: what it gets when its parent ends; 0: nothing */
	struct wait_queue child_event; /* a child's state changed; vfork: this one's vfork_done */
	struct wait_queue end_event;   /* is_zombie became true */
	bool vfork_done;
	bool is_adopting; /* PR_SET_CHILD_SUBREAPER: its descendants' orphans are its own */
	struct list all_link;
	struct group_list *groups; /* supplementary; NULL: none. kernel/groups.h */

	/* shared, each with its own lock */
	struct vm_space *vm;
	struct signal_state *signals; /* handlers */

	/* under the signal state's lock */
	struct signal_pending pending; /* for whichever thread takes it */
	struct wait_queue stop_event;  /* is_stopped ended */

	/* under the process's mutex */
	struct mutex lock;
	struct dentry *root, *cwd; /* these and `exe` change by process_place_exchange() */
	struct list timers;	   /* struct posix_timer.link */
	int timer_number;	   /* the next one's */
	uint32_t umask;
	uint32_t uid, euid, suid, gid, egid, sgid;
	struct rlimit64 limits[RLIMIT_COUNT];
	char name[16];					   /* comm */
	uint64_t caps_dropped, caps_off, caps_inheritable; /* capabilities given up, as told */
	uint32_t personality;
	uint16_t ioprio;
	int nice;	   /* -20 to 19: kept and told */
	bool keeps_caps;   /* PR_SET_KEEPCAPS: kept and told */
	bool is_closed;	   /* not "dumpable": others of its user may not look into it */
	bool has_sem_undo; /* set by kernel/sys/sem.c, under its own lock */
	struct dentry *exe;
	vaddr_t args_start, args_end, env_start, env_end, aux_start, aux_end;
	struct timer alarm; /* setitimer(ITIMER_REAL) */
	nsec_t alarm_interval;
	struct process_io io; /* of threads that have ended */
	nsec_t start_time, user_time, system_time, children_time;

	/* atomic */
	unsigned refs;
};

/* Of the calling thread; NULL for a kernel thread. */
struct process *process_current(void);

/*
 * A process's root, cwd or exe becomes `d`, whose reference passes to it; that of the former one, which is returned, to
 * the caller. Others refer to them under process_lock (/proc), which it takes.
 */
struct dentry *process_place_exchange(struct dentry **place, struct dentry *d) __must_check;

/* By pid: referenced, or NULL. */
struct process *process_find(int pid) __must_check;
void process_ref(struct process *process);
void process_unref(struct process *process);
/* The number that was given out last, and how many were since the boot, to threads too. */
int process_last_pid(void);
unsigned long process_total(void);
void process_for_each(void (*each)(struct process *process, void *arg), void *arg);
/* What its threads have moved, those that ended among them; and adding one to that, under process_lock. */
struct process_io process_io_get(struct process *process);
void process_io_add(struct process_io *sum, const struct process_io *io);

/*
 * Whether the caller, by its effective ids or its real ones, may look into another: root may, and who has
 * all its ids if it is not closed.
 */
bool process_may_look(const struct process *other, bool by_effective);
/* The caller's effective ids are others now, so what it was given as who it was is not for those. */
void process_rights_changed(void);

/* setpgid() and setsid(), with Linux's errors; the latter returns the session's number. */
int process_group_set(int pid, int pgid) __must_check;
int process_session_start(void) __must_check;
bool process_group_is_in(int pgid, int sid);
/* Nobody has this controlling terminal any more. */
void process_tty_forget(const struct tty *tty);

/*
 * Boot: process 1 from `path`, or from `second` (if any) when there is no such file, with the console
 * as 0, 1 and 2. Returns -errno when it cannot be started.
 */
int process_start_init(const char *path, const char *second, const char *const argv[],
	const char *const envp[]) __must_check;
/* Called when process 1 ends: the verdict is its exit status. */

/* fork, vfork, clone, clone3 in one: Linux's flags. The child's pid or a negative errno. */
struct clone_args_kernel {
	uint64_t flags;
	vaddr_t stack, tls, parent_tid, child_tid, pidfd;
	int exit_signal;
};
long process_clone(const struct clone_args_kernel *args) __must_check;

/* What is to run, and what it is called. */
struct exec_what {
	struct dentry *base; /* where `path` begins; NULL: the working directory */
	const char *path;
	unsigned flags; /* enum path_flags for the lookup */
	const char *
		name; /* what the program is told that it is, and a script's interpreter that it is to open */
	bool is_name_lost; /* the interpreter could not: the name is a descriptor's, which closes */
};

/*
 * Replace the calling thread's program: 0 when its user frame is that of the
 * new one, else a negative errno and nothing has changed. argv and envp are
 * kernel memory and end with NULL.
 */
int process_exec(const struct exec_what *what, const char *const argv[],
	const char *const envp[]) __must_check;

void process_exit_group(int status) __noreturn; /* wait4's form: code << 8, or the signal */
void process_exit_thread(int code) __noreturn;

/*
 * Wait for a child, as waitpid() selects it; options are Linux's, WEXITED
 * included. Its number and, in *reaped, a reference to drop; 0 with WNOHANG;
 * -ECHILD, -ERESTARTSYS.
 */
long process_wait(int pid, int *status, int options, struct process **reaped) __must_check;

#endif
