/* walk.c - following a path: the model is in walk.h. */
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/string.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include "walk.h"

/* The text of a symlink. */
struct target {
	struct walk_text text; /* first */
	char copy[];
};

/* ---- text ------------------------------------------------------------------- */

static void slashes_skip(struct walk_text *text)
{
	while (*text->rest == '/') {
		text->rest++;
	}
}

static void text_pop(struct walk *w)
{
	struct walk_text *text = w->text;

	w->text = text->outer;
	if (text != &w->first) {
		heap_free(container_of(text, struct target, text));
	}
}

/* Text that is followed to its end is left at once, so all outer ones have something left. */
static void ends_pop(struct walk *w)
{
	while (w->text && !*w->text->rest) {
		text_pop(w);
	}
}

/* The next component to `name`. */
static int component_take(struct walk *w)
{
	struct walk_text *text = w->text;
	size_t len = 0;

	if (text) {
		slashes_skip(text);
		while (text->rest[len] && text->rest[len] != '/') {
			len++;
		}
		if (len > NAME_LEN_MAX) {
			return -ENAMETOOLONG;
		}
		memcpy(w->name, text->rest, len);
		text->rest += len;
	}
	w->name[len] = '\0';
	return 0;
}

static int component_next(struct walk *w)
{
	bool has_slash = false;
	int err = component_take(w);

	if (err) {
		return err;
	}
	if (w->text) {
		has_slash = *w->text->rest == '/';
		slashes_skip(w->text);
		ends_pop(w);
	}
	w->is_last = !w->text;
	w->wants_directory |= w->is_last && has_slash;
	return 0;
}

/* ---- begin and end ------------------------------------------------------------ */

static void place_set(struct walk *w, struct dentry *at)
{
	dentry_unref(w->at);
	w->at = at;
}

static void place_root(struct walk *w)
{
	dentry_ref(w->root);
	place_set(w, dentry_top(w->root));
}

/* Where it starts. `..` does not lead out of the root, which with some bounds is where it starts. */
static void place_first(struct walk *w, struct dentry *base, bool is_absolute)
{
	w->root = context_root();
	w->at = NULL;
	if (base) {
		dentry_ref(base);
		w->at = base;
	} else {
		w->at = context_cwd();
	}
	if (w->resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) {
		dentry_unref(w->root);
		w->root = w->at;
		dentry_ref(w->root);
	}
	if (is_absolute) {
		place_root(w);
	}
}

static int begin(
	struct walk *w, struct dentry *base, const char *path, unsigned flags, unsigned resolve)
{
	if (!path[0] && !(flags & PATH_EMPTY_OK)) {
		return -ENOENT;
	}
	w->first = (struct walk_text){ .rest = path };
	w->text = &w->first;
	w->links = 0;
	w->is_last = false;
	w->wants_directory = false;
	w->name[0] = '\0';
	w->resolve = resolve;
	if (path[0] == '/' && resolve & RESOLVE_BENEATH) {
		return -EXDEV;
	}
	place_first(w, base, path[0] == '/');
	return 0;
}

int walk_begin(struct walk *w, struct dentry *base, const char *path, unsigned flags)
{
	return begin(w, base, path, flags, 0);
}

int walk_begin_within(struct walk *w, struct dentry *base, const char *path, unsigned resolve)
{
	return begin(w, base, path, 0, resolve);
}

void walk_end(struct walk *w)
{
	while (w->text) {
		text_pop(w);
	}
	dentry_unref(w->at);
	dentry_unref(w->root);
}

/* "." and ".." */
static bool is_here(const char *name)
{
	return name[0] == '.' && !name[1];
}

static bool is_above(const char *name)
{
	return name[0] == '.' && name[1] == '.' && !name[2];
}

bool walk_is_special(const struct walk *w)
{
	return !w->name[0] || is_here(w->name) || is_above(w->name);
}

/* ---- symlinks ------------------------------------------------------------------- */

static long target_read(struct inode *link, struct target **target)
{
	struct target *t = heap_alloc(sizeof(*t) + PATH_LEN_MAX);
	long len;

	if (!t) {
		return -ENOMEM;
	}
	len = link->ops->readlink ? link->ops->readlink(link, t->copy, PATH_LEN_MAX) : -EINVAL;
	if (len <= 0) {
		heap_free(t);
		return len ? len : -ENOENT;
	}
	t->text.rest = t->copy;
	*target = t;
	return 0;
}

/* A link to a file, not to a name (those of /proc/PID). */
static int jump(struct walk *w, struct inode *link)
{
	struct dentry *target;
	int err = w->resolve & RESOLVE_NO_MAGICLINKS ? -ELOOP : link->ops->follow(link, &target);

	if (err) {
		return err;
	}
	if (w->resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT) ||
		(w->resolve & RESOLVE_NO_XDEV && target->fs != w->at->fs)) {
		dentry_unref(target);
		return -EXDEV;
	}
	place_set(w, target);
	return 0;
}

/* A link whose text begins at the root. */
static int absolute_check(const struct walk *w)
{
	bool is_leaving = w->resolve & RESOLVE_BENEATH ||
		(w->resolve & RESOLVE_NO_XDEV && w->root->fs != w->at->fs);

	return is_leaving ? -EXDEV : 0;
}

static int link_follow(struct walk *w, struct inode *link)
{
	struct target *target;
	long err;

	if (++w->links > WALK_SYMLINKS_MAX || w->resolve & RESOLVE_NO_SYMLINKS) {
		return -ELOOP;
	}
	if (link->ops->follow) {
		return jump(w, link);
	}
	err = target_read(link, &target);
	if (err) {
		return (int)err;
	}
	target->text.outer = w->text;
	w->text = &target->text;
	if (target->copy[0] == '/') {
		err = absolute_check(w);
		place_root(w);
	}
	return err ? (int)err : WALK_AGAIN;
}

/* ---- steps ------------------------------------------------------------------------ */

static int search_check(const struct walk *w)
{
	struct inode *dir = dentry_inode(w->at);

	return S_ISDIR(dir->mode) ? inode_permission(dir, X_OK) : -ENOTDIR;
}

int walk_enter(struct walk *w, struct dentry *found, bool follow)
{
	struct inode *inode = dentry_inode(found);
	int err;

	if (!inode) {
		dentry_unref(found);
		return -ENOENT;
	}
	if (S_ISLNK(inode->mode) && (follow || w->wants_directory)) {
		err = link_follow(w, inode);
		dentry_unref(found);
		return err;
	}
	found = dentry_top(found);
	if (w->resolve & RESOLVE_NO_XDEV && found->fs != w->at->fs) {
		dentry_unref(found);
		return -EXDEV;
	}
	place_set(w, found);
	return 0;
}

static int step_up(struct walk *w)
{
	const struct filesystem *fs = w->at->fs;

	if (w->resolve & RESOLVE_BENEATH && w->at == w->root) {
		return -EXDEV;
	}
	w->at = dentry_up(w->at, w->root);
	return w->resolve & RESOLVE_NO_XDEV && w->at->fs != fs ? -EXDEV : 0;
}

/* 0 also after a symlink that is not the last component: its text is next. */
static int step(struct walk *w, bool follow)
{
	struct dentry *found;
	int err = search_check(w);

	if (err) {
		return err;
	}
	if (!w->name[0] || is_here(w->name)) {
		return 0; /* none: a symlink to "/" was followed */
	}
	if (is_above(w->name)) {
		return step_up(w);
	}
	err = dentry_lookup(w->at, w->name, &found);
	return err ? err : walk_enter(w, found, follow);
}

int walk_parent(struct walk *w)
{
	for (;;) {
		int err = component_next(w);

		if (!err && w->is_last) {
			return w->name[0] ? search_check(w) : 0;
		}
		if (!err) {
			err = step(w, true);
		}
		if (err < 0) {
			return err;
		}
	}
}

int walk_last(struct walk *w, bool follow)
{
	return w->name[0] ? step(w, follow) : 0;
}

/* ---- lookups ------------------------------------------------------------------------ */

int path_lookup(struct dentry *base, const char *path, unsigned flags, struct dentry **found)
{
	struct walk w;
	int err = walk_begin(&w, base, path, flags);

	if (err) {
		return err;
	}
	do {
		err = walk_parent(&w);
		if (!err) {
			err = walk_last(&w, !(flags & PATH_NOFOLLOW));
		}
	} while (err == WALK_AGAIN);
	if (!err && (w.wants_directory || flags & PATH_DIRECTORY) &&
		!S_ISDIR(dentry_inode(w.at)->mode)) {
		err = -ENOTDIR;
	}
	if (!err) {
		*found = w.at;
		dentry_ref(w.at);
	}
	walk_end(&w);
	return err;
}

int path_parent(
	struct dentry *base, const char *path, struct dentry **dir, char name[NAME_LEN_MAX + 1])
{
	struct walk w;
	int err = walk_begin(&w, base, path, 0);

	if (err) {
		return err;
	}
	err = walk_parent(&w);
	if (!err) {
		*dir = w.at;
		dentry_ref(w.at);
		memcpy(name, w.name, sizeof(w.name));
	}
	walk_end(&w);
	return err;
}

long vfs_readlink(struct dentry *d, char *buf, size_t size)
{
	struct inode *inode = dentry_inode(d);
	struct target *target;
	size_t len;
	long err;

	if (!S_ISLNK(inode->mode)) {
		return -EINVAL;
	}
	err = target_read(inode, &target);
	if (err) {
		return err;
	}
	len = MIN(strlen(target->copy), size);
	memcpy(buf, target->copy, len);
	heap_free(target);
	return (long)len;
}
