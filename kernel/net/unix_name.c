/*
 * unix_name.c - names of UNIX-domain sockets: files, and words that are no files ("abstract").
 *
 * A bound file's socket is found by its inode, so a second name of the file leads there too.
 */
#include "unix.h"

#include <kernel/log.h>
#include <kernel/process.h>
#include <kernel/procfs.h>
#include <kernel/string.h>
#include <linux/fcntl.h>
#include <linux/stat.h>

#define FAMILY_LEN ((unsigned)sizeof(uint16_t))

/* All that are bound, of both kinds. U1 */
static struct list bound = LIST_INIT(bound);

static bool is_abstract(const struct socket_address *a)
{
	return a->len > FAMILY_LEN && !a->un.path[0];
}

static int address_check(const struct socket_address *a)
{
	if (a->len < FAMILY_LEN || a->len > sizeof(a->un) || a->un.family != AF_UNIX) {
		return -EINVAL;
	}
	return 0;
}

/* The name within an address, which need not end in a NUL. */
static void path_get(const struct socket_address *a, char path[UNIX_PATH_LEN + 1])
{
	size_t len = a->len - FAMILY_LEN;

	memcpy(path, a->un.path, len);
	path[len] = '\0';
}

/* ---- finding -------------------------------------------------------------------------------- */

/* Such names are of a type: two types may have the same. */
static struct unix_socket *abstract_find(const struct socket_address *a, int type)
{
	list_for_each(node, &bound) {
		struct unix_socket *u = list_entry(node, struct unix_socket, name_link);

		if (!u->dentry && u->socket.type == type && u->name.len == a->len &&
			!memcmp(u->name.bytes, a->bytes, a->len)) {
			return u;
		}
	}
	return NULL;
}

static struct unix_socket *inode_find(const struct inode *inode)
{
	list_for_each(node, &bound) {
		struct unix_socket *u = list_entry(node, struct unix_socket, name_link);

		if (u->dentry && dentry_inode(u->dentry) == inode) {
			return u;
		}
	}
	return NULL;
}

static int file_lookup(const struct socket_address *a, struct dentry **d)
{
	char path[UNIX_PATH_LEN + 1];
	int err;

	path_get(a, path);
	err = path_lookup(NULL, path, 0, d);
	if (err) {
		return err;
	}
	err = inode_permission(dentry_inode(*d), W_OK);
	if (!err && !S_ISSOCK(dentry_inode(*d)->mode)) {
		err = -ECONNREFUSED;
	}
	if (err) {
		dentry_unref(*d);
	}
	return err;
}

int unix_find(const struct socket_address *address, int type, struct unix_socket **found)
{
	struct dentry *d = NULL;
	struct unix_socket *u;
	int err = address_check(address);

	if (!err && address->len == FAMILY_LEN) {
		err = -EINVAL;
	}
	if (!err && !is_abstract(address)) {
		err = file_lookup(address, &d);
	}
	if (err) {
		return err;
	}
	mutex_lock(&unix_lock);
	u = d ? inode_find(dentry_inode(d)) : abstract_find(address, type);
	if (!u || u->is_closed) {
		err = -ECONNREFUSED;
	} else if (u->socket.type != type) {
		err = -EPROTOTYPE;
	} else {
		socket_ref(&u->socket);
		*found = u;
	}
	mutex_unlock(&unix_lock);
	dentry_unref(d);
	return err;
}

/* ---- /proc/net/unix -------------------------------------------------------------------------- */

static void line_show(struct proc_text *text, const struct unix_socket *u)
{
	size_t len = u->name.len - FAMILY_LEN;

	proc_print(text, "%016lx: %08x 00000000 %08x %04x %02x %5u ", 0ul, u->socket.refs,
		u->is_listening ? 0x10000u : 0, (unsigned)u->socket.type, u->is_listening ? 1u : 3u,
		0u);
	if (u->dentry) {
		proc_print(text, "%s\n", u->name.un.path);
	} else {
		proc_print(text, "@%.*s\n", (int)len - 1, u->name.un.path + 1);
	}
}

void unix_show(struct proc_text *text)
{
	proc_print(text, "Num       RefCount Protocol Flags    Type St Inode Path\n");
	mutex_lock(&unix_lock);
	list_for_each(node, &bound) {
		line_show(text, list_entry(node, struct unix_socket, name_link));
	}
	mutex_unlock(&unix_lock);
}

/* ---- binding -------------------------------------------------------------------------------- */

static int abstract_bind(struct unix_socket *u, const struct socket_address *a)
{
	if (abstract_find(a, u->socket.type)) {
		return -EADDRINUSE;
	}
	u->name = *a;
	list_push_back(&bound, &u->name_link);
	return 0;
}

static int file_make(const char *path, struct dentry **d)
{
	struct process *process = process_current();
	uint32_t mode = 0777 & ~(process ? process->umask : 0);
	int err = vfs_mknod(NULL, path, S_IFSOCK | mode, 0);

	if (err) {
		return err == -EEXIST ? -EADDRINUSE : err;
	}
	return path_lookup(NULL, path, PATH_NOFOLLOW, d);
}

static int file_bind(struct unix_socket *u, const struct socket_address *a)
{
	char path[UNIX_PATH_LEN + 1];
	struct dentry *d;
	int err;

	path_get(a, path);
	err = file_make(path, &d);
	if (err) {
		return err;
	}
	mutex_lock(&unix_lock);
	if (u->name.len) {
		err = -EINVAL;
	} else {
		u->name = *a;
		u->name.len = FAMILY_LEN + (unsigned)strlen(path) + 1;
		u->name.bytes[u->name.len - 1] = '\0';
		u->dentry = d;
		list_push_back(&bound, &u->name_link);
	}
	mutex_unlock(&unix_lock);
	if (err) {
		dentry_unref(d);
	}
	return err;
}

/* Linux's form of such names: a NUL and five hexadecimal digits. */
void unix_bind_auto(struct unix_socket *u)
{
	static uint32_t last;
	struct socket_address a = { .un.family = AF_UNIX };

	while (!u->name.len) {
		last = (last + 1) & 0xfffff;
		a.len = FAMILY_LEN + 1 +
			(unsigned)fmt_print(a.un.path + 1, sizeof(a.un.path) - 1, "%05x", last);
		(void)abstract_bind(u, &a);
	}
}

int unix_bind(struct socket *s, const struct socket_address *address)
{
	struct unix_socket *u = unix_of(s);
	int err = address_check(address);

	if (err) {
		return err;
	}
	if (address->len > FAMILY_LEN && !is_abstract(address)) {
		return file_bind(u, address);
	}
	mutex_lock(&unix_lock);
	if (address->len == FAMILY_LEN) {
		unix_bind_auto(u);
	} else {
		err = u->name.len ? -EINVAL : abstract_bind(u, address);
	}
	mutex_unlock(&unix_lock);
	return err;
}

struct dentry *unix_name_drop(struct unix_socket *u)
{
	struct dentry *d = u->dentry;

	list_remove(&u->name_link);
	u->dentry = NULL;
	return d;
}
