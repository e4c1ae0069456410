/*
 * process.c - the table of processes, their numbers, and process 1.
 */
#include "signal_state.h"

#include <arch/clock.h>
#include <arch/user.h>
#include <kernel/groups.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/machine.h>
#include <kernel/panic.h>
#include <kernel/string.h>
#include <kernel/tty.h>
#include <linux/mqueue.h>
#include <linux/resource.h>

#define PID_MAX	      32768
#define FILES_SOFT    1024u
#define FILES_HARD    4096u
#define SIGNALS_MAX   1024u /* queued, of one user */
#define STACK_DEFAULT (8ul << 20)

struct spinlock process_lock = SPINLOCK_INIT("process");
struct list processes = LIST_INIT(processes);
struct process *process_init;

static int pid_last;

struct process *process_current(void)
{
	struct task *task = task_current();

	return task ? task->process : NULL;
}

/* ---- numbers ---------------------------------------------------------- */

static bool pid_is_used(int pid)
{
	list_for_each(node, &processes) {
		struct process *p = list_entry(node, struct process, all_link);

		if (p->pid == pid || p->pgid == pid || p->sid == pid || task_find(p, pid)) {
			return true;
		}
	}
	return false;
}

static unsigned long pid_count; /* given out since the boot */

int pid_alloc(void)
{
	pid_count++;
	do {
		pid_last = pid_last % (PID_MAX - 1) + 1;
	} while (pid_is_used(pid_last));
	return pid_last;
}

int process_last_pid(void)
{
	return READ_ONCE(pid_last);
}

unsigned long process_total(void)
{
	return READ_ONCE(pid_count);
}

void process_io_add(struct process_io *sum, const struct process_io *io)
{
	sum->read_len += io->read_len;
	sum->write_len += io->write_len;
	sum->read_count += io->read_count;
	sum->write_count += io->write_count;
}

struct process_io process_io_get(struct process *process)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	struct process_io sum = process->io;

	list_for_each(node, &process->threads) {
		process_io_add(&sum, &list_entry(node, struct task, process_link)->io);
	}
	spin_unlock_irqrestore(&process_lock, irq);
	return sum;
}

static struct task *task_find_in(struct process *process, int tid)
{
	list_for_each(node, &process->threads) {
		struct task *task = list_entry(node, struct task, process_link);

		if (task->tid == tid) {
			return task;
		}
	}
	return NULL;
}

struct task *task_find(struct process *process, int tid)
{
	struct task *task = NULL;

	if (process) {
		return task_find_in(process, tid);
	}
	list_for_each(node, &processes) {
		task = task_find_in(list_entry(node, struct process, all_link), tid);
		if (task) {
			break;
		}
	}
	return task;
}

struct process *process_find(int pid)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	struct process *found = NULL;

	list_for_each(node, &processes) {
		struct process *p = list_entry(node, struct process, all_link);

		if (p->pid == pid) {
			process_ref(p);
			found = p;
			break;
		}
	}
	spin_unlock_irqrestore(&process_lock, irq);
	return found;
}

/* The process with the lowest number above `pid`, referenced; NULL after the last. */
static struct process *process_after(int pid)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	struct process *best = NULL;

	list_for_each(node, &processes) {
		struct process *p = list_entry(node, struct process, all_link);

		if (p->pid > pid && (!best || p->pid < best->pid)) {
			best = p;
		}
	}
	if (best) {
		process_ref(best);
	}
	spin_unlock_irqrestore(&process_lock, irq);
	return best;
}

/* By number, with the lock dropped around each call: it may sleep, and processes may come and go. */
void process_for_each(void (*each)(struct process *process, void *arg), void *arg)
{
	struct process *p;

	for (int pid = 0; (p = process_after(pid)); process_unref(p)) {
		pid = p->pid;
		each(p, arg);
	}
}

/* ---- life ------------------------------------------------------------- */

void process_ref(struct process *process)
{
	__atomic_add_fetch(&process->refs, 1, __ATOMIC_RELAXED);
}

void process_unref(struct process *process)
{
	if (__atomic_sub_fetch(&process->refs, 1, __ATOMIC_ACQ_REL)) {
		return;
	}
	assert_that(!process->thread_count && !process->vm, "R1");
	group_list_unref(process->groups);
	heap_free(process);
}

static void limits_default(struct process *process)
{
	for (unsigned i = 0; i < RLIMIT_COUNT; i++) {
		process->limits[i] = (struct rlimit64){ UINT64_MAX, UINT64_MAX };
	}
	process->limits[RLIMIT_STACK].soft = STACK_DEFAULT;
	process->limits[RLIMIT_SIGPENDING] = (struct rlimit64){ SIGNALS_MAX, SIGNALS_MAX };
	process->limits[RLIMIT_MSGQUEUE] = (struct rlimit64){ MQ_BYTES_DEFAULT, MQ_BYTES_DEFAULT };
	process->limits[RLIMIT_NICE] = process->limits[RLIMIT_RTPRIO] = (struct rlimit64){ 0, 0 };
	process->limits[RLIMIT_CORE] = (struct rlimit64){ 0, 0 };
	process->limits[RLIMIT_NOFILE] = (struct rlimit64){ FILES_SOFT, FILES_HARD };
}

struct dentry *process_place_exchange(struct dentry **place, struct dentry *d)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	struct dentry *old = *place;

	*place = d;
	spin_unlock_irqrestore(&process_lock, irq);
	return old;
}

/* Another thread of the parent's may go elsewhere meanwhile. */
static void places_inherit(struct process *process, const struct process *parent)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);

	process->root = parent->root;
	process->cwd = parent->cwd;
	process->exe = parent->exe;
	dentry_ref(process->root);
	dentry_ref(process->cwd);
	dentry_ref(process->exe);
	spin_unlock_irqrestore(&process_lock, irq);
}

static void inherit(struct process *process, struct process *parent)
{
	memcpy(process->limits, parent->limits, sizeof(process->limits));
	process->pgid = parent->pgid;
	process->sid = parent->sid;
	process->umask = parent->umask;
	process->uid = parent->uid;
	process->euid = parent->euid;
	process->suid = parent->suid;
	process->gid = parent->gid;
	process->egid = parent->egid;
	process->sgid = parent->sgid;
	process->groups = process_groups_hold(parent);
	process->caps_dropped = parent->caps_dropped;
	process->caps_off = parent->caps_off;
	process->caps_inheritable = parent->caps_inheritable;
	process->is_closed = parent->is_closed;
	process->keeps_caps = parent->keeps_caps;
	process->personality = parent->personality;
	process->ioprio = parent->ioprio;
	process->nice = parent->nice;
	memcpy(process->name, parent->name, sizeof(process->name));
	process->args_start = parent->args_start;
	process->args_end = parent->args_end;
	process->env_start = parent->env_start;
	process->env_end = parent->env_end;
	process->aux_start = parent->aux_start;
	process->aux_end = parent->aux_end;
	places_inherit(process, parent);
}

static void tree_enter(struct process *process, struct process *from, bool is_sibling)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	struct process *parent = is_sibling ? from->parent : from;

	process->pid = pid_alloc();
	list_push_back(&processes, &process->all_link);
	process->parent = parent;
	if (parent) {
		process->tty =
			parent->tty; /* nobody takes it away between this and its being seen */
		list_push_back(&parent->children, &process->sibling);
	} else {
		process->pgid = process->sid = process->pid;
	}
	spin_unlock_irqrestore(&process_lock, irq);
}

struct process *process_create(struct process *from, bool is_sibling)
{
	struct process *process = heap_alloc(sizeof(*process)); /* zeroed */

	if (!process) {
		return NULL;
	}
	process->refs = 1;
	list_init(&process->children);
	list_init(&process->sibling);
	list_init(&process->threads);
	list_init(&process->all_link);
	mutex_init(&process->lock, "process");
	wait_queue_init(&process->child_event);
	wait_queue_init(&process->end_event);
	wait_queue_init(&process->stop_event);
	pending_init(&process->pending);
	list_init(&process->timers);
	timer_init(&process->alarm, NULL);
	process->start_time = clock_now();
	if (from) {
		inherit(process, from);
	} else {
		limits_default(process);
		process->umask = 022;
		process->root = process->cwd = vfs_root;
		dentry_ref(vfs_root);
		dentry_ref(vfs_root);
	}
	tree_enter(process, from, is_sibling);
	return process;
}

/* ---- process 1 -------------------------------------------------------- */

struct init_start {
	const char *path, *second;
	const char *const *argv, *const *envp;
};

/* First code of process 1, in the kernel: become the program. */
static void init_run(void *arg)
{
	const struct init_start *start = arg;
	struct exec_what what = { .path = start->path, .name = start->path };
	int err = process_exec(&what, start->argv, start->envp);

	if (err == -ENOENT && start->second) {
		what.path = what.name = start->second;
		err = process_exec(&what, start->argv, start->envp);
	}
	if (!err) {
		user_enter();
	}
	log_err("init: %s cannot be started: %s", start->path, errno_name(err));
	machine_shutdown(MACHINE_POWEROFF, 127);
}

static int console_open(struct fd_table *fds)
{
	for (int fd = 0; fd < 3; fd++) {
		struct file *file;
		int err = vfs_open(NULL, "/dev/console", 2 /* O_RDWR */, 0, &file);

		if (!err) {
			err = fd_install(fds, file, fd, false);
		}
		if (err < 0) {
			return err;
		}
	}
	return 0;
}

int process_start_init(
	const char *path, const char *second, const char *const argv[], const char *const envp[])
{
	static struct init_start start;
	struct process *process = process_create(NULL, false);
	struct fd_table *fds = fd_table_create();
	struct task *task;
	int err;

	if (!process || !fds) {
		return -ENOMEM;
	}
	start = (struct init_start){ path, second, argv, envp };
	process_init = process;
	signal_init();
	tty_console_give(process);
	process->vm = vm_space_create();
	process->signals = signal_state_create();
	if (!process->vm || !process->signals) {
		return -ENOMEM;
	}
	err = task_create(&task, process, fds, "init");
	if (err) {
		return err;
	}
	err = thread_affinity_set(
		task->thread, CPUS_ALL); /* the kernel's own threads stay where they are */
	if (err) {
		return err;
	}
	task->thread->entry = init_run;
	task->thread->arg = &start;
	err = console_open(fds);
	if (err) {
		log_warn("init: no console for its standard files: %s", errno_name(err));
	}
	task_start(task);
	return 0;
}
