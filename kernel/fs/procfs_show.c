/* procfs_show.c - the shorter texts of /proc/PID: limits, io, mounts; the formats are Linux's (proc(5)). */
#include <kernel/heap.h>
#include <kernel/string.h>
#include <linux/stat.h>
#include "../proc/proc.h"
#include "procfs.h"

/* ---- limits ---- */

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

/* ---- what it has moved ---- */

/* Not told apart: what devices had to do for it. */
void proc_show_io(struct proc_text *text, const struct proc_inode *inode)
{
	struct process_io io = process_io_get(inode->process);

	proc_print(text, "rchar: %lu\nwchar: %lu\nsyscr: %lu\nsyscw: %lu\n", io.read_len,
		io.write_len, io.read_count, io.write_count);
	proc_print(text, "read_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n");
}

/* Where in the kernel it waits: not for programs. */
void proc_show_wchan(struct proc_text *text, const struct proc_inode *inode)
{
	proc_print(text, "0");
}

void proc_show_zero(struct proc_text *text, const struct proc_inode *inode)
{
	proc_print(text, "0\n");
}

/* ---- mounts ---- */

/* Whether it is one of `read_only`, and what else is said of its place. */
static void options_print(
	struct proc_text *text, const struct filesystem *fs, unsigned read_only, const char *end)
{
	proc_print(text, " %s", fs->flags & read_only ? "ro" : "rw");
	for (unsigned i = 0; i < MOUNT_FLAGS; i++) {
		if (fs->flags & mount_flags[i].flags) {
			proc_print(text, "%s", mount_flags[i].word);
		}
	}
	proc_print(text, "%s", end);
}

static void mount_line(
	const char *source, struct dentry *root, const struct filesystem *fs, void *text)
{
	char *path = heap_alloc(PATH_LEN_MAX);

	if (path && path_of(root, path, PATH_LEN_MAX) > 0) {
		proc_print(text, "%s %s %s", source, path, fs->type->name);
		options_print(text, fs, FS_READ_ONLY | FS_PLACE_READ_ONLY, " 0 0\n");
	}
	heap_free(path);
}

void proc_show_mounts(struct proc_text *text, const struct proc_inode *inode)
{
	vfs_mount_for_each(mount_line, text);
}

/* A mount's number is its file system's device's: each instance is mounted once. */
static unsigned mount_number(const struct filesystem *fs)
{
	return (unsigned)fs->device;
}

/* The number of what it is mounted within; 0 for the root of all. */
static unsigned parent_number(struct dentry *root)
{
	struct dentry *up;
	unsigned number;

	if (root == vfs_root) {
		return 0;
	}
	dentry_ref(root);
	up = dentry_up(root, vfs_root);
	number = mount_number(up->fs);
	dentry_unref(up);
	return number;
}

static void mountinfo_line(
	const char *source, struct dentry *root, const struct filesystem *fs, void *text)
{
	char *path = heap_alloc(PATH_LEN_MAX);

	if (path && path_of(root, path, PATH_LEN_MAX) > 0) {
		proc_print(text, "%u %u %u:%u / %s", mount_number(fs), parent_number(root),
			device_major(fs->device), device_minor(fs->device), path);
		options_print(text, fs, FS_PLACE_READ_ONLY, "");
		proc_print(text, " - %s %s %s\n", fs->type->name, source,
			fs->flags & FS_READ_ONLY ? "ro" : "rw");
	}
	heap_free(path);
}

void proc_show_mountinfo(struct proc_text *text, const struct proc_inode *inode)
{
	vfs_mount_for_each(mountinfo_line, text);
}
