/* procfs_show.c - the texts of /proc/PID; the formats are Linux's (proc(5)). */
#include <arch/clock.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/smp.h>
#include <kernel/string.h>
#include <kernel/tty.h>
#include <linux/stat.h>
#include "../proc/proc.h"
#include "procfs.h"

#define NSEC_PER_TICK  (NSEC_PER_SEC / 100)
#define COPIED_LEN_MAX (64 * 1024u) /* of arguments or environment */
#define PAGES(len)     ((unsigned long)(DIV_ROUND_UP(len, PAGE_SIZE)))

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
};

static void state_set(struct summary *s, char state, const char *name)
{
	s->state = state;
	s->state_name = name;
}

static void threads_look(struct summary *s, const struct process *process)
{
	list_for_each(node, &process->threads) {
		const struct thread *t = list_entry(node, struct task, process_link)->thread;

		s->time += thread_run_time(t);
		s->allowed = s->allowed ? s->allowed : t->allowed & smp_running();
		if (t->state == THREAD_RUNNING || t->state == THREAD_READY) {
			state_set(s, 'R', "running");
		}
	}
}

static struct summary summary_of(struct process *process)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);
	struct summary s = { .parent = process->parent ? process->parent->pid : 0,
		.pgid = process->pgid,
		.sid = process->sid,
		.thread_count = process->thread_count,
		.tty = process->tty ? tty_device(process->tty) : 0,
		.tty_group = process->tty ? tty_group(process->tty) : -1,
		.time = process->user_time + process->system_time };

	state_set(&s, 'S', "sleeping");
	threads_look(&s, process);
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

/* What nobody counts here is 0. */
void proc_show_stat(struct proc_text *text, const struct proc_inode *inode)
{
	struct process *p = inode->process;
	struct summary s = summary_of(p);
	struct vm_usage usage = usage_of(p);

	proc_print(text, "%d (%s) %c %d %d %d %d %d 0 0 0 0 0 ", p->pid, p->name, s.state, s.parent,
		s.pgid, s.sid, (int)s.tty, s.tty_group);
	proc_print(text, "%lu 0 %lu 0 20 0 %u 0 %lu ", (unsigned long)(s.time / NSEC_PER_TICK),
		(unsigned long)(p->children_time / NSEC_PER_TICK), s.thread_count,
		(unsigned long)(p->start_time / NSEC_PER_TICK));
	proc_print(text, "%zu %lu %lu 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 ",
		usage.virtual_len, PAGES(usage.resident_len), (unsigned long)p->limits[5].soft);
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

void proc_show_status(struct proc_text *text, const struct proc_inode *inode)
{
	struct process *p = inode->process;
	struct summary s = summary_of(p);
	struct vm_usage usage = usage_of(p);

	proc_print(text, "Name:\t%s\nUmask:\t%04o\nState:\t%c (%s)\n", p->name, p->umask, s.state,
		s.state_name);
	proc_print(
		text, "Tgid:\t%d\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n", p->pid, p->pid, s.parent);
	ids_line(text, "Uid", p->uid, p->euid, p->suid);
	ids_line(text, "Gid", p->gid, p->egid, p->sgid);
	kib_line(text, "VmSize", usage.virtual_len);
	kib_line(text, "VmRSS", usage.resident_len);
	kib_line(text, "VmData", usage.data_len);
	kib_line(text, "VmStk", usage.stack_len);
	proc_print(text, "Threads:\t%u\n", s.thread_count);
	proc_print(text, "Cpus_allowed:\t%lx\nCpus_allowed_list:\t", (unsigned long)s.allowed);
	cpus_print(text, s.allowed);
}

static void limit_print(struct proc_text *text, uint64_t value)
{
	if (value == UINT64_MAX) {
		proc_print(text, "%-20s ", "unlimited");
	} else {
		proc_print(text, "%-20lu ", (unsigned long)value);
	}
}

/* By Linux's numbers of the resources. */
void proc_show_limits(struct proc_text *text, const struct proc_inode *inode)
{
	static const char *const limits[RLIMIT_COUNT][2] = { { "Max cpu time", "seconds" },
		{ "Max file size", "bytes" }, { "Max data size", "bytes" },
		{ "Max stack size", "bytes" }, { "Max core file size", "bytes" },
		{ "Max resident set", "bytes" }, { "Max processes", "processes" },
		{ "Max open files", "files" }, { "Max locked memory", "bytes" },
		{ "Max address space", "bytes" }, { "Max file locks", "locks" },
		{ "Max pending signals", "signals" }, { "Max msgqueue size", "bytes" },
		{ "Max nice priority", "" }, { "Max realtime priority", "" },
		{ "Max realtime timeout", "us" } };

	proc_print(text, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
	for (unsigned i = 0; i < RLIMIT_COUNT; i++) {
		proc_print(text, "%-25s ", limits[i][0]);
		limit_print(text, inode->process->limits[i].soft);
		limit_print(text, inode->process->limits[i].hard);
		proc_print(text, "%-10s\n", limits[i][1]);
	}
}

/* ---- memory ------------------------------------------------------------------------------------------ */

static void area_line(vaddr_t start, vaddr_t end, unsigned prot, unsigned flags, uint64_t offset,
	const char *name, void *arg)
{
	struct proc_text *text = arg;
	size_t before = text->len;

	proc_print(text, "%08lx-%08lx %c%c%c%c %08lx 00:00 0", (unsigned long)start,
		(unsigned long)end, prot & MMU_READ ? 'r' : '-', prot & MMU_WRITE ? 'w' : '-',
		prot & MMU_EXEC ? 'x' : '-', flags & VM_SHARED ? 's' : 'p', (unsigned long)offset);
	if (name && name[0]) {
		int column = (int)(text->len - before);

		proc_print(text, "%*s %s", 72 - column, "", name);
	}
	proc_print(text, "\n");
}

void proc_show_maps(struct proc_text *text, const struct proc_inode *inode)
{
	struct vm_space *vm = proc_vm_get(inode->process);

	if (vm) {
		vm_area_for_each(vm, area_line, text);
		vm_space_unref(vm);
	}
}

/* What the process has there now; less, where it has taken it away. */
static void memory_print(
	struct proc_text *text, struct process *process, vaddr_t start, vaddr_t end)
{
	struct vm_space *vm = proc_vm_get(process);
	char *page = vm ? heap_alloc(PAGE_SIZE) : NULL;

	end = MIN(end, start + COPIED_LEN_MAX);
	while (page && start < end) {
		size_t len = MIN(end - start, PAGE_SIZE - start % PAGE_SIZE);

		if (vm_read(vm, page, start, len)) {
			break;
		}
		proc_write(text, page, len);
		start += len;
	}
	heap_free(page);
	if (vm) {
		vm_space_unref(vm);
	}
}

void proc_show_cmdline(struct proc_text *text, const struct proc_inode *inode)
{
	memory_print(text, inode->process, inode->process->args_start, inode->process->args_end);
}

void proc_show_environ(struct proc_text *text, const struct proc_inode *inode)
{
	memory_print(text, inode->process, inode->process->env_start, inode->process->env_end);
}

/* ---- names ---------------------------------------------------------------------------------------------- */

void proc_show_comm(struct proc_text *text, const struct proc_inode *inode)
{
	proc_print(text, "%s\n", inode->process->name);
}

static void mount_line(
	const char *source, struct dentry *root, const struct filesystem *fs, void *text)
{
	char *path = heap_alloc(PATH_LEN_MAX);

	if (path && path_of(root, path, PATH_LEN_MAX) > 0) {
		proc_print(text, "%s %s %s %s 0 0\n", source, path, fs->type->name,
			fs->flags & FS_READ_ONLY ? "ro" : "rw");
	}
	heap_free(path);
}

void proc_show_mounts(struct proc_text *text, const struct proc_inode *inode)
{
	vfs_mount_for_each(mount_line, text);
}
