/*
 * tmpfs_folder.c - folders of tmpfs: entries in a list, found by a hash once there are many.
 *
 * The VFS holds the folder's lock, and has checked names, types and rights.
 * Positions for getdents() are numbers that entries keep, so that a reader
 * neither misses nor repeats those that stay while others come and go.
 */
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/string.h>
#include <linux/dirent.h>
#include <linux/stat.h>
#include "tmpfs.h"

#define FEW	       20u /* entries that are searched one by one */
#define BUCKETS_FIRST  64u
#define BUCKETS_MAX    (1u << 18)
#define ENTRY_SIZE     20 /* what one adds to st_size, as on Linux */
#define POSITION_FIRST 2  /* behind "." and ".." */

void tmpfs_folder_init(struct inode *inode)
{
	struct tmpfs_folder *folder = &tmpfs_node(inode)->folder;

	list_init(&folder->entries);
	folder->last_position = POSITION_FIRST - 1;
	inode->size = 2 * ENTRY_SIZE; /* "." and ".." */
}

/* ---- entries ------------------------------------------------------------------------- */

static struct list *bucket_of(struct tmpfs_folder *folder, const char *name)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (; *name; name++) {
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	}
	return &folder->buckets[(hash ^ hash >> 16) & (folder->bucket_count - 1)];
}

static struct tmpfs_entry *entry_find(struct tmpfs_folder *folder, const char *name)
{
	if (folder->buckets) {
		list_for_each(node, bucket_of(folder, name)) {
			struct tmpfs_entry *e = list_entry(node, struct tmpfs_entry, bucket_link);

			if (!strcmp(e->name, name)) {
				return e;
			}
		}
		return NULL;
	}
	list_for_each(node, &folder->entries) {
		struct tmpfs_entry *e = list_entry(node, struct tmpfs_entry, link);

		if (!strcmp(e->name, name)) {
			return e;
		}
	}
	return NULL;
}

/* More buckets, if there is memory for them: else it only gets slower. */
static void rehash(struct tmpfs_folder *folder)
{
	unsigned count = folder->buckets ? folder->bucket_count * 4 : BUCKETS_FIRST;
	struct list *buckets = heap_alloc(count * sizeof(*buckets));

	if (!buckets) {
		return;
	}
	heap_free(folder->buckets);
	folder->buckets = buckets;
	folder->bucket_count = count;
	for (unsigned i = 0; i < count; i++) {
		list_init(&buckets[i]);
	}
	list_for_each(node, &folder->entries) {
		struct tmpfs_entry *e = list_entry(node, struct tmpfs_entry, link);

		list_init(&e->bucket_link);
		list_push_back(bucket_of(folder, e->name), &e->bucket_link);
	}
}

static struct tmpfs_entry *entry_alloc(const char *name)
{
	size_t size = strlen(name) + 1;
	struct tmpfs_entry *e = heap_alloc(sizeof(*e) + size);

	if (e) {
		list_init(&e->link);
		list_init(&e->bucket_link);
		memcpy(e->name, name, size);
	}
	return e;
}

/* Takes over the reference of `inode`. */
static void entry_insert(struct inode *dir, struct tmpfs_entry *e, struct inode *inode)
{
	struct tmpfs_folder *folder = &tmpfs_node(dir)->folder;
	unsigned limit = folder->buckets ? folder->bucket_count * 2 : FEW;

	e->inode = inode;
	e->position = ++folder->last_position;
	list_push_back(&folder->entries, &e->link);
	if (folder->buckets) {
		list_push_back(bucket_of(folder, e->name), &e->bucket_link);
	}
	folder->count++;
	dir->size += ENTRY_SIZE;
	if (folder->count > limit && folder->bucket_count < BUCKETS_MAX) {
		rehash(folder);
	}
	inode_touch(dir, ATTR_MTIME);
}

/* Its file's reference is the caller's then. */
static struct inode *entry_remove(struct inode *dir, struct tmpfs_entry *e)
{
	struct tmpfs_folder *folder = &tmpfs_node(dir)->folder;
	struct inode *inode = e->inode;

	list_remove(&e->link);
	list_remove(&e->bucket_link);
	folder->count--;
	dir->size -= ENTRY_SIZE;
	heap_free(e);
	inode_touch(dir, ATTR_MTIME);
	return inode;
}

/* Folders within are emptied into the same list: depth costs no stack. */
static void entries_move(struct tmpfs_folder *folder, struct list *to)
{
	list_for_each_safe(node, &folder->entries) {
		list_remove(node);
		list_push_back(to, node);
	}
	heap_free(folder->buckets);
	folder->buckets = NULL;
}

void tmpfs_folder_empty(struct tmpfs_folder *folder)
{
	struct list work = LIST_INIT(work), *first;

	entries_move(folder, &work);
	while ((first = list_first(&work))) {
		struct tmpfs_entry *e = list_entry(first, struct tmpfs_entry, link);

		list_remove(first);
		if (S_ISDIR(e->inode->mode)) {
			entries_move(&tmpfs_node(e->inode)->folder, &work);
		}
		inode_unref(e->inode);
		heap_free(e);
	}
}

/* ---- what the VFS asks for ------------------------------------------------------------- */

static int lookup(struct inode *dir, const char *name, struct inode **found)
{
	struct tmpfs_entry *e = entry_find(&tmpfs_node(dir)->folder, name);

	if (!e) {
		return -ENOENT;
	}
	inode_ref(e->inode);
	*found = e->inode;
	return 0;
}

/* A new file under a new name; the reference that *made gets is a second one. */
static int make(
	struct inode *dir, const char *name, uint32_t mode, uint64_t rdev, struct inode **made)
{
	struct tmpfs_entry *e = entry_alloc(name);
	struct inode *inode;

	if (!e) {
		return -ENOMEM;
	}
	inode = tmpfs_inode_make(tmpfs_of(dir), dir, mode, rdev);
	if (!inode) {
		heap_free(e);
		return -ENOSPC;
	}
	dir->links += S_ISDIR(mode);
	inode_ref(inode);
	entry_insert(dir, e, inode);
	*made = inode;
	return 0;
}

static int make_symlink(
	struct inode *dir, const char *name, const char *target, struct inode **made)
{
	size_t size = strlen(target) + 1;
	char *copy = heap_alloc(size);
	int err;

	if (!copy) {
		return -ENOMEM;
	}
	err = make(dir, name, S_IFLNK | 0777, 0, made);
	if (err) {
		heap_free(copy);
		return err;
	}
	tmpfs_node(*made)->target = memcpy(copy, target, size);
	(*made)->size = (int64_t)size - 1;
	return 0;
}

static int make_link(struct inode *dir, const char *name, struct inode *inode)
{
	struct tmpfs_entry *e;

	if (inode->links == 0) {
		return -ENOENT;
	}
	e = entry_alloc(name);
	if (!e) {
		return -ENOMEM;
	}
	__atomic_add_fetch(&inode->links, 1, __ATOMIC_RELAXED);
	inode_touch(inode, ATTR_CTIME);
	inode_ref(inode);
	entry_insert(dir, e, inode);
	return 0;
}

/* A folder loses both links at once, and the folder above that of its "..". */
static void links_drop(struct inode *dir, struct inode *inode)
{
	if (S_ISDIR(inode->mode)) {
		inode->links = 0;
		dir->links--;
	} else {
		__atomic_sub_fetch(&inode->links, 1, __ATOMIC_RELAXED);
	}
	inode_touch(inode, ATTR_CTIME);
}

static int unlink(struct inode *dir, const char *name, struct inode *inode)
{
	struct tmpfs_entry *e = entry_find(&tmpfs_node(dir)->folder, name);

	if (!e) {
		return -ENOENT;
	}
	links_drop(dir, inode);
	inode_unref(entry_remove(dir, e));
	return 0;
}

static int rmdir(struct inode *dir, const char *name, struct inode *inode)
{
	return tmpfs_node(inode)->folder.count ? -ENOTEMPTY : unlink(dir, name, inode);
}

static bool is_full_folder(const struct tmpfs_entry *e)
{
	return e && S_ISDIR(e->inode->mode) && tmpfs_node(e->inode)->folder.count;
}

static void replace(struct inode *dir, struct tmpfs_entry *victim)
{
	links_drop(dir, victim->inode);
	inode_unref(entry_remove(dir, victim));
}

/* A folder's ".." counts where it is. */
static void links_move(const struct inode *inode, struct inode *from_dir, struct inode *to_dir)
{
	if (S_ISDIR(inode->mode)) {
		from_dir->links--;
		to_dir->links++;
	}
}

static int rename(struct inode *from_dir, const char *from, struct inode *to_dir, const char *to)
{
	struct tmpfs_entry *source = entry_find(&tmpfs_node(from_dir)->folder, from);
	struct tmpfs_entry *victim = entry_find(&tmpfs_node(to_dir)->folder, to), *e;
	struct inode *inode;

	if (!source || is_full_folder(victim)) {
		return source ? -ENOTEMPTY : -ENOENT;
	}
	e = entry_alloc(to);
	if (!e) {
		return -ENOMEM;
	}
	if (victim) {
		replace(to_dir, victim);
	}
	inode = entry_remove(from_dir, source);
	links_move(inode, from_dir, to_dir);
	entry_insert(to_dir, e, inode);
	inode->ctime = to_dir->mtime;
	return 0;
}

static int exchange(struct inode *from_dir, const char *from, struct inode *to_dir, const char *to)
{
	struct tmpfs_entry *one = entry_find(&tmpfs_node(from_dir)->folder, from);
	struct tmpfs_entry *other = entry_find(&tmpfs_node(to_dir)->folder, to);
	struct inode *inode;

	if (!one || !other) {
		return -ENOENT;
	}
	inode = one->inode;
	links_move(inode, from_dir, to_dir);
	links_move(other->inode, to_dir, from_dir);
	one->inode = other->inode;
	other->inode = inode;
	inode_touch(from_dir, ATTR_MTIME);
	inode_touch(to_dir, ATTR_MTIME);
	inode_touch(one->inode, ATTR_CTIME);
	inode_touch(other->inode, ATTR_CTIME);
	return 0;
}

const struct inode_ops tmpfs_folder_ops = {
	.lookup = lookup,
	.create = make,
	.symlink = make_symlink,
	.link = make_link,
	.unlink = unlink,
	.rmdir = rmdir,
	.rename = rename,
	.exchange = exchange,
	.release = tmpfs_release,
};

/* ---- reading it -------------------------------------------------------------------------- */

static struct tmpfs_entry *entry_from(struct tmpfs_folder *folder, int64_t position)
{
	list_for_each(node, &folder->entries) {
		struct tmpfs_entry *e = list_entry(node, struct tmpfs_entry, link);

		if (e->position >= position) {
			return e;
		}
	}
	return NULL;
}

static int readdir(struct file *file,
	bool (*emit)(void *arg, const struct directory_entry *entry, int64_t next), void *arg)
{
	struct tmpfs_folder *folder = &tmpfs_node(file->inode)->folder;
	struct tmpfs_entry *e;

	if (!file_emit_dots(file, emit, arg)) {
		return 0;
	}
	mutex_lock(&file->inode->lock);
	e = entry_from(folder, file->pos);
	for (; e && &e->link != &folder->entries;
		e = list_entry(e->link.next, struct tmpfs_entry, link)) {
		struct directory_entry entry = { e->name, e->inode->number,
			DT_OF_MODE(e->inode->mode) };

		if (!emit(arg, &entry, e->position + 1)) {
			break;
		}
		file->pos = e->position + 1;
	}
	inode_touch(file->inode, ATTR_ATIME);
	mutex_unlock(&file->inode->lock);
	return 0;
}

const struct file_ops tmpfs_folder_file_ops = {
	.readdir = readdir,
};
