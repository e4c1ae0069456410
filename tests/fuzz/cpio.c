/*
 * cpio.c - the programs' image, which whoever starts the domain chose.
 *
 * Fed in pieces of any size. Names and targets are strings of bounded length; what
 * is opened is closed; a file gets as many bytes as its header says, or an error ends it.
 */
#include "kernel/fs/cpio.c"

#include "shim.h"

static struct inode inode;
static struct file file;
static unsigned open_count;

static void name_check(const char *name)
{
	REQUIRE(strnlen(name, PATH_LEN_MAX) < PATH_LEN_MAX);
	REQUIRE(*name && *name != '/');
}

/* Some calls fail, as the input says. */
static int answer(void)
{
	return input_left() > 0 && input_u8() > 250 ? -ENOSPC : 0;
}

int inode_attr_set(struct inode *of, const struct inode_attr *attr, unsigned which)
{
	REQUIRE(of == &inode);
	return 0;
}

int path_lookup(struct dentry *base, const char *name, unsigned flags, struct dentry **found)
{
	name_check(name);
	*found = (struct dentry *)&inode;
	return answer();
}

struct inode *dentry_inode(struct dentry *dentry)
{
	REQUIRE(dentry == (struct dentry *)&inode);
	return &inode;
}

void dentry_unref(struct dentry *dentry)
{
	REQUIRE(dentry == (struct dentry *)&inode);
}

int vfs_unlink(struct dentry *base, const char *name)
{
	name_check(name);
	return 0;
}

int vfs_link(struct dentry *of, struct dentry *base, const char *name)
{
	name_check(name);
	return answer();
}

int vfs_mkdir(struct dentry *base, const char *name, uint32_t mode)
{
	name_check(name);
	return answer();
}

int vfs_mknod(struct dentry *base, const char *name, uint32_t mode, uint64_t device)
{
	name_check(name);
	return answer();
}

int vfs_symlink(struct dentry *base, const char *name, const char *target)
{
	name_check(name);
	REQUIRE(*target && strnlen(target, PATH_LEN_MAX) < PATH_LEN_MAX);
	return answer();
}

int vfs_open(
	struct dentry *base, const char *name, unsigned flags, uint32_t mode, struct file **opened)
{
	int err = answer();

	name_check(name);
	if (!err) {
		REQUIRE(open_count == 0);
		open_count++;
		file.inode = &inode;
		*opened = &file;
	}
	return err;
}

void file_unref(struct file *f)
{
	if (f) {
		REQUIRE(open_count == 1);
		open_count--;
	}
}

long vfs_write(struct file *f, const void *buf, size_t len, int64_t *pos)
{
	char copy[512];

	REQUIRE(open_count == 1 && len > 0);
	memcpy(copy, buf, MIN(len, sizeof(copy))); /* that much is there */
	return answer() ? -ENOSPC : (long)len;
}

/* The first quarter says how the calls end and how large the pieces are, the rest is the archive. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t at = size / 4;
	struct cpio *cpio = cpio_begin();
	long done = 0;

	input_set(data, at);
	while (at < size && done >= 0 && !cpio->is_done) {
		size_t piece = input_left() > 0 ? 1 + input_u8() : size - at;

		piece = MIN(piece, size - at);
		done = cpio_feed(cpio, data + at, piece);
		REQUIRE(done <= (long)piece);
		REQUIRE(done == (long)piece || done < 0 || cpio->is_done);
		at += done > 0 ? (size_t)done : 0;
	}
	(void)!cpio_end(cpio);
	REQUIRE(open_count == 0);
	return 0;
}
