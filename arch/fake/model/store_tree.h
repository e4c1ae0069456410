/* store_tree.h - xenstore's contents: a sorted list of paths, snapshots of it, watches. */
#ifndef FAKE_STORE_TREE_H
#define FAKE_STORE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_HOME "/local/domain/7"

struct node {
	char *path;  /* absolute */
	char *value; /* NUL behind its last byte */
	size_t len;
};

struct tree {
	struct node *nodes; /* sorted by path */
	size_t count, room;
	uint64_t generation; /* counts changes */
};

void tree_init(struct tree *t);
void tree_copy(struct tree *to, const struct tree *from);
void tree_free(struct tree *t);

struct node *tree_find(const struct tree *t, const char *path);
/* Write a node, with its missing parents. */
void tree_set(struct tree *t, const char *path, const void *value, size_t len);
/* Remove a node and all below it; false when there is none. */
bool store_tree_remove(struct tree *t, const char *path);
/* Names of the children, each with its NUL, into `out`; returns the length (what it would be). */
size_t tree_list(const struct tree *t, const char *path, char *out, size_t room);

/* `path` is `base` or below it. */
bool path_is_below(const char *path, const char *base);

/* A path as a client wrote it, made absolute. False when it is not a path. */
bool path_resolve(const char *text, char *out, size_t room);

#endif
