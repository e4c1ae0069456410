/*
 * store_ops.c - the store daemon's requests, after the protocol text of public xs_wire.h.
 *
 * A transaction works on a snapshot; it ends well only if nothing else changed
 * the tree meanwhile. The guest may write below its home and nowhere else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store.h"

#define TRANSACTIONS 8
#define CHANGES	     32

struct tree store;

static struct transaction {
	uint32_t id; /* 0: free */
	struct tree tree;
	uint64_t started; /* generation of the store */
	char changes[CHANGES][1024];
	unsigned change_count;
} transactions[TRANSACTIONS];
static uint32_t next_transaction = 100;
static unsigned conflicts;
static void (*change_hook)(const char *path);

static void error(const struct xsd_sockmsg *request, const char *name)
{
	store_reply(request, XS_ERROR, name, strlen(name) + 1);
}

static void ok(const struct xsd_sockmsg *request)
{
	store_reply(request, request->type, "OK", 3);
}

static struct transaction *transaction_of(uint32_t id)
{
	for (int i = 0; id && i < TRANSACTIONS; i++) {
		if (transactions[i].id == id) {
			return &transactions[i];
		}
	}
	return NULL;
}

static struct tree *tree_of(const struct xsd_sockmsg *request)
{
	struct transaction *t = transaction_of(request->tx_id);

	return t ? &t->tree : &store;
}

static void told(const char *path)
{
	watches_fire(path);
	if (change_hook) {
		change_hook(path);
	}
}

static void changed(const struct xsd_sockmsg *request, const char *path)
{
	struct transaction *t = transaction_of(request->tx_id);

	if (!t) {
		told(path);
	} else if (t->change_count < CHANGES) {
		snprintf(t->changes[t->change_count++], sizeof(t->changes[0]), "%s", path);
	}
}

/* ---- transactions ----------------------------------------------------------- */

static void transaction_start(const struct xsd_sockmsg *request)
{
	struct transaction *t = NULL;
	char id[16];

	for (int i = 0; i < TRANSACTIONS && !t; i++) {
		t = transactions[i].id ? NULL : &transactions[i];
	}
	if (!t) {
		error(request, "ENOSPC");
		return;
	}
	t->id = next_transaction++;
	t->started = store.generation;
	t->change_count = 0;
	tree_copy(&t->tree, &store);
	snprintf(id, sizeof(id), "%u", t->id);
	store_reply(request, XS_TRANSACTION_START, id, strlen(id) + 1);
}

static void transaction_end(const struct xsd_sockmsg *request, const char *payload)
{
	struct transaction *t = transaction_of(request->tx_id);
	bool commit = !strcmp(payload, "T"), conflict;

	if (!t || (!commit && strcmp(payload, "F"))) {
		error(request, t ? "EINVAL" : "ENOENT");
		return;
	}
	conflict = commit && (t->started != store.generation || conflicts);
	conflicts -= commit && conflicts;
	t->id = 0;
	if (!commit || conflict) {
		tree_free(&t->tree);
		if (conflict) {
			error(request, "EAGAIN");
		} else {
			ok(request);
		}
		return;
	}
	tree_free(&store);
	store = t->tree;
	store.generation++;
	ok(request);
	for (unsigned i = 0; i < t->change_count; i++) {
		told(t->changes[i]);
	}
}

void model_store_conflicts(unsigned count)
{
	conflicts = count;
}

unsigned model_store_transactions(void)
{
	unsigned count = 0;

	for (int i = 0; i < TRANSACTIONS; i++) {
		count += transactions[i].id != 0;
	}
	return count;
}

/* ---- nodes -------------------------------------------------------------------- */

static void list(const struct xsd_sockmsg *request, const char *path)
{
	char names[XENSTORE_PAYLOAD_MAX];
	size_t len;

	if (!tree_find(tree_of(request), path)) {
		error(request, "ENOENT");
		return;
	}
	len = tree_list(tree_of(request), path, names, sizeof(names));
	if (len > sizeof(names)) {
		error(request, "E2BIG");
		return;
	}
	store_reply(request, XS_DIRECTORY, names, len);
}

/* A piece of a long list: generation, NUL, names from the offset on; a final empty name ends it. */
static void list_part(const struct xsd_sockmsg *request, const char *path, const char *offset_text)
{
	enum { PIECE = 1000 };
	static char names[65536];
	char out[XENSTORE_PAYLOAD_MAX];
	size_t offset = strtoul(offset_text, NULL, 10), len, head, n;

	if (!tree_find(tree_of(request), path)) {
		error(request, "ENOENT");
		return;
	}
	len = tree_list(tree_of(request), path, names, sizeof(names) - 1);
	names[len++] = '\0';
	if (offset >= len) {
		error(request, "EINVAL");
		return;
	}
	head = (size_t)snprintf(
		       out, sizeof(out), "%lu", (unsigned long)tree_of(request)->generation) +
		1;
	n = len - offset < PIECE ? len - offset : PIECE;
	while (n && names[offset + n - 1]) {
		n--; /* whole names only */
	}
	memcpy(out + head, names + offset, n);
	store_reply(request, XS_DIRECTORY_PART, out, head + n);
}

static void node_read(const struct xsd_sockmsg *request, const char *path)
{
	struct node *n = tree_find(tree_of(request), path);

	if (n) {
		store_reply(request, XS_READ, n->value, n->len);
	} else {
		error(request, "ENOENT");
	}
}

static void node_change(
	const struct xsd_sockmsg *request, const char *path, const char *value, size_t len)
{
	struct tree *t = tree_of(request);

	if (!path_is_below(path, STORE_HOME)) {
		error(request, "EACCES");
		return;
	}
	switch (request->type) {
	case XS_WRITE:
		tree_set(t, path, value, len);
		break;
	case XS_MKDIR:
		if (!tree_find(t, path)) {
			tree_set(t, path, "", 0);
		}
		break;
	default:
		if (!store_tree_remove(t, path)) {
			error(request, "ENOENT");
			return;
		}
		break;
	}
	ok(request);
	changed(request, path);
}

/* ---- requests ------------------------------------------------------------------- */

static void request_watch(const struct xsd_sockmsg *request, const char *path, const char *token)
{
	const char *err =
		request->type == XS_WATCH ? watch_add(path, token) : watch_remove(path, token);

	if (err) {
		error(request, err);
		return;
	}
	ok(request);
	if (request->type == XS_WATCH) {
		store_event(path, token); /* always one at once */
	}
}

static void request_path(
	const struct xsd_sockmsg *request, const char *path, char *rest, size_t rest_len)
{
	switch (request->type) {
	case XS_DIRECTORY:
		list(request, path);
		break;
	case XS_DIRECTORY_PART:
		list_part(request, path, rest);
		break;
	case XS_READ:
		node_read(request, path);
		break;
	case XS_GET_PERMS:
		store_reply(request, XS_GET_PERMS, "n7\0r0", 6);
		break;
	case XS_SET_PERMS:
		ok(request);
		break;
	default:
		node_change(request, path, rest, rest_len);
		break;
	}
}

void store_request(const struct xsd_sockmsg *request, char *payload, size_t len)
{
	char path[1024];
	size_t first = strnlen(payload, len);
	char *rest = first < len ? payload + first + 1 : payload + len;
	size_t rest_len = (size_t)(payload + len - rest);

	switch (request->type) {
	case XS_TRANSACTION_START:
		transaction_start(request);
		return;
	case XS_TRANSACTION_END:
		transaction_end(request, payload);
		return;
	case XS_RESET_WATCHES:
		watches_reset();
		ok(request);
		return;
	case XS_WATCH:
	case XS_UNWATCH:
		request_watch(request, payload, rest);
		return;
	case XS_GET_DOMAIN_PATH:
		snprintf(path, sizeof(path), "/local/domain/%s", payload);
		store_reply(request, request->type, path, strlen(path) + 1);
		return;
	case XS_IS_DOMAIN_INTRODUCED:
		store_reply(request, request->type, "T", 2);
		return;
	default:
		break;
	}
	if (request->type > XS_DIRECTORY_PART ||
		(request->tx_id && !transaction_of(request->tx_id))) {
		error(request, request->tx_id ? "ENOENT" : "ENOSYS");
	} else if (first == len || !path_resolve(payload, path, sizeof(path))) {
		error(request, "EINVAL"); /* a path ends in NUL */
	} else {
		request_path(request, path, rest, rest_len);
	}
}

void store_ops_reset(void)
{
	for (int i = 0; i < TRANSACTIONS; i++) {
		if (transactions[i].id) {
			tree_free(&transactions[i].tree);
			transactions[i].id = 0;
		}
	}
	conflicts = 0;
}

/* ---- the toolstack -------------------------------------------------------------- */

void model_store_set(const char *path, const char *value)
{
	if (value) {
		tree_set(&store, path, value, strlen(value));
	} else {
		store_tree_remove(&store, path);
	}
	watches_fire(path);
}

const char *model_store_get(const char *path)
{
	struct node *n = tree_find(&store, path);

	return n ? n->value : NULL;
}

void model_store_on_change(void (*hook)(const char *path))
{
	change_hook = hook;
}
