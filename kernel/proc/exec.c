/*
 * exec.c - replacing the program.
 *
 * Up to the point of no return nothing of the process changes: the file is
 * found and checked and, for a script, its interpreter in its place; the new
 * memory is mapped and filled, while it is private and an entry in a page table
 * costs a store. Then the other threads go, files and handlers that are another process's as
 * well become copies, and the memory is replaced, which cannot fail.
 */
#include "exec.h"
#include "signal_state.h"

#include <arch/user.h>
#include <arch/vdso.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/string.h>
#include <linux/fcntl.h>
#include <linux/stat.h>

#define SCRIPT_DEPTH_MAX 4
#define SCRIPT_LINE_MAX	 256
#define FRONT		 (2 * SCRIPT_DEPTH_MAX) /* words that scripts may put before the arguments */
#define PIE_BASE	 (LAYOUT_USER_END / 3 * 2 & PAGE_MASK)

/* ---- before the point of no return ------------------------------------ */

static int program_open(
	struct dentry *base, const char *path, unsigned path_flags, struct file **file)
{
	struct dentry *found;
	int err = path_lookup(base, path, path_flags, &found);

	if (!err) {
		err = vfs_open_program(found, file);
		dentry_unref(found);
	}
	return err;
}

static char *blanks_skip(char *s)
{
	while (*s == ' ' || *s == '\t') {
		s++;
	}
	return s;
}

/* Cut `line` at its end, or the file's, and trailing blanks away. -ENOEXEC when it does not end. */
static int line_cut(char *line)
{
	char *end = strchr(line, '\n');

	if (!end) {
		end = line + strlen(line);
		if (end == line + SCRIPT_LINE_MAX - 1) {
			return -ENOEXEC;
		}
	}
	while (end > line && (end[-1] == ' ' || end[-1] == '\t')) {
		end--;
	}
	*end = '\0';
	return 0;
}

/* "#!interpreter argument": at most one argument, blanks inside it kept, as Linux does. */
static int script_unfold(struct exec *x, char *line)
{
	char *interpreter, *argument;
	int err = line_cut(line);

	if (err) {
		return err;
	}
	interpreter = blanks_skip(line + 2);
	argument = interpreter + strlen(interpreter);
	for (char *s = interpreter; *s; s++) {
		if (*s == ' ' || *s == '\t') {
			*s = '\0';
			argument = blanks_skip(s + 1);
			break;
		}
	}
	if (!*interpreter) {
		return -ENOEXEC;
	}
	x->words[x->first] = x->path; /* the script's own name takes the place of argv[0] */
	if (*argument) {
		x->words[--x->first] = argument;
	}
	x->words[--x->first] = interpreter;
	x->path = interpreter;
	return 0;
}

/* The first line of a script into `line`; false when the file is none. */
static bool script_read(struct file *file, char *line)
{
	int64_t pos = 0;
	long got = vfs_read(file, line, SCRIPT_LINE_MAX - 1, &pos);

	if (got < 3 || line[0] != '#' || line[1] != '!') {
		return false;
	}
	line[got] = '\0';
	return true;
}

/* Find the file to run, following scripts to their interpreters. */
static int program_find(struct exec *x)
{
	const struct exec_what *what = x->what;

	for (unsigned depth = 0;; depth++) {
		int err = depth ? program_open(NULL, x->path, 0, &x->file)
				: program_open(what->base, what->path, what->flags, &x->file);

		if (err) {
			return err;
		}
		if (depth == SCRIPT_DEPTH_MAX) {
			return -ELOOP;
		}
		x->lines[depth] = heap_alloc(SCRIPT_LINE_MAX);
		if (!x->lines[depth]) {
			return -ENOMEM;
		}
		if (!script_read(x->file, x->lines[depth])) {
			return 0;
		}
		file_unref(x->file);
		x->file = NULL;
		err = what->is_name_lost ? -ENOENT : script_unfold(x, x->lines[depth]);
		if (err) {
			return err;
		}
	}
}

static unsigned words_count(const char *const *list)
{
	unsigned n = 0;

	while (list[n]) {
		n++;
	}
	return n;
}

static int words_take(struct exec *x, const char *const *argv)
{
	unsigned count = words_count(argv);

	x->words = heap_alloc((FRONT + count + 2) * sizeof(x->words[0]));
	if (!x->words) {
		return -ENOMEM;
	}
	x->first = FRONT;
	for (unsigned i = 0; i < count; i++) {
		x->words[FRONT + i] = argv[i];
	}
	if (!count) {
		x->words[FRONT] = x->path; /* Linux 5.18: an empty argv gets one */
	}
	return 0;
}

/* The ELF interpreter that a program names; what is wrong with it is told apart, as Linux does. */
static int loader_open(struct exec *x)
{
	struct inode_attr attr;
	int err = program_open(NULL, x->image.interpreter, 0, &x->loader_file);

	if (err) {
		return err;
	}
	err = elf_read(x->loader_file, &x->loader);
	if (err == -ENOEXEC) {
		inode_attr_get(x->loader_file->inode, &attr);
		err = attr.size < (int64_t)ELF_HEADER_LEN ? -EIO : -ELIBBAD;
	}
	return err;
}

/* Of the caller's, or the file's by its set-id bits; a script has none, its interpreter counts. */
static void rights_take(struct exec *x, const struct process *process)
{
	const struct inode *inode = x->file->inode;
	bool counts = !(inode_fs_flags(inode) & FS_NO_SET_ID) && !task_current()->gets_no_rights;

	x->euid = counts && inode->mode & S_ISUID ? inode->uid : process->euid;
	x->egid = counts && inode->mode & S_ISGID && inode->mode & S_IXGRP ? inode->gid
									   : process->egid;
}

static int prepare(struct exec *x, const char *const *argv)
{
	int err = words_take(x, argv);

	if (!err) {
		err = program_find(x);
	}
	if (!err) {
		rights_take(x, process_current());
		x->is_unreadable = inode_permission(x->file->inode, R_OK);
		err = elf_read(x->file, &x->image);
	}
	if (!err && x->image.interpreter[0]) {
		err = loader_open(x);
	}
	return err;
}

static int image_load(struct exec *x)
{
	vaddr_t bias, loader_bias = 0;
	int err = elf_map(x->vm, x->file, &x->image, PIE_BASE, &bias);

	if (err) {
		return err;
	}
	x->entry = x->start = x->image.entry + bias;
	x->headers = x->image.headers ? x->image.headers + bias : 0;
	vm_brk_start(x->vm, ALIGN_UP(x->image.high + bias, PAGE_SIZE));
	if (x->loader_file) {
		err = elf_map(x->vm, x->loader_file, &x->loader, 0, &loader_bias);
		x->start = x->loader.entry + loader_bias;
		x->base = x->loader.low + loader_bias;
	}
	return err;
}

static int memory_build(struct exec *x)
{
	int err;

	x->vm = vm_space_create_private();
	if (!x->vm) {
		return -ENOMEM;
	}
	err = image_load(x);
	if (!err) {
		err = port_vdso_map(x->vm, &x->vdso, &x->vdso_entry);
	}
	if (!err) {
		err = exec_stack_make(x, process_current());
	}
	if (!err) {
		vm_populate_start(x->vm);
	}
	return err;
}

static void clean_up(struct exec *x)
{
	for (unsigned i = 0; i <= SCRIPT_DEPTH_MAX; i++) {
		heap_free(x->lines[i]);
	}
	if (x->file) {
		file_unref(x->file);
	}
	if (x->loader_file) {
		file_unref(x->loader_file);
	}
	if (x->vm) {
		vm_space_unref(x->vm);
	}
	heap_free(x->words);
	heap_free(x);
}

/* ---- the point of no return -------------------------------------------- */

/* Every other thread of the process ends; the caller becomes its first. -EINTR when another one has begun this, or ends the process. */
static int threads_end(struct process *process)
{
	irq_state_t irq = spin_lock_irqsave(&process_lock);

	if (task_current()->is_dying) {
		spin_unlock_irqrestore(&process_lock, irq);
		return -EINTR;
	}
	list_for_each(node, &process->threads) {
		struct task *task = list_entry(node, struct task, process_link);

		if (task != task_current()) {
			task->is_dying = true;
			thread_interrupt(task->thread);
		}
	}
	spin_unlock_irqrestore(&process_lock, irq);
	while (READ_ONCE(process->thread_count) > 1) {
		thread_sleep(NSEC_PER_MSEC);
	}
	task_current()->tid = process->pid;
	return 0;
}

/* No other process has the new program's files and handlers. */
static int parts_unshare(struct process *process)
{
	int err = task_files_unshare();

	return err ? err : signal_state_unshare(process);
}

/* Linux cannot go back any more when this fails. */
static int end_if(int err)
{
	if (err) {
		signal_force(&(struct signal_info){ .signo = SIGSEGV, .code = SI_KERNEL });
	}
	return err;
}

/* Who looks for the process's memory holds process_lock until it has a reference. */
static void memory_replace(struct exec *x, struct process *process)
{
	struct vm_space *old;
	irq_state_t irq;

	vm_space_lock(x->vm);
	irq = spin_lock_irqsave(&process_lock);
	old = process->vm;
	process->vm = x->vm;
	vm_space_enter(x->vm);
	spin_unlock_irqrestore(&process_lock, irq);
	vm_space_unlock(x->vm);
	x->vm = NULL;
	vm_space_unref(old);
}

static void name_set(struct process *process, const char *path)
{
	const char *last = strrchr(path, '/');

	strlcpy(process->name, last ? last + 1 : path, sizeof(process->name));
	strlcpy(thread_current()->name, process->name, THREAD_NAME_LEN);
}

static void exe_set(struct process *process, struct dentry *exe)
{
	dentry_ref(exe);
	dentry_unref(process_place_exchange(&process->exe, exe));
}

static void identity_replace(struct exec *x, struct process *process)
{
	struct task *task = task_current();

	process->has_execed = true;
	process->args_start = x->args_start;
	process->args_end = x->args_end;
	process->env_start = x->env_start;
	process->env_end = x->env_end;
	process->aux_start = x->aux_start;
	process->aux_end = x->aux_end;
	/* Who may not read the program shall not read it from memory, nor what it does with others' rights. */
	process->is_closed = x->is_unreadable || x->euid != process->uid || x->egid != process->gid;
	if (x->euid != process->euid || x->egid != process->egid) {
		process->parent_end_signal = 0;
	}
	process->keeps_caps = false;
	process->euid = process->suid = x->euid;
	process->egid = process->sgid = x->egid;
	name_set(process, x->path);
	exe_set(process, x->file->dentry);
	fd_table_exec(task->fds);
	posix_timers_end(process, true);
	signal_state_exec(process->signals);
	task->altstack_base = 0;
	task->altstack_size = 0;
	task->altstack_flags = 0;
	task->clear_tid = 0;
	task->robust_list = 0;
	task->rseq.area = 0;
	port_user_reset(task->thread);
}

/* From here on there is no old program to return to. */
static void become(struct exec *x, struct process *process)
{
	struct task *task = task_current();

	memory_replace(x, process);
	vfork_release(task);
	identity_replace(x, process);
	user_frame_reset(user_frame_of(task->thread), x->start, x->sp);
}

int process_exec(const struct exec_what *what, const char *const argv[], const char *const envp[])
{
	struct exec *x = heap_alloc(sizeof(*x)); /* zeroed */
	int err;

	if (!x) {
		return -ENOMEM;
	}
	x->what = what;
	x->path = what->name;
	x->envp = envp;
	err = prepare(x, argv);
	if (!err) {
		err = end_if(memory_build(x));
	}
	if (!err) {
		err = threads_end(process_current());
	}
	if (!err) {
		err = end_if(parts_unshare(process_current()));
	}
	if (!err) {
		become(x, process_current());
	}
	clean_up(x);
	return err;
}
