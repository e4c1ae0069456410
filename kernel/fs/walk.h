/*
 * walk.h - following a path, component by component.
 *
 * A walk has a place (`at`, a name with an inode) and text that is still to be
 * followed. walk_parent() follows all but the last component, which it leaves
 * in `name`; what to do with that one is the caller's: walk_last() looks it up,
 * others create or remove it. When the last one is a symlink that is to be
 * followed, its target becomes the text and walk_parent() goes on with it.
 */
#ifndef WALK_H
#define WALK_H

#include "fs.h"

#define WALK_SYMLINKS_MAX 40 /* in one path */

/* Text to be followed, and when it ends, the one outside it: it was a symlink's target. */
struct walk_text {
	struct walk_text *outer;
	const char *rest;
};

struct walk {
	struct dentry *at;   /* referenced */
	struct dentry *root; /* referenced; `..` does not lead out of it */
	struct walk_text *text;
	struct walk_text first;
	unsigned links;
	unsigned resolve;	     /* RESOLVE_*: what it may not lead through */
	bool is_last;		     /* `name` is the last component */
	bool wants_directory;	     /* a slash stands behind the last component */
	char name[NAME_LEN_MAX + 1]; /* "": the path has no last component: "/", or "" */
};

/* -ENOENT for an empty path, unless PATH_EMPTY_OK; -ENAMETOOLONG. walk_end() only after success. */
int walk_begin(struct walk *w, struct dentry *base, const char *path, unsigned flags) __must_check;
/* The same within bounds, RESOLVE_*: -EXDEV and -ELOOP then, from all steps. */
int walk_begin_within(
	struct walk *w, struct dentry *base, const char *path, unsigned resolve) __must_check;
void walk_end(struct walk *w);

/* To the directory of the last component; it may be searched. */
int walk_parent(struct walk *w) __must_check;

/* Whether `name` is "", "." or "..": nothing that can be created or removed. */
bool walk_is_special(const struct walk *w);

/*
 * Step to the last component: 0 and it is `at`, or WALK_AGAIN when it is a
 * symlink that is followed: then walk_parent() again.
 */
#define WALK_AGAIN 1
int walk_last(struct walk *w, bool follow) __must_check;

/* As walk_last(), for a name that was looked up already: takes over the reference of `found`. */
int walk_enter(struct walk *w, struct dentry *found, bool follow) __must_check;

#endif
