/*
 * procfs.c - /proc: its inodes, its root, and reading its files.
 *
 * Names are not cached (FS_NAMES_UNCACHED): an inode is made for each lookup and
 * lives as long as somebody uses it. The text of a file is made at the first
 * read, and anew by a read from its start.
 */
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/process.h>
#include <kernel/string.h>
#include <linux/dirent.h>
#include <linux/fs.h>
#include <linux/stat.h>
#include "procfs.h"

#define STORE_LEN_MAX 4096

/* ---- inodes ------------------------------------------------------------------------------- */

struct proc_inode *proc_inode_make(struct filesystem *fs, const struct inode_ops *ops,
	uint32_t mode, uint64_t number, struct process *process)
{
	struct proc_inode *p = heap_alloc(sizeof(*p));
	bool is_roots; /* as on Linux, of a closed one, but what anybody may list, and to itself its folders */

	if (!p) {
		return NULL;
	}
	inode_init(&p->inode, fs, ops, mode, number);
	p->inode.links = S_ISDIR(mode) ? 2 : 1;
	if (S_ISREG(mode)) {
		p->inode.file_ops = &proc_file_file_ops;
	}
	if (process) {
		process_ref(process);
		p->process = process;
		is_roots = process->is_closed && mode != (S_IFDIR | 0555) &&
			(S_ISREG(mode) || process != process_current());
		p->inode.uid = is_roots ? 0 : process->euid;
		p->inode.gid = is_roots ? 0 : process->egid;
	}
	return p;
}

void proc_release(struct inode *inode)
{
	struct proc_inode *p = proc_inode(inode);

	if (p->process) {
		process_unref(p->process);
	}
	heap_free(p);
}

/* Truncating is what a shell does before it writes: nothing to be done. */
int proc_setattr(struct inode *inode, const struct inode_attr *attr, unsigned which)
{
	return which & (ATTR_MODE | ATTR_OWNER) ? -EPERM : 0;
}

const struct inode_ops proc_file_ops = {
	.setattr = proc_setattr,
	.release = proc_release,
};

/* ---- text ----------------------------------------------------------------------------------- */

/* Of one open file, under its position's lock. */
struct reading {
	struct proc_text text;
	bool is_made;
};

static int reading_begin(struct file *file)
{
	file->private = heap_alloc(sizeof(struct reading));
	return file->private ? 0 : -ENOMEM;
}

static void file_release(struct file *file)
{
	struct reading *r = file->private;

	if (r) {
		proc_text_free(&r->text);
		heap_free(r);
	}
}

static int text_make(struct file *file, struct reading *r)
{
	struct proc_inode *p = proc_inode(file->inode);

	r->text.len = 0;
	r->text.has_failed = false;
	p->show(&r->text, p);
	r->is_made = !r->text.has_failed;
	return r->is_made ? 0 : -ENOMEM;
}

static struct mutex reading_lock = MUTEX_INIT(reading_lock, "proc reading");

static long text_read(struct file *file, struct reading *r, void *buf, size_t len, int64_t *pos)
{
	int err = *pos == 0 || !r->is_made ? text_make(file, r) : 0;

	if (err) {
		return err;
	}
	if ((uint64_t)*pos >= r->text.len) {
		return 0;
	}
	len = MIN(len, r->text.len - (size_t)*pos);
	memcpy(buf, r->text.data + *pos, len);
	*pos += (int64_t)len;
	return (long)len;
}

/* pread() comes without the position's lock, so there is one for all. */
static long file_read(struct file *file, void *buf, size_t len, int64_t *pos)
{
	long done = 0;

	mutex_lock(&reading_lock);
	if (!file->private) {
		done = reading_begin(file);
	}
	if (!done) {
		done = text_read(file, file->private, buf, len, pos);
	}
	mutex_unlock(&reading_lock);
	return done;
}

static long file_write(struct file *file, const void *buf, size_t len, int64_t *pos)
{
	struct proc_inode *p = proc_inode(file->inode);
	char *text;
	int err;

	if (!p->store || len > STORE_LEN_MAX) {
		return -EINVAL;
	}
	text = heap_alloc(len + 1);
	if (!text) {
		return -ENOMEM;
	}
	memcpy(text, buf, len);
	if (len > 0 && text[len - 1] == '\n') {
		text[len - 1] = '\0';
	}
	err = p->store(text, p);
	heap_free(text);
	return err ? err : (long)len;
}

static int64_t file_seek_text(struct file *file, int64_t offset, int whence)
{
	struct reading *r = file->private;

	return file_seek_within(file, offset, whence, r ? (int64_t)r->text.len : 0);
}

const struct file_ops proc_file_file_ops = {
	.read = file_read,
	.write = file_write,
	.seek = file_seek_text,
	.release = file_release,
};

/* ---- folders --------------------------------------------------------------------------------- */

bool proc_emit(struct file *file, int64_t position, const char *name, uint64_t number,
	unsigned char type, proc_emit_fn *emit, void *arg)
{
	struct directory_entry entry = { name, number, type };

	if (position < file->pos) {
		return true;
	}
	if (!emit(arg, &entry, position + 1)) {
		return false;
	}
	file->pos = position + 1;
	return true;
}

int proc_number(const char *name)
{
	uint64_t value;

	if (name[0] < '0' || name[0] > '9' || (name[0] == '0' && name[1]) ||
		str_to_u64(name, &value) || value > INT32_MAX) {
		return -1;
	}
	return (int)value;
}

static int root_lookup(struct inode *dir, const char *name, struct inode **found)
{
	int err = proc_pid_lookup(dir->fs, name, found);

	return err == -ENOENT ? proc_node_lookup(dir->fs, proc_node_root, name, found) : err;
}

static int root_readdir(struct file *file, proc_emit_fn *emit, void *arg)
{
	if (file_emit_dots(file, emit, arg) && proc_node_emit(file, proc_node_root, emit, arg)) {
		(void)proc_pid_emit(file, emit, arg);
	}
	return 0;
}

static const struct inode_ops root_ops = {
	.lookup = root_lookup,
	.setattr = proc_setattr,
	.release = proc_release,
};

static const struct file_ops root_file_ops = {
	.readdir = root_readdir,
};

/* ---- instances ---------------------------------------------------------------------------------- */

static void usage_get(struct filesystem *fs, struct filesystem_usage *usage)
{
	*usage = (struct filesystem_usage){ .magic = PROC_MAGIC, .block_size = PAGE_SIZE };
}

static void unmounted(struct filesystem *fs)
{
	heap_free(fs);
}

static const struct filesystem_ops procfs_ops = {
	.usage = usage_get,
	.unmount = unmounted,
};

static int procfs_mount(const char *source, unsigned flags, struct inode **root)
{
	struct filesystem *fs = heap_alloc(sizeof(*fs));
	struct proc_inode *p;

	if (!fs) {
		return -ENOMEM;
	}
	*fs = (struct filesystem){ .type = &procfs_type,
		.ops = &procfs_ops,
		.device = filesystem_device(),
		.flags = FS_NAMES_UNCACHED };
	p = proc_inode_make(fs, &root_ops, S_IFDIR | 0555, 1, NULL);
	if (!p) {
		heap_free(fs);
		return -ENOMEM;
	}
	p->inode.file_ops = &root_file_ops;
	*root = &p->inode;
	return 0;
}

struct filesystem_type procfs_type = { .name = "proc", .mount = procfs_mount };
