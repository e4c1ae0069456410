/*
 * tmpfs_file.c - contents of tmpfs files: pages by index, holes where nothing was written.
 *
 * Invariants, under the inode's lock:
 *   T1  No page lies wholly beyond the end of the file.
 *   T2  What lies beyond the end in the last page is zero, or was written there by a
 *       mapping: so it is cleared (again) before the end moves up.
 */
#include <kernel/errno.h>
#include <kernel/string.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include "tmpfs.h"

/* A zeroed page for a hole: 0, -ENOSPC, -ENOMEM. */
static int page_make(struct inode *inode, uint64_t index, struct page **made)
{
	struct tmpfs *fs = tmpfs_of(inode);
	struct page *page;
	int err;

	if (READ_ONCE(fs->page_count) >= fs->page_max) {
		return -ENOSPC;
	}
	page = page_alloc(0);
	if (!page) {
		return -ENOMEM;
	}
	memset(page_address(page), 0, PAGE_SIZE);
	err = page_tree_set(&tmpfs_node(inode)->pages, index, page);
	if (err) {
		page_free(page, 0);
		return err;
	}
	__atomic_add_fetch(&fs->page_count, 1, __ATOMIC_RELAXED);
	*made = page;
	return 0;
}

static int page_find_or_make(struct inode *inode, uint64_t index, struct page **page)
{
	*page = page_tree_get(&tmpfs_node(inode)->pages, index);
	return *page ? 0 : page_make(inode, index, page);
}

static void pages_drop(struct inode *inode, uint64_t from, uint64_t to)
{
	unsigned long dropped = page_tree_drop(&tmpfs_node(inode)->pages, from, to);

	__atomic_sub_fetch(&tmpfs_of(inode)->page_count, dropped, __ATOMIC_RELAXED);
}

/* T2 */
static void tail_clear(struct inode *inode, int64_t size)
{
	size_t used = (size_t)size % PAGE_SIZE;
	struct page *page = page_tree_get(&tmpfs_node(inode)->pages, (uint64_t)size >> PAGE_SHIFT);

	if (used && page) {
		memset((char *)page_address(page) + used, 0, PAGE_SIZE - used);
	}
}

/* ---- reading and writing ---------------------------------------------------------------- */

static void read_page(struct inode *inode, char *buf, int64_t pos, size_t len)
{
	struct page *page = page_tree_get(&tmpfs_node(inode)->pages, (uint64_t)pos >> PAGE_SHIFT);

	if (page) {
		memcpy(buf, (char *)page_address(page) + pos % (int64_t)PAGE_SIZE, len);
	} else {
		memset(buf, 0, len);
	}
}

/* How much of [pos, pos + len) lies in the page of `pos`. */
static size_t within_page(int64_t pos, size_t len)
{
	return MIN(len, PAGE_SIZE - (size_t)pos % PAGE_SIZE);
}

static long file_read(struct file *file, void *buf, size_t len, int64_t *pos)
{
	struct inode *inode = file->inode;
	size_t done = 0;

	mutex_lock(&inode->lock);
	if (*pos >= inode->size) {
		len = 0;
	}
	len = MIN(len, (uint64_t)(inode->size - *pos));
	while (done < len) {
		size_t part = within_page(*pos, len - done);

		read_page(inode, (char *)buf + done, *pos, part);
		done += part;
		*pos += (int64_t)part;
	}
	if (!(file->flags & O_NOATIME)) {
		inode_touch(inode, ATTR_ATIME);
	}
	mutex_unlock(&inode->lock);
	return (long)done;
}

/* What seals say to a write that ends there. */
static int write_check(struct inode *inode, int64_t end)
{
	unsigned seals = tmpfs_node(inode)->seals;

	if (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) {
		return -EPERM;
	}
	return seals & F_SEAL_GROW && end > inode->size ? -EPERM : 0;
}

static long write_locked(struct inode *inode, const char *buf, size_t len, int64_t *pos)
{
	size_t done = 0;

	if (*pos > inode->size) {
		tail_clear(inode, inode->size);
	}
	while (done < len) {
		size_t part = within_page(*pos, len - done);
		int err = write_check(inode, *pos + (int64_t)part);
		struct page *page;

		if (!err) {
			err = page_find_or_make(inode, (uint64_t)*pos >> PAGE_SHIFT, &page);
		}
		if (err) {
			return done ? (long)done : err;
		}
		memcpy((char *)page_address(page) + *pos % (int64_t)PAGE_SIZE, buf + done, part);
		done += part;
		*pos += (int64_t)part;
		inode->size = MAX(inode->size, *pos);
	}
	return (long)done;
}

static long file_write(struct file *file, const void *buf, size_t len, int64_t *pos)
{
	struct inode *inode = file->inode;
	int64_t end;
	long done;

	mutex_lock(&inode->lock);
	if (file->flags & O_APPEND) {
		*pos = inode->size;
	}
	if (__builtin_add_overflow(*pos, (int64_t)len, &end)) {
		done = -EFBIG;
	} else {
		done = write_locked(inode, buf, len, pos);
	}
	if (done > 0) {
		inode_privileges_drop(inode);
		inode_touch(inode, ATTR_MTIME);
	}
	mutex_unlock(&inode->lock);
	return done;
}

/* ---- size ---------------------------------------------------------------------------------- */

static void size_set(struct inode *inode, int64_t size)
{
	if (size < inode->size) {
		pages_drop(inode, DIV_ROUND_UP((uint64_t)size, PAGE_SIZE), UINT64_MAX);
		inode->size = size;
	}
	tail_clear(inode, inode->size);
	inode->size = size;
}

static int file_setattr(struct inode *inode, const struct inode_attr *attr, unsigned which)
{
	unsigned seals = tmpfs_node(inode)->seals;

	if (which & ATTR_SIZE) {
		if ((seals & F_SEAL_SHRINK && attr->size < inode->size) ||
			(seals & F_SEAL_GROW && attr->size > inode->size)) {
			return -EPERM;
		}
		size_set(inode, attr->size);
		inode_privileges_drop(inode);
	}
	return 0;
}

static void range_clear(struct inode *inode, int64_t start, int64_t end)
{
	while (start < end) {
		size_t len = within_page(start, (size_t)MIN(end - start, (int64_t)PAGE_SIZE));
		struct page *page =
			page_tree_get(&tmpfs_node(inode)->pages, (uint64_t)start >> PAGE_SHIFT);

		if (page) {
			memset((char *)page_address(page) + start % (int64_t)PAGE_SIZE, 0, len);
		}
		start += (int64_t)len;
	}
}

static int file_punch(struct inode *inode, int64_t start, int64_t end)
{
	uint64_t first = DIV_ROUND_UP((uint64_t)start, PAGE_SIZE);
	uint64_t behind = (uint64_t)end >> PAGE_SHIFT;

	if (tmpfs_node(inode)->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) {
		return -EPERM;
	}
	if (end == inode->size) {
		behind = DIV_ROUND_UP((uint64_t)end, PAGE_SIZE);
	}
	range_clear(inode, start, end);
	if (first < behind) {
		pages_drop(inode, first, behind - 1);
	}
	return 0;
}

static void file_getattr(struct inode *inode, struct inode_attr *attr)
{
	attr->blocks = READ_ONCE(tmpfs_node(inode)->pages.count) * (PAGE_SIZE / 512);
}

/* ---- holes --------------------------------------------------------------------------------- */

static int64_t data_from(struct inode *inode, int64_t pos)
{
	uint64_t index = page_tree_next(&tmpfs_node(inode)->pages, (uint64_t)pos >> PAGE_SHIFT);
	int64_t found = index >> (63 - PAGE_SHIFT) ? INT64_MAX : (int64_t)(index << PAGE_SHIFT);

	return found >= inode->size ? -ENXIO : MAX(found, pos);
}

static int64_t hole_from(struct inode *inode, int64_t pos)
{
	while (pos < inode->size &&
		page_tree_get(&tmpfs_node(inode)->pages, (uint64_t)pos >> PAGE_SHIFT)) {
		pos = (pos | (int64_t)(PAGE_SIZE - 1)) + 1;
	}
	return MIN(pos, inode->size);
}

static int64_t seek(struct file *file, int64_t offset, int whence)
{
	struct inode *inode = file->inode;
	int64_t pos;

	mutex_lock(&inode->lock);
	pos = file_seek_within(file, offset, whence, inode->size);
	if (pos >= 0 && whence == LINUX_SEEK_DATA) {
		pos = data_from(inode, offset);
	} else if (pos >= 0 && whence == LINUX_SEEK_HOLE) {
		pos = hole_from(inode, offset);
	}
	mutex_unlock(&inode->lock);
	return pos;
}

/* ---- mappings -------------------------------------------------------------------------------- */

static struct tmpfs_node *node_of(struct vm_object *object)
{
	return container_of(object, struct tmpfs_node, object);
}

static int object_page_get(struct vm_object *object, uint64_t index, struct page **page)
{
	struct inode *inode = &node_of(object)->inode;
	int err = -ENXIO;

	mutex_lock(&inode->lock);
	if (index < DIV_ROUND_UP((uint64_t)inode->size, PAGE_SIZE)) {
		err = page_find_or_make(inode, index, page);
	}
	if (!err) {
		page_ref(*page);
	}
	mutex_unlock(&inode->lock);
	return err;
}

static struct page *object_page_peek(struct vm_object *object, uint64_t index)
{
	struct inode *inode = &node_of(object)->inode;
	struct page *page = NULL;

	mutex_lock(&inode->lock);
	if (index < DIV_ROUND_UP((uint64_t)inode->size, PAGE_SIZE)) {
		page = page_tree_get(&tmpfs_node(inode)->pages, index);
	}
	if (page) {
		page_ref(page);
	}
	mutex_unlock(&inode->lock);
	return page;
}

static bool object_has_page(struct vm_object *object, uint64_t index, const struct page *page)
{
	struct inode *inode = &node_of(object)->inode;
	bool is_there;

	mutex_lock(&inode->lock);
	is_there = page_tree_get(&tmpfs_node(inode)->pages, index) == page;
	mutex_unlock(&inode->lock);
	return is_there;
}

static void object_page_dirty(struct vm_object *object, uint64_t index)
{
	inode_touch(&node_of(object)->inode, ATTR_MTIME);
}

static void object_release(struct vm_object *object)
{
	inode_unref(&node_of(object)->inode);
}

const struct vm_object_ops tmpfs_object_ops = {
	.page_get = object_page_get,
	.page_peek = object_page_peek,
	.page_dirty = object_page_dirty,
	.has_page = object_has_page,
	.release = object_release,
};

/* The first reference of the object takes one of the inode, which release() gives back. */
static int map(struct file *file, struct vm_object **object)
{
	*object = &tmpfs_node(file->inode)->object;
	if (__atomic_fetch_add(&(*object)->refs, 1, __ATOMIC_ACQ_REL) == 0) {
		inode_ref(file->inode);
	}
	return 0;
}

static int sync(struct file *file)
{
	return 0;
}

const struct inode_ops tmpfs_file_ops = {
	.getattr = file_getattr,
	.setattr = file_setattr,
	.punch = file_punch,
	.release = tmpfs_release,
};

const struct file_ops tmpfs_file_file_ops = {
	.read = file_read,
	.write = file_write,
	.map = map,
	.seek = seek,
	.sync = sync,
};
