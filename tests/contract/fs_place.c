/* fs_place.c - what the tests of files share: see fs.h. */
#include "fs.h"

static struct dentry *place;

static bool tree_is_there(void)
{
	static bool was_tried;
	int err = 0;

	if (!vfs_root && !was_tried) {
		was_tried = true;
		err = vfs_init();
	}
	if (!vfs_root || err) {
		ktest_verdict(KTEST_ERROR, "no root file system: %s", errno_name(err));
	}
	return vfs_root && !err;
}

static bool place_mount(void)
{
	struct dentry *at;
	int err = vfs_mkdir(NULL, "/ktest", 0755);

	if (!err || err == -EEXIST) {
		err = path_lookup(NULL, "/ktest", 0, &at);
	}
	if (!err) {
		err = vfs_mount("ktest", at, "tmpfs", 0);
		dentry_unref(at);
	}
	if (err) {
		ktest_verdict(KTEST_ERROR, "no place for files: %s", errno_name(err));
	}
	return !err;
}

bool fs_begin(void)
{
	return tree_is_there() && place_mount() && !path_lookup(NULL, "/ktest", 0, &place);
}

void fs_end(void)
{
	int err = vfs_unmount(place, false);

	if (err) {
		ktest_verdict(KTEST_FAILURE, "unmounting the place: %s", errno_name(err));
		(void)!vfs_unmount(place, true);
	}
	dentry_unref(place);
}

int fs_try_open(const char *path, unsigned flags)
{
	struct file *file;
	int err = vfs_open(NULL, path, flags | O_LARGEFILE, 0644, &file);

	if (!err) {
		file_unref(file);
	}
	return err;
}

struct file *fs_open(const char *path, unsigned flags)
{
	struct file *file;
	int err = vfs_open(NULL, path, flags | O_LARGEFILE, 0644, &file);

	if (err) {
		ktest_verdict(KTEST_FAILURE, "open %s: %s", path, errno_name(err));
		return NULL;
	}
	return file;
}

bool fs_write(const char *path, const char *text)
{
	struct file *file = fs_open(path, O_WRONLY | O_CREAT | O_TRUNC);
	long done;

	if (!file) {
		return false;
	}
	done = vfs_write(file, text, strlen(text), &file->pos);
	file_unref(file);
	return done == (long)strlen(text);
}

bool fs_holds(const char *path, const char *text)
{
	char buf[128];
	struct file *file = fs_open(path, O_RDONLY);
	long len;

	if (!file) {
		return false;
	}
	len = vfs_read(file, buf, sizeof(buf), &file->pos);
	file_unref(file);
	return len == (long)strlen(text) && !memcmp(buf, text, (size_t)len);
}

bool fs_exists(const char *path)
{
	struct dentry *d;

	if (path_lookup(NULL, path, PATH_NOFOLLOW, &d)) {
		return false;
	}
	dentry_unref(d);
	return true;
}

struct inode_attr fs_attr(const char *path, unsigned flags)
{
	struct inode_attr attr = { 0 };
	struct dentry *d;

	if (!path_lookup(NULL, path, flags, &d)) {
		inode_attr_get(dentry_inode(d), &attr);
		dentry_unref(d);
	}
	return attr;
}
