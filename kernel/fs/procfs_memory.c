/* procfs_memory.c - /proc/PID/maps and smaps, and what a process was started with; the formats are Linux's (proc(5)). */
#include <kernel/heap.h>
#include <kernel/string.h>
#include <linux/stat.h>
#include "../proc/proc.h"
#include "procfs.h"

#define COPIED_LEN_MAX (64 * 1024u) /* of arguments or environment */

/* ---- maps ------------------------------------------------------------------------------------------ */

/* From there on a line has the name, which for a file is the one that it has now. */
#define NAME_COLUMN 72

static void name_print(struct proc_text *text, const struct vm_area_view *area, size_t len)
{
	struct dentry *d = area->file ? area->file->dentry : NULL;
	char *path = d ? heap_alloc_unfilled(PATH_LEN_MAX) : NULL;
	const char *name = path && path_show(d, path, PATH_LEN_MAX) > 0 ? path : area->name;

	if (name[0]) {
		proc_print(text, "%*s %s", NAME_COLUMN - (int)len, "", name);
	}
	heap_free(path);
}

static void area_line(const struct vm_area_view *area, void *arg)
{
	struct proc_text *text = arg;
	const struct inode *inode = area->file ? area->file->inode : NULL;
	uint64_t device = inode && inode->fs ? inode->fs->device : 0;
	unsigned prot = area->prot;
	size_t before = text->len;

	proc_print(text, "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu", (unsigned long)area->start,
		(unsigned long)area->end, prot & MMU_READ ? 'r' : '-', prot & MMU_WRITE ? 'w' : '-',
		prot & MMU_EXEC ? 'x' : '-', area->flags & VM_SHARED ? 's' : 'p',
		(unsigned long)area->offset, device_major(device), device_minor(device),
		inode ? (unsigned long)inode->number : 0);
	name_print(text, area, text->len - before);
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

/* ---- smaps --------------------------------------------------------------------------------------- */

static void size_line(struct proc_text *text, const char *name, size_t len)
{
	proc_print(text, "%-15s %8zu kB\n", name, len / 1024);
}

static void smaps_area(const struct vm_area_usage *u, void *arg)
{
	struct proc_text *text = arg;
	size_t private = u->resident - u->shared, shared_written = MIN(u->shared, u->written);

	area_line(&u->area, arg);
	size_line(text, "Size:", u->area.end - u->area.start);
	size_line(text, "KernelPageSize:", PAGE_SIZE);
	size_line(text, "MMUPageSize:", PAGE_SIZE);
	size_line(text, "Rss:", u->resident);
	size_line(text, "Pss:", private + u->shared / 2); /* who else has it is not known */
	size_line(text, "Shared_Clean:", u->shared - shared_written);
	size_line(text, "Shared_Dirty:", shared_written);
	size_line(text, "Private_Clean:", private - (u->written - shared_written));
	size_line(text, "Private_Dirty:", u->written - shared_written);
	size_line(text, "Referenced:", u->resident);
	size_line(text, "Anonymous:", u->anonymous);
	size_line(text, "Swap:", 0);
	size_line(text, "SwapPss:", 0);
	size_line(text, "Locked:", 0);
	proc_print(text, "VmFlags:%s%s%s%s%s \n", u->area.prot & MMU_READ ? " rd" : "",
		u->area.prot & MMU_WRITE ? " wr" : "", u->area.prot & MMU_EXEC ? " ex" : "",
		u->area.flags & VM_SHARED ? " sh" : "", u->area.flags & VM_GROWS_DOWN ? " gd" : "");
}

void proc_show_smaps(struct proc_text *text, const struct proc_inode *inode)
{
	struct vm_space *vm = proc_vm_get(inode->process);

	if (vm) {
		vm_area_usage_for_each(vm, smaps_area, text);
		vm_space_unref(vm);
	}
}

/* ---- what stands in its memory --------------------------------------------------------------------- */

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

void proc_show_auxv(struct proc_text *text, const struct proc_inode *inode)
{
	memory_print(text, inode->process, inode->process->aux_start, inode->process->aux_end);
}
