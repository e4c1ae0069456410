/*
 * dentry.c - the cache of names.
 *
 * A name that is in use has references; one that nobody uses stays in the cache
 * on the list of unused names, oldest first, until there are too many. Names
 * known not to exist are cached likewise.
 *
 * Invariants:
 *   D1  A dentry is hashed or has references (a root has some until it is unmounted).
 *   D2  It is on the unused list exactly if it has none.
 *   D3  A dentry, also an unused one, holds a reference of its parent: so what is on
 *       the unused list has no children in the cache.
 *   D4  Under one parent a name is hashed at most once.
 *   D5  `refs` is changed atomically; from and to 0 it goes under the lock only. So who has a
 *       reference can take and give back others without the lock.
 */
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/panic.h>
#include <kernel/string.h>
#include "fs.h"

#define BUCKETS	   512u
#define UNUSED_MAX 1024u

static struct spinlock dentry_lock = SPINLOCK_INIT("dentry");
static struct list buckets[BUCKETS];
static struct list unused = LIST_INIT(unused);
static unsigned unused_count;

/* FNV-1a over the directory's address and the name. */
static struct list *bucket_of(const struct dentry *parent, const char *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ ((uintptr_t)parent >> 4);
	struct list *bucket;

	for (; *name; name++) {
		hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	}
	bucket = &buckets[(hash ^ hash >> 32) % BUCKETS];
	if (!bucket->next) {
		list_init(bucket);
	}
	return bucket;
}

static bool is_root(const struct dentry *d)
{
	return d->parent == d;
}

/* ---- references ----------------------------------------------------------- */

/* D5: refs + change, if there are `least` now. */
static bool refs_change(struct dentry *d, int change, unsigned least)
{
	unsigned refs = READ_ONCE(d->refs);

	while (refs >= least) {
		if (__atomic_compare_exchange_n(&d->refs, &refs, refs + (unsigned)change, true,
			    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
			return true;
		}
	}
	return false;
}

static void ref_locked(struct dentry *d)
{
	if (__atomic_fetch_add(&d->refs, 1, __ATOMIC_RELAXED) == 0 &&
		list_is_linked(&d->unused_link)) {
		list_remove(&d->unused_link);
		unused_count--;
	}
}

static void unhash_locked(struct dentry *d)
{
	list_remove(&d->hash_link);
	d->is_hashed = false;
}

/* D1: whether it is now to be freed. */
static bool unref_locked(struct dentry *d)
{
	assert_that(d->refs > 0, "a dentry that is given back has references");
	if (__atomic_sub_fetch(&d->refs, 1, __ATOMIC_ACQ_REL) > 0) {
		return false;
	}
	if (d->is_hashed && !(d->fs->flags & FS_NAMES_UNCACHED)) {
		list_push_back(&unused, &d->unused_link);
		unused_count++;
		return false;
	}
	unhash_locked(d);
	return true;
}

static void name_free(struct dentry *d, const char *name)
{
	if (name != d->inline_name) {
		heap_free((void *)name);
	}
}

/* Unhashed, without references: free it. Returns the parent, whose reference is the caller's now. */
static struct dentry *dentry_free(struct dentry *d)
{
	struct dentry *parent = is_root(d) ? NULL : d->parent;
	struct filesystem *ended = parent ? NULL : d->fs;

	inode_unref(d->inode);
	name_free(d, d->name);
	heap_free(d);
	if (ended) {
		filesystem_end(ended);
	}
	return parent;
}

static void put(struct dentry *d)
{
	while (d) {
		bool is_last;

		spin_lock(&dentry_lock);
		is_last = unref_locked(d);
		spin_unlock(&dentry_lock);
		d = is_last ? dentry_free(d) : NULL;
	}
}

/* Which unused names to forget: those of a file system, in a folder; NULL: any. */
struct which {
	struct filesystem *fs;
	struct dentry *folder;
};

/* The oldest, taken out of the cache, or NULL. */
static struct dentry *unused_take(const struct which *which)
{
	list_for_each(node, &unused) {
		struct dentry *d = list_entry(node, struct dentry, unused_link);

		if ((!which->fs || d->fs == which->fs) &&
			(!which->folder || d->parent == which->folder)) {
			list_remove(&d->unused_link);
			unused_count--;
			unhash_locked(d);
			return d;
		}
	}
	return NULL;
}

static void trim(struct which which, unsigned keep)
{
	struct dentry *d;

	do {
		spin_lock(&dentry_lock);
		d = unused_count > keep ? unused_take(&which) : NULL;
		spin_unlock(&dentry_lock);
		if (d) {
			put(dentry_free(d));
		}
	} while (d);
}

void dentry_ref(struct dentry *d)
{
	if (d && !refs_change(d, 1, 1)) {
		spin_lock(&dentry_lock);
		ref_locked(d);
		spin_unlock(&dentry_lock);
	}
}

void dentry_unref(struct dentry *d)
{
	if (!d || refs_change(d, -1, 2)) {
		return;
	}
	put(d);
	if (READ_ONCE(unused_count) > UNUSED_MAX) {
		trim((struct which){ NULL, NULL }, UNUSED_MAX);
	}
}

void dentry_forget(struct filesystem *fs)
{
	trim((struct which){ fs, NULL }, 0);
}

void dentry_forget_in(struct dentry *folder)
{
	trim((struct which){ NULL, folder }, 0);
}

struct inode *dentry_inode(struct dentry *d)
{
	return READ_ONCE(d->inode);
}

unsigned dentry_refs(struct dentry *d)
{
	return READ_ONCE(d->refs);
}

/* ---- the cache ------------------------------------------------------------ */

const char *dentry_name_copy(const char *name)
{
	size_t size = strlen(name) + 1;
	char *copy = heap_alloc(size);

	return copy ? memcpy(copy, name, size) : NULL;
}

/* One reference, not hashed, without a parent. */
static struct dentry *dentry_alloc(const char *name)
{
	struct dentry *d = heap_alloc(sizeof(*d));

	if (!d) {
		return NULL;
	}
	d->name = d->inline_name;
	if (strlcpy(d->inline_name, name, sizeof(d->inline_name)) >= sizeof(d->inline_name)) {
		d->name = dentry_name_copy(name);
	}
	if (!d->name) {
		heap_free(d);
		return NULL;
	}
	list_init(&d->hash_link);
	list_init(&d->unused_link);
	d->refs = 1;
	return d;
}

struct dentry *dentry_root(struct inode *inode, const char *name)
{
	struct dentry *d = dentry_alloc(name);

	if (d) {
		d->parent = d;
		d->inode = inode;
		d->fs = inode->fs;
	}
	return d;
}

struct dentry *dentry_find(struct dentry *parent, const char *name)
{
	struct dentry *found = NULL;

	spin_lock(&dentry_lock);
	list_for_each(node, bucket_of(parent, name)) {
		struct dentry *d = list_entry(node, struct dentry, hash_link);

		if (d->parent == parent && !strcmp(d->name, name)) {
			ref_locked(d);
			found = d;
			break;
		}
	}
	spin_unlock(&dentry_lock);
	return found;
}

/* D3, D4: the caller holds the directory's lock and has not found the name. */
static void hash_locked(struct dentry *d, struct dentry *parent)
{
	d->parent = parent;
	ref_locked(parent);
	list_push_front(bucket_of(parent, d->name), &d->hash_link);
	d->is_hashed = true;
}

struct dentry *dentry_add(struct dentry *parent, const char *name, struct inode *inode)
{
	struct dentry *d = dentry_alloc(name);

	if (d) {
		d->inode = inode;
		d->fs = parent->fs;
		spin_lock(&dentry_lock);
		hash_locked(d, parent);
		spin_unlock(&dentry_lock);
	}
	return d;
}

void dentry_instantiate(struct dentry *d, struct inode *inode)
{
	assert_that(!d->inode, "a name is given a file once");
	WRITE_ONCE(d->inode, inode);
}

void dentry_drop(struct dentry *d)
{
	spin_lock(&dentry_lock);
	unhash_locked(d);
	spin_unlock(&dentry_lock);
}

void dentry_move(struct dentry *d, struct dentry *parent, const char *name, struct dentry *replaced)
{
	const char *old_name;
	struct dentry *old_parent;

	spin_lock(&dentry_lock);
	old_name = d->name;
	old_parent = d->parent;
	unhash_locked(replaced);
	unhash_locked(d);
	d->name = name;
	hash_locked(d, parent);
	spin_unlock(&dentry_lock);
	name_free(d, old_name);
	put(old_parent);
}

void dentry_exchange(struct dentry *a, const char *name_a, struct dentry *b, const char *name_b)
{
	struct dentry *parent_a, *parent_b;
	const char *old_a, *old_b;

	spin_lock(&dentry_lock);
	old_a = a->name;
	old_b = b->name;
	parent_a = a->parent;
	parent_b = b->parent;
	unhash_locked(a);
	unhash_locked(b);
	a->name = name_a;
	b->name = name_b;
	hash_locked(a, parent_b);
	hash_locked(b, parent_a);
	spin_unlock(&dentry_lock);
	name_free(a, old_a);
	name_free(b, old_b);
	put(parent_a);
	put(parent_b);
}

/* ---- the tree -------------------------------------------------------------- */

static bool is_below(struct dentry *d, struct dentry *ancestor)
{
	while (d != ancestor) {
		if (is_root(d)) {
			return false;
		}
		d = d->parent;
	}
	return true;
}

bool dentry_is_below(struct dentry *d, struct dentry *ancestor)
{
	bool result;

	spin_lock(&dentry_lock);
	result = is_below(d, ancestor);
	spin_unlock(&dentry_lock);
	return result;
}

bool dentry_is_dropped(struct dentry *d)
{
	bool result;

	spin_lock(&dentry_lock);
	result = !d->is_hashed && !is_root(d);
	spin_unlock(&dentry_lock);
	return result;
}

bool dentry_is_mount_point(struct dentry *d)
{
	return READ_ONCE(d->mounted) != NULL;
}

bool dentry_is_mounted(struct dentry *root)
{
	return READ_ONCE(root->covers) != NULL;
}

/* Leave `root` (a process's), if not NULL, never upwards. */
static struct dentry *up_locked(struct dentry *d, const struct dentry *root)
{
	while (d != root && is_root(d) && d->covers) {
		d = d->covers;
	}
	return d == root ? d : d->parent;
}

static struct dentry *top_locked(struct dentry *d)
{
	while (d->mounted) {
		d = d->mounted;
	}
	return d;
}

struct dentry *dentry_up(struct dentry *d, struct dentry *root)
{
	struct dentry *up;

	spin_lock(&dentry_lock);
	up = up_locked(d, root);
	up = up == d ? d : top_locked(up);
	ref_locked(up);
	spin_unlock(&dentry_lock);
	put(d);
	return up;
}

struct dentry *dentry_top(struct dentry *d)
{
	struct dentry *top;

	if (!READ_ONCE(d->mounted)) {
		return d;
	}
	spin_lock(&dentry_lock);
	top = top_locked(d);
	ref_locked(top);
	spin_unlock(&dentry_lock);
	put(d);
	return top;
}

/* A mount is a reference of the covered name and one of the root, both the mount table's. */
bool dentry_attach(struct dentry *at, struct dentry *root)
{
	bool is_free;

	spin_lock(&dentry_lock);
	is_free = !at->mounted && !root->covers && (at->is_hashed || is_root(at));
	if (is_free) {
		at->mounted = root;
		root->covers = at;
		ref_locked(at);
	}
	spin_unlock(&dentry_lock);
	return is_free;
}

void dentry_detach(struct dentry *root)
{
	struct dentry *at;

	spin_lock(&dentry_lock);
	at = root->covers;
	at->mounted = NULL;
	root->covers = NULL;
	spin_unlock(&dentry_lock);
	put(at);
}

/* Prepend to the text that ends at buf + size; the new start, or NULL when there is no room. */
static char *prepend(char *start, const char *buf, const char *name)
{
	size_t len = strlen(name);

	if ((size_t)(start - buf) < len + 1) {
		return NULL;
	}
	start -= len + 1;
	start[0] = '/';
	memcpy(start + 1, name, len);
	return start;
}

/* The text ends at buf + size. NULL: no room; *is_gone: it or a folder above was unlinked. */
static char *path_build(
	struct dentry *d, const struct dentry *root, char *buf, size_t size, bool *is_gone)
{
	char *start = buf + size;

	for (;;) {
		while (d != root && is_root(d) && d->covers) {
			d = d->covers;
		}
		if (d == root || is_root(d)) {
			return start;
		}
		*is_gone |= !d->is_hashed;
		start = prepend(start, buf, d->name);
		if (!start) {
			return NULL;
		}
		d = d->parent;
	}
}

struct dentry *dentry_place(struct dentry *d, char *name)
{
	struct dentry *folder = NULL;

	spin_lock(&dentry_lock);
	if (!is_root(d) && d->is_hashed) {
		folder = d->parent;
		ref_locked(folder);
		strlcpy(name, d->name, NAME_LEN_MAX + 1);
	}
	spin_unlock(&dentry_lock);
	return folder;
}

/* Its length, or -ERANGE. */
static long path_text(struct dentry *d, char *buf, size_t size, bool *is_gone)
{
	struct dentry *root;
	char *start;
	long len;

	if (size < 2) {
		return -ERANGE;
	}
	buf[size - 1] = '\0';
	if (is_root(d) && d->name[0]) {
		return (long)MIN(strlcpy(buf, d->name, size), size - 1); /* "pipe:[5]" */
	}
	root = context_root();
	spin_lock(&dentry_lock);
	start = path_build(d, root, buf, size - 1, is_gone);
	if (start == buf + size - 1) {
		start = prepend(start, buf, "");
	}
	spin_unlock(&dentry_lock);
	dentry_unref(root);
	if (!start) {
		return -ERANGE;
	}
	len = buf + size - 1 - start;
	memmove(buf, start, (size_t)len + 1);
	return len;
}

long path_of(struct dentry *d, char *buf, size_t size)
{
	bool is_gone = false;
	long len = path_text(d, buf, size, &is_gone);

	return is_gone ? -ENOENT : len;
}

long path_show(struct dentry *d, char *buf, size_t size)
{
	static const char gone[] = " (deleted)";
	bool is_gone = false;
	long len = path_text(d, buf, size, &is_gone);

	if (len < 0 || !is_gone) {
		return len;
	}
	if ((size_t)len + sizeof(gone) > size) {
		return -ERANGE;
	}
	memcpy(buf + len, gone, sizeof(gone));
	return len + (long)sizeof(gone) - 1;
}
