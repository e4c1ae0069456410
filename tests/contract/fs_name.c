/* fs_name.c - names: making, finding, removing, moving them. */
#include "fs.h"

static int mkdir(const char *path)
{
	return vfs_mkdir(NULL, path, 0755);
}

static int symlink(const char *target, const char *path)
{
	return vfs_symlink(NULL, path, target);
}

static int rename(const char *from, const char *to)
{
	return vfs_rename(NULL, from, NULL, to, 0);
}

static int unlink(const char *path)
{
	return vfs_unlink(NULL, path);
}

static int rmdir(const char *path)
{
	return vfs_rmdir(NULL, path);
}

static int link(const char *from, const char *to)
{
	struct dentry *d;
	int err = path_lookup(NULL, from, PATH_NOFOLLOW, &d);

	if (!err) {
		err = vfs_link(d, NULL, to);
		dentry_unref(d);
	}
	return err;
}

static int lookup(const char *path, unsigned flags)
{
	struct dentry *d;
	int err = path_lookup(NULL, path, flags, &d);

	if (!err) {
		dentry_unref(d);
	}
	return err;
}

FS_KTEST(fs_make_and_find)
{
	KTEST_EXPECT(lookup("/ktest/a", 0) == -ENOENT);
	KTEST_EXPECT(!mkdir("/ktest/a") && mkdir("/ktest/a") == -EEXIST);
	KTEST_EXPECT(!mkdir("/ktest/a/b/") && mkdir("/ktest/none/b") == -ENOENT);
	KTEST_EXPECT(fs_write("/ktest/a/b/file", "hello"));
	KTEST_EXPECT(fs_holds("/ktest/a/b/file", "hello"));
	KTEST_EXPECT(fs_holds("//ktest/./a//b/../b/file", "hello"));
	KTEST_EXPECT(lookup("/ktest/a/b/file/", 0) == -ENOTDIR);
	KTEST_EXPECT(lookup("/ktest/a/b/file/x", 0) == -ENOTDIR);
	KTEST_EXPECT(lookup("/ktest/a/b/file", PATH_DIRECTORY) == -ENOTDIR);
	KTEST_EXPECT(lookup("", 0) == -ENOENT && !lookup("", PATH_EMPTY_OK));
	KTEST_EXPECT(mkdir("/ktest/a/b/file/x") == -ENOTDIR);
	KTEST_EXPECT(mkdir("/") == -EEXIST && mkdir("/ktest/a/.") == -EEXIST);
}

FS_KTEST(fs_name_lengths)
{
	static char path[PATH_LEN_MAX];

	memset(path, 'n', sizeof(path));
	memcpy(path, "/ktest/", 7);
	path[7 + NAME_LEN_MAX] = '\0';
	KTEST_EXPECT(!mkdir(path) && !lookup(path, 0));
	path[7 + NAME_LEN_MAX] = 'n';
	path[7 + NAME_LEN_MAX + 1] = '\0';
	KTEST_EXPECT(mkdir(path) == -ENAMETOOLONG);
	for (size_t i = 7; i < sizeof(path); i++) {
		path[i] = i % 2 ? '.' : '/';
	}
	path[PATH_LEN_MAX - 1] = '\0';
	KTEST_EXPECT(!lookup(path, 0));
}

FS_KTEST(fs_remove)
{
	KTEST_REQUIRE(!mkdir("/ktest/d") && fs_write("/ktest/d/f", "x"));
	KTEST_EXPECT(unlink("/ktest/none") == -ENOENT && rmdir("/ktest/none") == -ENOENT);
	KTEST_EXPECT(unlink("/ktest/d") == -EISDIR && rmdir("/ktest/d/f") == -ENOTDIR);
	KTEST_EXPECT(unlink("/ktest/d/f/") == -ENOTDIR && unlink("/ktest/d/") == -EISDIR);
	KTEST_EXPECT(rmdir("/ktest/d") == -ENOTEMPTY && rmdir("/ktest/d/.") == -EINVAL);
	KTEST_EXPECT(rmdir("/ktest/d/..") == -ENOTEMPTY && rmdir("/") == -EBUSY);
	KTEST_EXPECT(rmdir("/ktest") == -EBUSY && unlink("/ktest/..") == -EISDIR);
	KTEST_EXPECT(!unlink("/ktest/d/f") && lookup("/ktest/d/f", 0) == -ENOENT);
	KTEST_EXPECT(!rmdir("/ktest/d/") && lookup("/ktest/d", 0) == -ENOENT);
}

/* It lives on for who has it open; its name is free again. */
FS_KTEST(fs_remove_while_open)
{
	struct file *file;
	char buf[8];

	KTEST_REQUIRE(fs_write("/ktest/f", "old"));
	file = fs_open("/ktest/f", O_RDONLY);
	KTEST_REQUIRE(file);
	KTEST_EXPECT(!unlink("/ktest/f") && fs_write("/ktest/f", "new"));
	KTEST_EXPECT(vfs_read(file, buf, sizeof(buf), &file->pos) == 3 && !memcmp(buf, "old", 3));
	KTEST_EXPECT(file->inode->links == 0 && path_of(file->dentry, buf, sizeof(buf)) == -ENOENT);
	KTEST_EXPECT(fs_holds("/ktest/f", "new"));
	file_unref(file);
}

FS_KTEST(fs_removed_folder)
{
	struct dentry *d;

	KTEST_REQUIRE(!mkdir("/ktest/d") && !path_lookup(NULL, "/ktest/d", 0, &d));
	KTEST_EXPECT(!rmdir("/ktest/d"));
	KTEST_EXPECT(vfs_mkdir(d, "x", 0755) == -ENOENT);
	KTEST_EXPECT(!mkdir("/ktest/d") && lookup("/ktest/d/x", 0) == -ENOENT);
	dentry_unref(d);
}

/* ---- symlinks ---------------------------------------------------------------------- */

FS_KTEST(fs_symlinks)
{
	KTEST_REQUIRE(!mkdir("/ktest/d") && fs_write("/ktest/d/f", "text"));
	KTEST_EXPECT(!symlink("d/f", "/ktest/relative") && !symlink("/ktest/d", "/ktest/absolute"));
	KTEST_EXPECT(!symlink("../d//./f", "/ktest/d/up") && !symlink("/", "/ktest/root"));
	KTEST_EXPECT(!symlink("d/", "/ktest/slash") && !symlink("none", "/ktest/dangling"));
	KTEST_EXPECT(fs_holds("/ktest/relative", "text") && fs_holds("/ktest/absolute/f", "text"));
	KTEST_EXPECT(fs_holds("/ktest/absolute/up", "text"));
	KTEST_EXPECT(fs_holds("/ktest/root/ktest/root/ktest/slash/f", "text"));
	KTEST_EXPECT(lookup("/ktest/relative/", 0) == -ENOTDIR && !lookup("/ktest/slash/", 0));
	KTEST_EXPECT(lookup("/ktest/dangling", 0) == -ENOENT);
	KTEST_EXPECT(!lookup("/ktest/dangling", PATH_NOFOLLOW));
	KTEST_EXPECT(S_ISLNK(fs_attr("/ktest/absolute", PATH_NOFOLLOW).mode));
	KTEST_EXPECT(S_ISDIR(fs_attr("/ktest/absolute/", PATH_NOFOLLOW).mode));
	KTEST_EXPECT(fs_attr("/ktest/relative", PATH_NOFOLLOW).size == 3);
	KTEST_EXPECT(symlink("", "/ktest/empty") == -ENOENT && symlink("x", "/ktest/d") == -EEXIST);
	KTEST_EXPECT(mkdir("/ktest/dangling") == -EEXIST && rmdir("/ktest/absolute") == -ENOTDIR);
	KTEST_EXPECT(!unlink("/ktest/absolute") && fs_holds("/ktest/d/f", "text"));
}

static void number_name(char *path, size_t size, unsigned n)
{
	const char digits[] = { (char)('a' + n / 10), (char)('a' + n % 10), '\0' };

	strlcpy(path, "/ktest/", size);
	strlcpy(path + 7, digits, size - 7);
}

/* Forty in one path, and no more. */
FS_KTEST(fs_symlink_chain)
{
	char path[16], target[16];

	KTEST_REQUIRE(fs_write("/ktest/aa", "end"));
	for (unsigned i = 1; i <= 41; i++) {
		number_name(target, sizeof(target), i - 1);
		number_name(path, sizeof(path), i);
		KTEST_REQUIRE(!symlink(target, path));
	}
	number_name(path, sizeof(path), 40);
	KTEST_EXPECT(fs_holds(path, "end"));
	number_name(path, sizeof(path), 41);
	KTEST_EXPECT(lookup(path, 0) == -ELOOP && !lookup(path, PATH_NOFOLLOW));
	KTEST_EXPECT(!symlink("self", "/ktest/self") && lookup("/ktest/self", 0) == -ELOOP);
	KTEST_EXPECT(!symlink("loop/loop", "/ktest/loop") && lookup("/ktest/loop/x", 0) == -ELOOP);
}

/* ---- opening ------------------------------------------------------------------------ */

FS_KTEST(fs_open_flags)
{
	KTEST_REQUIRE(!mkdir("/ktest/d") && fs_write("/ktest/f", "text"));
	KTEST_REQUIRE(!symlink("f", "/ktest/link") && !symlink("new", "/ktest/dangling"));
	KTEST_EXPECT(fs_try_open("/ktest/none", O_RDONLY) == -ENOENT);
	KTEST_EXPECT(fs_try_open("/ktest/f", O_RDWR | O_CREAT | O_EXCL) == -EEXIST);
	KTEST_EXPECT(fs_try_open("/ktest/link", O_RDWR | O_CREAT | O_EXCL) == -EEXIST);
	KTEST_EXPECT(fs_try_open("/ktest/dangling", O_RDWR | O_CREAT | O_EXCL) == -EEXIST);
	KTEST_EXPECT(fs_try_open("/ktest/link", O_RDONLY | O_NOFOLLOW) == -ELOOP);
	KTEST_EXPECT(!fs_try_open("/ktest/link", O_PATH | O_NOFOLLOW));
	KTEST_EXPECT(fs_try_open("/ktest/f", O_RDONLY | O_DIRECTORY) == -ENOTDIR);
	KTEST_EXPECT(fs_try_open("/ktest/f/", O_RDONLY) == -ENOTDIR);
	KTEST_EXPECT(fs_try_open("/ktest/d", O_WRONLY) == -EISDIR);
	KTEST_EXPECT(fs_try_open("/ktest/d", O_RDONLY | O_CREAT) == -EISDIR);
	KTEST_EXPECT(fs_try_open("/ktest/new/", O_WRONLY | O_CREAT) == -EISDIR);
	KTEST_EXPECT(!fs_try_open("/ktest/d", O_RDONLY | O_DIRECTORY));
	KTEST_EXPECT(
		!fs_try_open("/ktest/dangling", O_WRONLY | O_CREAT) && fs_exists("/ktest/new"));
	KTEST_EXPECT(!fs_try_open("/ktest/f", O_WRONLY | O_TRUNC) && fs_holds("/ktest/f", ""));
	KTEST_EXPECT(fs_try_open("/ktest", O_CREAT | O_DIRECTORY | O_RDWR) == -EINVAL);
}

FS_KTEST(fs_open_nameless)
{
	struct file *file = fs_open("/ktest", O_RDWR | O_TMPFILE);

	KTEST_REQUIRE(file);
	KTEST_EXPECT(vfs_write(file, "x", 1, &file->pos) == 1 && file->inode->links == 0);
	KTEST_EXPECT(fs_attr("/ktest", 0).size == 40);
	file_unref(file);
	KTEST_EXPECT(fs_try_open("/ktest", O_RDONLY | O_TMPFILE) == -EINVAL);
}

/* ---- links ---------------------------------------------------------------------------- */

FS_KTEST(fs_hard_links)
{
	KTEST_REQUIRE(!mkdir("/ktest/d") && fs_write("/ktest/f", "one"));
	KTEST_EXPECT(!link("/ktest/f", "/ktest/d/g") && fs_attr("/ktest/f", 0).links == 2);
	KTEST_EXPECT(fs_write("/ktest/d/g", "two") && fs_holds("/ktest/f", "two"));
	KTEST_EXPECT(link("/ktest/f", "/ktest/d/g") == -EEXIST);
	KTEST_EXPECT(link("/ktest/d", "/ktest/e") == -EPERM && link("/ktest/f", "/x") == -EXDEV);
	KTEST_EXPECT(link("/ktest/f", "/ktest/h/") == -ENOENT);
	KTEST_EXPECT(fs_attr("/ktest/f", 0).number == fs_attr("/ktest/d/g", 0).number);
	KTEST_EXPECT(!unlink("/ktest/f") && fs_attr("/ktest/d/g", 0).links == 1);
	KTEST_EXPECT(fs_holds("/ktest/d/g", "two"));
}

FS_KTEST(fs_folder_links)
{
	KTEST_EXPECT(fs_attr("/ktest", 0).links == 2);
	KTEST_EXPECT(!mkdir("/ktest/a") && !mkdir("/ktest/b") && fs_attr("/ktest", 0).links == 4);
	KTEST_EXPECT(!rename("/ktest/a", "/ktest/b/a"));
	KTEST_EXPECT(fs_attr("/ktest", 0).links == 3 && fs_attr("/ktest/b", 0).links == 3);
	KTEST_EXPECT(!rmdir("/ktest/b/a") && fs_attr("/ktest/b", 0).links == 2);
}

/* ---- renaming ---------------------------------------------------------------------------- */

FS_KTEST(fs_rename_files)
{
	KTEST_REQUIRE(!mkdir("/ktest/d") && fs_write("/ktest/a", "a") && fs_write("/ktest/b", "b"));
	KTEST_EXPECT(lookup("/ktest/d/a", 0) == -ENOENT); /* known not to exist */
	KTEST_EXPECT(!rename("/ktest/a", "/ktest/d/a") && fs_holds("/ktest/d/a", "a"));
	KTEST_EXPECT(!fs_exists("/ktest/a") && rename("/ktest/a", "/ktest/x") == -ENOENT);
	KTEST_EXPECT(!rename("/ktest/d/a", "/ktest/b") && fs_holds("/ktest/b", "a"));
	KTEST_EXPECT(!rename("/ktest/b", "/ktest/b") && fs_holds("/ktest/b", "a"));
	KTEST_EXPECT(rename("/ktest/b", "/ktest/d") == -EISDIR);
	KTEST_EXPECT(rename("/ktest/d", "/ktest/b") == -ENOTDIR);
	KTEST_EXPECT(rename("/ktest/b", "/ktest/c/") == -ENOTDIR);
	KTEST_EXPECT(rename("/ktest/b", "/b") == -EXDEV && rename("/ktest/d/.", "/x") == -EBUSY);
	KTEST_EXPECT(vfs_rename(NULL, "/ktest/b", NULL, "/ktest/d", RENAME_NOREPLACE) == -EEXIST);
	KTEST_EXPECT(vfs_rename(NULL, "/ktest/b", NULL, "/ktest/c", 0x80) == -EINVAL);
}

FS_KTEST(fs_rename_of_one_file)
{
	KTEST_REQUIRE(fs_write("/ktest/a", "a") && !link("/ktest/a", "/ktest/b"));
	KTEST_EXPECT(!rename("/ktest/a", "/ktest/b"));
	KTEST_EXPECT(fs_exists("/ktest/a") && fs_exists("/ktest/b"));
}

FS_KTEST(fs_rename_folders)
{
	KTEST_REQUIRE(!mkdir("/ktest/a") && !mkdir("/ktest/a/b") && !mkdir("/ktest/a/b/c"));
	KTEST_REQUIRE(!mkdir("/ktest/empty") && fs_write("/ktest/a/b/f", "f"));
	KTEST_EXPECT(rename("/ktest/a", "/ktest/a/b/x") == -EINVAL);
	KTEST_EXPECT(rename("/ktest/a", "/ktest/a/x") == -EINVAL);
	KTEST_EXPECT(rename("/ktest/a/b/c", "/ktest/a") == -ENOTEMPTY);
	KTEST_EXPECT(rename("/ktest/empty", "/ktest/a/b") == -ENOTEMPTY);
	KTEST_EXPECT(!rename("/ktest/a/b", "/ktest/empty") && fs_holds("/ktest/empty/f", "f"));
	KTEST_EXPECT(!lookup("/ktest/empty/c/../../a", 0) && !rename("/ktest/empty/", "/ktest/z/"));
	KTEST_EXPECT(fs_holds("/ktest/z/c/../f", "f"));
}

/* Paths as getcwd() tells them, also after a folder above has moved. */
FS_KTEST(fs_path_of)
{
	char buf[64];
	struct dentry *d;

	KTEST_REQUIRE(!mkdir("/ktest/a") && !mkdir("/ktest/a/b"));
	KTEST_REQUIRE(!path_lookup(NULL, "/ktest/a/b", 0, &d));
	KTEST_EXPECT(path_of(d, buf, sizeof(buf)) == 10 && !strcmp(buf, "/ktest/a/b"));
	KTEST_EXPECT(path_of(d, buf, 11) == 10 && path_of(d, buf, 10) == -ERANGE);
	KTEST_EXPECT(!rename("/ktest/a", "/ktest/moved"));
	KTEST_EXPECT(path_of(d, buf, sizeof(buf)) == 14 && !strcmp(buf, "/ktest/moved/b"));
	KTEST_EXPECT(path_of(vfs_root, buf, 2) == 1 && !strcmp(buf, "/"));
	KTEST_EXPECT(!rmdir("/ktest/moved/b") && path_of(d, buf, sizeof(buf)) == -ENOENT);
	dentry_unref(d);
}

/* ---- mounts ---------------------------------------------------------------------------------- */

static int mount_at(const char *path)
{
	struct dentry *at;
	int err = path_lookup(NULL, path, 0, &at);

	if (!err) {
		err = vfs_mount("inner", at, "tmpfs", 0);
		dentry_unref(at);
	}
	return err;
}

static int unmount(const char *path, bool lazily)
{
	struct dentry *root;
	int err = path_lookup(NULL, path, 0, &root);

	if (!err) {
		err = vfs_unmount(root, lazily);
		dentry_unref(root);
	}
	return err;
}

FS_KTEST(fs_mounts)
{
	struct file *file;

	KTEST_REQUIRE(!mkdir("/ktest/m") && fs_write("/ktest/m/hidden", "below") &&
		fs_write("/ktest/f", "f"));
	KTEST_EXPECT(mount_at("/ktest/f") == -ENOTDIR && unmount("/ktest/m", false) == -EINVAL);
	KTEST_REQUIRE(!mount_at("/ktest/m"));
	KTEST_EXPECT(!fs_exists("/ktest/m/hidden") && fs_write("/ktest/m/g", "inner"));
	KTEST_EXPECT(fs_holds("/ktest/m/../f", "f") && fs_holds("/ktest/m/../m/g", "inner"));
	KTEST_EXPECT(fs_attr("/ktest/m", 0).device != fs_attr("/ktest", 0).device);
	KTEST_EXPECT(rename("/ktest/f", "/ktest/m/f") == -EXDEV && rmdir("/ktest/m") == -EBUSY);
	KTEST_EXPECT(
		rename("/ktest/m", "/ktest/n") == -EBUSY && unmount("/ktest", false) == -EBUSY);
	file = fs_open("/ktest/m/g", O_RDONLY);
	KTEST_EXPECT(unmount("/ktest/m", false) == -EBUSY);
	file_unref(file);
	KTEST_EXPECT(!unmount("/ktest/m", false) && fs_holds("/ktest/m/hidden", "below"));
}

FS_KTEST(fs_mount_stack_and_lazy)
{
	struct file *file;
	char c;

	KTEST_REQUIRE(!mkdir("/ktest/m") && !mount_at("/ktest/m") && fs_write("/ktest/m/1", "1"));
	KTEST_REQUIRE(!mount_at("/ktest/m") && !fs_exists("/ktest/m/1"));
	KTEST_EXPECT(fs_write("/ktest/m/2", "2"));
	file = fs_open("/ktest/m/2", O_RDONLY);
	KTEST_EXPECT(!unmount("/ktest/m", true) && fs_holds("/ktest/m/1", "1"));
	KTEST_EXPECT(vfs_read(file, &c, 1, &file->pos) == 1 && c == '2');
	file_unref(file);
	KTEST_EXPECT(!unmount("/ktest/m", false));
}
