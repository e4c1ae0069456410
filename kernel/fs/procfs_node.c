/*
 * procfs_node.c - the part of /proc that stays: a tree of nodes, made by procfs_add().
 *
 * Nodes only ever come, at the end of their folder's list, so a reader needs no lock.
 */
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/string.h>
#include <linux/dirent.h>
#include <linux/stat.h>
#include "procfs.h"

#define NUMBER_FIRST 2

struct proc_node {
	struct proc_node *next;	 /* in its folder */
	struct proc_node *first; /* of a folder */
	uint64_t number;
	bool is_folder;
	void (*show)(struct proc_text *text);
	int (*store)(const char *text);
	char name[];
};

static struct mutex nodes_lock = MUTEX_INIT(nodes_lock, "proc nodes");
static struct proc_node root = { .is_folder = true, .number = 1 };
const struct proc_node *proc_node_root = &root;

/* ---- adding ------------------------------------------------------------------------------- */

static struct proc_node *node_find(const struct proc_node *folder, const char *name, size_t len)
{
	for (struct proc_node *n = READ_ONCE(folder->first); n; n = READ_ONCE(n->next)) {
		if (!strncmp(n->name, name, len) && !n->name[len]) {
			return n;
		}
	}
	return NULL;
}

static struct proc_node *node_make(struct proc_node *folder, const char *name, size_t len)
{
	static uint64_t last_number = NUMBER_FIRST - 1;
	struct proc_node *n = heap_alloc(sizeof(*n) + len + 1), **end = &folder->first;

	if (!n) {
		return NULL;
	}
	memcpy(n->name, name, len);
	n->number = ++last_number;
	while (*end) {
		end = &(*end)->next;
	}
	__atomic_store_n(end, n, __ATOMIC_RELEASE);
	return n;
}

/* The folder of "a/b/name"; `*name` becomes what stands last. */
static struct proc_node *folder_of(const char **name)
{
	struct proc_node *folder = &root;
	const char *slash;

	while (folder && (slash = strchr(*name, '/'))) {
		size_t len = (size_t)(slash - *name);
		struct proc_node *next = node_find(folder, *name, len);

		if (!next) {
			next = node_make(folder, *name, len);
			if (next) {
				next->is_folder = true;
			}
		}
		folder = next && next->is_folder ? next : NULL;
		*name = slash + 1;
	}
	return folder;
}

static int add_locked(
	const char *name, void (*show)(struct proc_text *text), int (*store)(const char *text))
{
	struct proc_node *folder = folder_of(&name), *n;

	if (!folder) {
		return -ENOMEM;
	}
	if (node_find(folder, name, strlen(name))) {
		return -EEXIST;
	}
	n = node_make(folder, name, strlen(name));
	if (!n) {
		return -ENOMEM;
	}
	n->show = show;
	n->store = store;
	return 0;
}

int procfs_add(
	const char *path, void (*show)(struct proc_text *text), int (*store)(const char *text))
{
	int err;

	mutex_lock(&nodes_lock);
	err = add_locked(path, show, store);
	mutex_unlock(&nodes_lock);
	return err;
}

/* ---- what the VFS asks for ------------------------------------------------------------------ */

static void show_node(struct proc_text *text, const struct proc_inode *p)
{
	const struct proc_node *n = p->what;

	if (n->show) {
		n->show(text);
	}
}

static int store_node(const char *text, const struct proc_inode *p)
{
	const struct proc_node *n = p->what;

	return n->store(text);
}

static int folder_lookup(struct inode *dir, const char *name, struct inode **found)
{
	return proc_node_lookup(dir->fs, proc_inode(dir)->what, name, found);
}

static int folder_readdir(struct file *file, proc_emit_fn *emit, void *arg)
{
	if (file_emit_dots(file, emit, arg)) {
		(void)proc_node_emit(file, proc_inode(file->inode)->what, emit, arg);
	}
	return 0;
}

static const struct inode_ops folder_ops = {
	.lookup = folder_lookup,
	.setattr = proc_setattr,
	.release = proc_release,
};

static const struct file_ops folder_file_ops = {
	.readdir = folder_readdir,
};

static uint32_t mode_of(const struct proc_node *n)
{
	if (n->is_folder) {
		return S_IFDIR | 0555;
	}
	return S_IFREG | (n->show ? 0444 : 0) | (n->store ? 0200 : 0);
}

int proc_node_lookup(struct filesystem *fs, const struct proc_node *folder, const char *name,
	struct inode **found)
{
	const struct proc_node *n = node_find(folder, name, strlen(name));
	struct proc_inode *p;

	if (!n) {
		return -ENOENT;
	}
	p = proc_inode_make(
		fs, n->is_folder ? &folder_ops : &proc_file_ops, mode_of(n), n->number, NULL);
	if (!p) {
		return -ENOMEM;
	}
	p->what = n;
	p->show = show_node;
	p->store = n->store ? store_node : NULL;
	if (n->is_folder) {
		p->inode.file_ops = &folder_file_ops;
	}
	*found = &p->inode;
	return 0;
}

bool proc_node_emit(
	struct file *file, const struct proc_node *folder, proc_emit_fn *emit, void *arg)
{
	int64_t position = NUMBER_FIRST; /* behind the dots */

	for (const struct proc_node *n = READ_ONCE(folder->first); n; n = READ_ONCE(n->next)) {
		if (!proc_emit(file, position++, n->name, n->number, n->is_folder ? DT_DIR : DT_REG,
			    emit, arg)) {
			return false;
		}
	}
	return true;
}
