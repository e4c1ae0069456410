/* store_tree.c - xenstore's contents as a sorted array: small, easy to snapshot. */
#include "store_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

static void *must(void *p)
{
	if (!p) {
		host_die("model: store memory");
	}
	return p;
}

static char *copy_bytes(const void *from, size_t len)
{
	char *p = must(malloc(len + 1));

	memcpy(p, from, len);
	p[len] = '\0';
	return p;
}

/* Where the path is, or would be. */
static size_t position(const struct tree *t, const char *path)
{
	size_t i = 0;

	while (i < t->count && strcmp(t->nodes[i].path, path) < 0) {
		i++;
	}
	return i;
}

struct node *tree_find(const struct tree *t, const char *path)
{
	size_t i = position(t, path);

	return i < t->count && !strcmp(t->nodes[i].path, path) ? &t->nodes[i] : NULL;
}

static struct node *insert(struct tree *t, const char *path)
{
	size_t i = position(t, path);

	if (t->count == t->room) {
		t->room = t->room ? 2 * t->room : 64;
		t->nodes = must(realloc(t->nodes, t->room * sizeof(*t->nodes)));
	}
	memmove(&t->nodes[i + 1], &t->nodes[i], (t->count - i) * sizeof(*t->nodes));
	t->nodes[i] = (struct node){ copy_bytes(path, strlen(path)), copy_bytes("", 0), 0 };
	t->count++;
	return &t->nodes[i];
}

static void parents_make(struct tree *t, const char *path)
{
	char parent[1024];
	char *slash;

	snprintf(parent, sizeof(parent), "%s", path);
	slash = strrchr(parent, '/');
	while (slash && slash > parent) {
		*slash = '\0';
		if (!tree_find(t, parent)) {
			insert(t, parent);
		}
		slash = strrchr(parent, '/');
	}
}

void tree_set(struct tree *t, const char *path, const void *value, size_t len)
{
	struct node *n;

	parents_make(t, path);
	n = tree_find(t, path);
	if (!n) {
		n = insert(t, path);
	}
	free(n->value);
	n->value = copy_bytes(value, len);
	n->len = len;
	t->generation++;
}

bool path_is_below(const char *path, const char *base)
{
	size_t n = strlen(base);

	return !strcmp(base, "/") || (!strncmp(path, base, n) && (!path[n] || path[n] == '/'));
}

bool store_tree_remove(struct tree *t, const char *path)
{
	size_t kept = 0, before = t->count;

	for (size_t i = 0; i < t->count; i++) {
		if (path_is_below(t->nodes[i].path, path)) {
			free(t->nodes[i].path);
			free(t->nodes[i].value);
		} else {
			t->nodes[kept++] = t->nodes[i];
		}
	}
	t->count = kept;
	t->generation += kept != before;
	return kept != before;
}

size_t tree_list(const struct tree *t, const char *path, char *out, size_t room)
{
	size_t base = strcmp(path, "/") ? strlen(path) : 0, len = 0;

	for (size_t i = 0; i < t->count; i++) {
		const char *p = t->nodes[i].path;

		if (strlen(p) > base + 1 && path_is_below(p, path) && !strchr(p + base + 1, '/')) {
			size_t n = strlen(p + base + 1) + 1;

			if (len + n <= room) {
				memcpy(out + len, p + base + 1, n);
			}
			len += n;
		}
	}
	return len;
}

void tree_init(struct tree *t)
{
	*t = (struct tree){ 0 };
	insert(t, "/");
}

void tree_copy(struct tree *to, const struct tree *from)
{
	*to = (struct tree){ .generation = from->generation };
	to->nodes = must(calloc(from->count, sizeof(*to->nodes)));
	to->room = to->count = from->count;
	for (size_t i = 0; i < from->count; i++) {
		const struct node *n = &from->nodes[i];

		to->nodes[i] = (struct node){ copy_bytes(n->path, strlen(n->path)),
			copy_bytes(n->value, n->len), n->len };
	}
}

void tree_free(struct tree *t)
{
	for (size_t i = 0; i < t->count; i++) {
		free(t->nodes[i].path);
		free(t->nodes[i].value);
	}
	free(t->nodes);
	*t = (struct tree){ 0 };
}

bool path_resolve(const char *text, char *out, size_t room)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/_@";
	size_t n = strlen(text);

	if (!n || strspn(text, allowed) != n || n > 900 || strstr(text, "//") ||
		(n > 1 && text[n - 1] == '/')) {
		return false;
	}
	snprintf(out, room, text[0] == '/' ? "%s" : STORE_HOME "/%s", text);
	return true;
}
