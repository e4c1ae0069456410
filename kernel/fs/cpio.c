/*
 * cpio.c - a cpio archive becomes files: a state machine over the bytes.
 *
 *   header --> name --> data (or target) --> header ... --> trailer
 *
 * Each state says how many bytes it needs; header, name and target are
 * collected, data is written as it comes.
 */
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/string.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include "cpio.h"

static const char trailer[] = "TRAILER!!!";

static int state_header(struct cpio *cpio);
static int state_name(struct cpio *cpio);
static int state_data(struct cpio *cpio);
static int state_target(struct cpio *cpio);

static int wrong(const struct cpio *cpio, const char *what)
{
	log_err("cpio: %s, before byte %lu (file %u, \"%s\")", what, (unsigned long)cpio->offset,
		cpio->count + 1, cpio->name);
	return -EINVAL;
}

static int failed(const struct cpio *cpio, const char *what, int err)
{
	log_err("cpio: %s /%s: %s", what, cpio->name, errno_name(err));
	return err;
}

/* Next, after what pads the `len` bytes that were just taken: `needed` bytes for `state`. */
static void expect(struct cpio *cpio, int (*state)(struct cpio *cpio), uint32_t needed)
{
	cpio->state = state;
	cpio->needed = needed;
	cpio->padding = (uint32_t)(-cpio->offset & 3);
	cpio->collected_len = 0;
}

/* ---- header --------------------------------------------------------------------------- */

/* Eight hexadecimal digits. */
static bool field_parse(const char *text, uint32_t *value)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < 8; i++) {
		char c = text[i], lower = (char)(c | 0x20);

		if (c >= '0' && c <= '9') {
			v = v << 4 | (uint32_t)(c - '0');
		} else if (lower >= 'a' && lower <= 'f') {
			v = v << 4 | (uint32_t)(lower - 'a' + 10);
		} else {
			return false;
		}
	}
	*value = v;
	return true;
}

static int state_header(struct cpio *cpio)
{
	struct cpio_file *f = &cpio->now;
	uint32_t *fields[] = { &f->ino, &f->mode, &f->uid, &f->gid, &f->links, &f->mtime, &f->size,
		&f->major, &f->minor, &f->rdev_major, &f->rdev_minor, &f->name_size };

	if (memcmp(cpio->collected, "070701", 6) && memcmp(cpio->collected, "070702", 6)) {
		return wrong(cpio, "no header of a newc archive");
	}
	for (unsigned i = 0; i < ARRAY_SIZE(fields); i++) {
		if (!field_parse(cpio->collected + 6 + 8 * i, fields[i])) {
			return wrong(cpio, "a header with a field that is no number");
		}
	}
	if (f->name_size == 0 || f->name_size > PATH_LEN_MAX) {
		return wrong(cpio, "a name that is empty or too long");
	}
	cpio->state = state_name; /* header and name are padded together */
	cpio->needed = f->name_size;
	cpio->collected_len = 0;
	return 0;
}

/* ---- what a file becomes ----------------------------------------------------------------- */

static void attributes_set(struct inode *inode, const struct cpio_file *f)
{
	struct inode_attr attr = { .mode = f->mode,
		.uid = f->uid,
		.gid = f->gid,
		.atime = f->mtime * NSEC_PER_SEC,
		.mtime = f->mtime * NSEC_PER_SEC };
	unsigned which = ATTR_OWNER | ATTR_ATIME | ATTR_MTIME;

	(void)!inode_attr_set(inode, &attr, S_ISLNK(f->mode) ? which : which | ATTR_MODE);
}

static int name_attributes_set(const struct cpio *cpio)
{
	struct dentry *d;
	int err = path_lookup(NULL, cpio->name, PATH_NOFOLLOW, &d);

	if (!err) {
		attributes_set(dentry_inode(d), &cpio->now);
		dentry_unref(d);
	}
	return err;
}

/* The first name of the file that this one is another name of, or NULL. */
static struct cpio_link *link_find(const struct cpio *cpio)
{
	const struct cpio_file *f = &cpio->now;

	list_for_each(node, &cpio->links) {
		struct cpio_link *l = list_entry(node, struct cpio_link, list);

		if (l->ino == f->ino && l->major == f->major && l->minor == f->minor) {
			return l;
		}
	}
	return NULL;
}

static int link_remember(struct cpio *cpio)
{
	size_t size = strlen(cpio->name) + 1;
	struct cpio_link *l = heap_alloc(sizeof(*l) + size);

	if (!l) {
		return -ENOMEM;
	}
	l->ino = cpio->now.ino;
	l->major = cpio->now.major;
	l->minor = cpio->now.minor;
	memcpy(l->name, cpio->name, size);
	list_push_back(&cpio->links, &l->list);
	return 0;
}

/* Data comes with one of the names, usually the last. */
static int link_make(struct cpio *cpio)
{
	struct cpio_link *first = cpio->now.links > 1 ? link_find(cpio) : NULL;
	struct dentry *d;
	int err;

	if (!first) {
		return cpio->now.links > 1 ? link_remember(cpio) : 0;
	}
	err = path_lookup(NULL, first->name, PATH_NOFOLLOW, &d);
	if (!err) {
		(void)!vfs_unlink(NULL, cpio->name);
		err = vfs_link(d, NULL, cpio->name);
		dentry_unref(d);
	}
	return err;
}

static int regular_make(struct cpio *cpio)
{
	bool has_data = cpio->now.size > 0;
	unsigned flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_LARGEFILE | (has_data ? O_TRUNC : 0);
	int err = link_make(cpio);

	if (!err) {
		err = vfs_open(NULL, cpio->name, flags, 0600, &cpio->file);
	}
	if (err) {
		return failed(cpio, "make", err);
	}
	attributes_set(cpio->file->inode, &cpio->now);
	expect(cpio, state_data, cpio->now.size);
	return 0;
}

/* A folder may be there already: the archive's owner and mode then hold. */
static int other_make(struct cpio *cpio)
{
	const struct cpio_file *f = &cpio->now;
	int err;

	if (S_ISDIR(f->mode)) {
		err = vfs_mkdir(NULL, cpio->name, 0700);
		err = err == -EEXIST ? 0 : err;
	} else {
		(void)!vfs_unlink(NULL, cpio->name);
		err = vfs_mknod(
			NULL, cpio->name, f->mode, device_number(f->rdev_major, f->rdev_minor));
	}
	if (!err) {
		err = name_attributes_set(cpio);
	}
	if (err) {
		return failed(cpio, "make", err);
	}
	expect(cpio, state_data, f->size);
	return 0;
}

/* ---- states ---------------------------------------------------------------------------------- */

static int name_take(struct cpio *cpio)
{
	const char *name = cpio->collected;

	if (name[cpio->now.name_size - 1] || strlen(name) + 1 != cpio->now.name_size) {
		return wrong(cpio, "a name that does not end where it should");
	}
	while (*name == '/') {
		name++;
	}
	strlcpy(cpio->name, *name ? name : ".", sizeof(cpio->name));
	return 0;
}

static int state_name(struct cpio *cpio)
{
	int err = name_take(cpio);

	if (err) {
		return err;
	}
	if (!strcmp(cpio->name, trailer)) {
		expect(cpio, NULL, 0);
		cpio->is_done = true;
		return 0;
	}
	switch (cpio->now.mode & S_IFMT) {
	case S_IFREG:
		return regular_make(cpio);
	case S_IFLNK:
		if (cpio->now.size == 0 || cpio->now.size >= PATH_LEN_MAX) {
			return wrong(cpio, "a symlink whose target is empty or too long");
		}
		expect(cpio, state_target, cpio->now.size);
		return 0;
	case S_IFDIR:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		return other_make(cpio);
	default:
		return wrong(cpio, "a file of an unknown type");
	}
}

static int file_finish(struct cpio *cpio)
{
	if (cpio->file) {
		attributes_set(cpio->file->inode, &cpio->now); /* writing set the time */
		file_unref(cpio->file);
		cpio->file = NULL;
	}
	cpio->count++;
	expect(cpio, state_header, CPIO_HEADER_LEN);
	return 0;
}

static int state_data(struct cpio *cpio)
{
	return file_finish(cpio);
}

static int state_target(struct cpio *cpio)
{
	int err;

	cpio->collected[cpio->now.size] = '\0';
	if (strlen(cpio->collected) != cpio->now.size) {
		return wrong(cpio, "a symlink whose target holds a NUL");
	}
	(void)!vfs_unlink(NULL, cpio->name);
	err = vfs_symlink(NULL, cpio->name, cpio->collected);
	if (!err) {
		err = name_attributes_set(cpio);
	}
	return err ? failed(cpio, "make", err) : file_finish(cpio);
}

/* ---- bytes ------------------------------------------------------------------------------------- */

/* Data of a file that is not regular is skipped. */
static int bytes_take(struct cpio *cpio, const char *data, uint32_t len)
{
	long done;

	if (cpio->state != state_data) {
		memcpy(cpio->collected + cpio->collected_len, data, len);
		cpio->collected_len += len;
	} else if (cpio->file) {
		done = vfs_write(cpio->file, data, len, &cpio->file->pos);
		if (done != (long)len) {
			return failed(cpio, "write", done < 0 ? (int)done : -ENOSPC);
		}
	}
	cpio->needed -= len;
	cpio->offset += len;
	return 0;
}

long cpio_feed(struct cpio *cpio, const void *data, size_t len)
{
	size_t done = 0;
	int err = 0;

	while (!err && (cpio->padding || !cpio->is_done)) {
		uint32_t part = (uint32_t)MIN(len - done, cpio->padding);

		cpio->padding -= part;
		cpio->offset += part;
		done += part;
		part = (uint32_t)MIN(len - done, cpio->needed);
		if (part) {
			err = bytes_take(cpio, (const char *)data + done, part);
			done += part;
		}
		if (err || cpio->padding || cpio->needed) {
			break;
		}
		err = cpio->state ? cpio->state(cpio) : 0;
	}
	return err ? err : (long)done;
}

struct cpio *cpio_begin(void)
{
	struct cpio *cpio = heap_alloc(sizeof(*cpio));

	if (!cpio) {
		return NULL;
	}
	cpio->collected = heap_alloc(PATH_LEN_MAX + 1);
	if (!cpio->collected) {
		heap_free(cpio);
		return NULL;
	}
	list_init(&cpio->links);
	expect(cpio, state_header, CPIO_HEADER_LEN);
	return cpio;
}

int cpio_end(struct cpio *cpio)
{
	int err = cpio->is_done ? 0 : wrong(cpio, "the archive is cut short");

	file_unref(cpio->file);
	list_for_each_safe(node, &cpio->links) {
		list_remove(node);
		heap_free(list_entry(node, struct cpio_link, list));
	}
	heap_free(cpio->collected);
	heap_free(cpio);
	return err;
}
