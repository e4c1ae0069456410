/* procfs_status.c - /proc/PID/stat, statm, status, comm: of a process, or of a thread in its folder (proc(5)). */
#include <linux/resource.h>
#include <kernel/groups.h>
#include <kernel/smp.h>
#include <kernel/string.h>
#include <kernel/tty.h>
#include "../proc/signal_state.h"
#include "procfs.h"

#define NSEC_PER_TICK (NSEC_PER_SEC / 100)
#define NAME_SIZE     16
#define PAGES(len)    ((unsigned long)(DIV_ROUND_UP(len, PAGE_SIZE)))

/* ---- what threads tell ------------------------------------------------------------------------ */

/* Taken under process_lock, as everything that ends. */
struct summary {
	char state; /* R S T Z */
	const char *state_name;
	int parent, pgid, sid;
	unsigned thread_count;
	uint64_t tty; /* its device, 0: none */
	int tty_group;
	nsec_t time;
	uint64_t allowed; /* CPUs, of the first thread */
	unsigned long switches;
	sigset_kernel_t pending, shared_pending, blocked, ignored, caught;
	bool gets_no_rights;
};

static void state_set(struct summary *s, char state, const char *name)
{
	s->state = state;
	s->state_name = name;
}

/* Of all threads, or of this one. */
static void threads_look(struct summary *s, const struct process *process, int tid)
{
	list_for_each(node, &process->threads) {
		const struct task *task = list_entry(node, struct task, process_link);
		const struct thread *t = task->thread;

		if (tid && task->tid != tid) {
			continue;
		}
		s->time += thread_run_time(t);
		s->switches += t->switches;
		s->allowed = s->allowed ? s->allowed : t->allowed & smp_running();
		s->blocked = s->blocked ? s->blocked : task->blocked;
		s->gets_no_rights |= task->gets_no_rights;
		s->pending = s->pending ? s->pending : task->pending.set;
		if (t->state == THREAD_RUNNING || t->state == THREAD_READY) {
			state_set(s, 'R', "running");
		}
	}
}

static void actions_look(struct summary *s, const struct signal_state *state)
{
	for (int signo = 1; signo <= SIGNAL_COUNT; signo++) {
		vaddr_t handler = state->actions[signo - 1].handler;

		s->ignored |= handler == SIG_IGN ? signal_bit(signo) : 0;
		s->caught |= handler != SIG_IGN && handler != SIG_DFL ? signal_bit(signo) : 0;
	}
}

static struct summary summary_of(const struct proc_inode *inode)
{
	struct process *process = inode->process;
	int tid = inode->tid;
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	struct summary s = { .parent = process->parent ? process->parent->pid : 0,
		.pgid = process->pgid,
		.sid = process->sid,
		.thread_count = process->thread_count,
		.tty = process->tty ? tty_device(process->tty) : 0,
		.tty_group = process->tty ? tty_group(process->tty) : -1,
		.time = tid ? 0 : process->user_time + process->system_time };

	state_set(&s, 'S', "sleeping");
	threads_look(&s, process, tid);
	s.shared_pending = process->pending.set;
	if (process->signals) {
		actions_look(&s, process->signals);
	}
	if (process->is_zombie) {
		state_set(&s, 'Z', "zombie");
	} else if (process->is_stopped) {
		state_set(&s, 'T', "stopped");
	}
	spin_unlock_irqrestore(&process_lock, irq);
	return s;
}

static struct vm_usage usage_of(struct process *process)
{
	struct vm_space *vm = proc_vm_get(process);
	struct vm_usage usage = { 0 };

	if (vm) {
		vm_usage_get(vm, &usage);
		vm_space_unref(vm);
	}
	return usage;
}

/* ---- numbers -------------------------------------------------------------------------------------- */

static int number_of(const struct proc_inode *inode)
{
	return inode->tid ? inode->tid : inode->process->pid;
}

static void name_get(const struct proc_inode *inode, char name[NAME_SIZE])
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	struct task *task = inode->tid ? task_find(inode->process, inode->tid) : NULL;

	strlcpy(name, task ? task_name(task) : inode->process->name, NAME_SIZE);
	spin_unlock_irqrestore(&process_lock, irq);
}

void proc_show_comm(struct proc_text *text, const struct proc_inode *inode)
{
	char name[NAME_SIZE];

	name_get(inode, name);
	proc_print(text, "%s\n", name);
}

/* What nobody counts here is 0. */
void proc_show_stat(struct proc_text *text, const struct proc_inode *inode)
{
	struct process *p = inode->process;
	struct summary s = summary_of(inode);
	struct vm_usage usage = usage_of(p);
	char name[NAME_SIZE];

	name_get(inode, name);
	proc_print(text, "%d (%s) %c %d %d %d %d %d 0 0 0 0 0 ", number_of(inode), name, s.state,
		s.parent, s.pgid, s.sid, (int)s.tty, s.tty_group);
	proc_print(text, "%lu 0 %lu 0 %d %d %u 0 %lu ", (unsigned long)(s.time / NSEC_PER_TICK),
		(unsigned long)(p->children_time / NSEC_PER_TICK), 20 + p->nice, p->nice,
		s.thread_count, (unsigned long)(p->start_time / NSEC_PER_TICK));
	proc_print(text, "%zu %lu %lu 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 ",
		usage.virtual_len, PAGES(usage.resident_len),
		(unsigned long)p->limits[RLIMIT_RSS].soft);
	proc_print(text, "%lu %lu %lu %lu 0\n", (unsigned long)p->args_start,
		(unsigned long)p->args_end, (unsigned long)p->env_start, (unsigned long)p->env_end);
}

void proc_show_statm(struct proc_text *text, const struct proc_inode *inode)
{
	struct vm_usage usage = usage_of(inode->process);

	proc_print(text, "%lu %lu 0 0 0 %lu 0\n", PAGES(usage.virtual_len),
		PAGES(usage.resident_len), PAGES(usage.data_len));
}

static void ids_line(
	struct proc_text *text, const char *name, uint32_t real, uint32_t effective, uint32_t saved)
{
	proc_print(text, "%s:\t%u\t%u\t%u\t%u\n", name, real, effective, saved, effective);
}

static void kib_line(struct proc_text *text, const char *name, size_t len)
{
	proc_print(text, "%s:\t%8zu kB\n", name, len / 1024);
}

/* "0-2,5" */
static void cpus_print(struct proc_text *text, uint64_t set)
{
	const char *separator = "";

	for (unsigned first = 0; first < CONFIG_NR_CPUS; first++) {
		unsigned last = first;

		if (!(set & cpu_bit(first))) {
			continue;
		}
		while (last + 1 < CONFIG_NR_CPUS && set & cpu_bit(last + 1)) {
			last++;
		}
		proc_print(text, "%s%u", separator, first);
		if (last > first) {
			proc_print(text, "-%u", last);
		}
		separator = ",";
		first = last;
	}
	proc_print(text, "\n");
}

static void set_line(struct proc_text *text, const char *name, uint64_t set)
{
	proc_print(text, "%s:\t%08lx%08lx\n", name, (unsigned long)(set >> 32),
		(unsigned long)(set & UINT32_MAX));
}

/* How many its table has room for. */
static unsigned fd_room(struct process *process)
{
	struct fd_table *fds = proc_fds_look(process);
	unsigned room = fds ? fd_table_room(fds) : 0;

	fd_table_look_end(fds);
	return room;
}

static void memory_lines(struct proc_text *text, struct process *process)
{
	struct vm_usage usage = usage_of(process);

	kib_line(text, "VmPeak", usage.virtual_peak);
	kib_line(text, "VmSize", usage.virtual_len);
	kib_line(text, "VmLck", 0);
	kib_line(text, "VmPin", 0);
	kib_line(text, "VmHWM", usage.resident_peak);
	kib_line(text, "VmRSS", usage.resident_len);
	kib_line(text, "VmData", usage.data_len);
	kib_line(text, "VmStk", usage.stack_len);
	kib_line(text, "VmSwap", 0);
}

static void signal_lines(struct proc_text *text, const struct summary *s)
{
	set_line(text, "SigPnd", s->pending);
	set_line(text, "ShdPnd", s->shared_pending);
	set_line(text, "SigBlk", s->blocked);
	set_line(text, "SigIgn", s->ignored);
	set_line(text, "SigCgt", s->caught);
}

static void groups_line(struct proc_text *text, struct process *p)
{
	struct group_list *list = process_groups_hold(p);

	proc_print(text, "Groups:\t");
	for (unsigned i = 0; list && i < list->count; i++) {
		proc_print(text, "%u ", list->ids[i]);
	}
	proc_print(text, "%s\n", list ? "" : " ");
	group_list_unref(list);
}

/* The most that memory ever was is not kept: what it is now stands for it. */
void proc_show_status(struct proc_text *text, const struct proc_inode *inode)
{
	struct process *p = inode->process;
	struct summary s = summary_of(inode);
	char name[NAME_SIZE];

	name_get(inode, name);
	proc_print(text, "Name:\t%s\nUmask:\t%04o\nState:\t%c (%s)\n", name, p->umask, s.state,
		s.state_name);
	proc_print(text, "Tgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n", p->pid,
		number_of(inode), s.parent);
	ids_line(text, "Uid", p->uid, p->euid, p->suid);
	ids_line(text, "Gid", p->gid, p->egid, p->sgid);
	proc_print(text, "FDSize:\t%u\n", fd_room(p));
	groups_line(text, p);
	proc_print(text, "NStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\n", p->pid,
		number_of(inode), s.pgid, s.sid);
	memory_lines(text, p);
	proc_print(text, "Threads:\t%u\n", s.thread_count);
	signal_lines(text, &s);
	proc_print(text, "NoNewPrivs:\t%d\nSeccomp:\t0\n", s.gets_no_rights);
	proc_print(text, "Cpus_allowed:\t%lx\nCpus_allowed_list:\t", (unsigned long)s.allowed);
	cpus_print(text, s.allowed);
	proc_print(text, "voluntary_ctxt_switches:\t%lu\nnonvoluntary_ctxt_switches:\t0\n",
		s.switches);
}
