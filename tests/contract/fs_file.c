/* fs_file.c - contents of files, and descriptors. */
#include "fs.h"
#include <kernel/log.h>
#include "memory.h"

FS_KTEST(fs_read_and_write)
{
	struct file *file = fs_open("/ktest/f", O_RDWR | O_CREAT);
	char buf[16];

	KTEST_REQUIRE(file);
	KTEST_EXPECT(vfs_write(file, "hello world", 11, &file->pos) == 11 && file->pos == 11);
	KTEST_EXPECT(file_seek(file, 6, LINUX_SEEK_SET) == 6);
	KTEST_EXPECT(vfs_read(file, buf, sizeof(buf), &file->pos) == 5 && !memcmp(buf, "world", 5));
	KTEST_EXPECT(vfs_read(file, buf, sizeof(buf), &file->pos) == 0);
	KTEST_EXPECT(file_seek(file, -3, LINUX_SEEK_END) == 8);
	KTEST_EXPECT(file_seek(file, -3, LINUX_SEEK_CUR) == 5);
	KTEST_EXPECT(file_seek(file, -6, LINUX_SEEK_CUR) == -EINVAL && file->pos == 5);
	KTEST_EXPECT(file_seek(file, 0, 77) == -EINVAL);
	KTEST_EXPECT(file_seek(file, INT64_MAX, LINUX_SEEK_CUR) == -EOVERFLOW);
	file_unref(file);
	file = fs_open("/ktest/f", O_RDONLY);
	KTEST_EXPECT(vfs_write(file, "x", 1, &file->pos) == -EBADF);
	file_unref(file);
	file = fs_open("/ktest/f", O_WRONLY | O_APPEND);
	KTEST_EXPECT(vfs_read(file, buf, 1, &file->pos) == -EBADF);
	KTEST_EXPECT(
		vfs_write(file, "!", 1, &file->pos) == 1 && fs_holds("/ktest/f", "hello world!"));
	file_unref(file);
	file = fs_open("/ktest", O_RDONLY);
	KTEST_EXPECT(vfs_read(file, buf, 1, &file->pos) == -EISDIR);
	file_unref(file);
}

#define FAR (INT64_C(1) << 42)

/* Holes cost nothing, read as zeros, and the end is where the last byte is. */
FS_KTEST(fs_sparse)
{
	struct file *file = fs_open("/ktest/f", O_RDWR | O_CREAT);
	int64_t pos = FAR + 5;
	char buf[8] = "xxxxxxx";

	KTEST_REQUIRE(file);
	KTEST_EXPECT(vfs_write(file, "end", 3, &pos) == 3 && file->inode->size == FAR + 8);
	KTEST_EXPECT(fs_attr("/ktest/f", 0).blocks == PAGE_SIZE / 512);
	pos = FAR;
	KTEST_EXPECT(vfs_read(file, buf, 8, &pos) == 8 && !memcmp(buf, "\0\0\0\0\0end", 8));
	KTEST_EXPECT(file_seek(file, 0, LINUX_SEEK_DATA) == FAR);
	KTEST_EXPECT(file_seek(file, 0, LINUX_SEEK_HOLE) == 0);
	KTEST_EXPECT(file_seek(file, FAR, LINUX_SEEK_HOLE) == FAR + 8);
	KTEST_EXPECT(file_seek(file, FAR + 8, LINUX_SEEK_DATA) == -ENXIO);
	pos = INT64_MAX - 1;
	KTEST_EXPECT(vfs_write(file, "end", 3, &pos) == -EFBIG);
	file_unref(file);
}

FS_KTEST(fs_truncate)
{
	struct file *file = fs_open("/ktest/f", O_RDWR | O_CREAT);
	int64_t pos = 0;
	char buf[8];

	KTEST_REQUIRE(file);
	KTEST_EXPECT(vfs_write(file, "abcdefgh", 8, &pos) == 8);
	KTEST_EXPECT(!vfs_truncate(file->inode, 3) && fs_holds("/ktest/f", "abc"));
	KTEST_EXPECT(!vfs_truncate(file->inode, 6));
	pos = 0;
	KTEST_EXPECT(vfs_read(file, buf, 8, &pos) == 6 && !memcmp(buf, "abc\0\0\0", 6));
	pos = 3 * (int64_t)PAGE_SIZE - 4;
	KTEST_EXPECT(vfs_write(file, "12345678", 8, &pos) == 8);
	KTEST_EXPECT(fs_attr("/ktest/f", 0).blocks == 3 * (PAGE_SIZE / 512));
	KTEST_EXPECT(!vfs_truncate(file->inode, 3 * PAGE_SIZE));
	KTEST_EXPECT(fs_attr("/ktest/f", 0).blocks == 2 * (PAGE_SIZE / 512));
	KTEST_EXPECT(!vfs_truncate(file->inode, 0) && fs_attr("/ktest/f", 0).blocks == 0);
	KTEST_EXPECT(vfs_truncate(file->inode, -1) == -EINVAL);
	file_unref(file);
}

/* More than there may be: what fits is written, then -ENOSPC; removing gives it all back. */
FS_KTEST(fs_full)
{
	static char block[PAGE_SIZE];
	struct file *file = fs_open("/ktest/f", O_RDWR | O_CREAT);
	unsigned long before = frames_free(), written = 0;
	long done;

	KTEST_REQUIRE(file);
	while ((done = vfs_write(file, block, sizeof(block), &file->pos)) == sizeof(block)) {
		written++;
	}
	KTEST_EXPECT((done == -ENOSPC || done == -ENOMEM) && written > 0);
	KTEST_EXPECT(frames_free() + written <= before);
	KTEST_EXPECT(!vfs_truncate(file->inode, 0) && frames_free() + 16 >= before);
	file_unref(file);
}

/* ---- folders ---------------------------------------------------------------------------- */

struct listing {
	char text[128];
	unsigned count, limit;
};

static bool listing_add(void *arg, const struct directory_entry *entry, int64_t next)
{
	struct listing *l = arg;
	size_t len = strlen(l->text);

	if (l->count == l->limit) {
		return false;
	}
	l->count++;
	strlcpy(l->text + len, entry->name, sizeof(l->text) - len);
	len = strlen(l->text);
	strlcpy(l->text + len, " ", sizeof(l->text) - len);
	return true;
}

FS_KTEST(fs_readdir)
{
	struct listing l = { .limit = 3 };
	struct file *file;

	KTEST_REQUIRE(
		fs_write("/ktest/a", "") && fs_write("/ktest/b", "") && fs_write("/ktest/c", ""));
	file = fs_open("/ktest", O_RDONLY | O_DIRECTORY);
	KTEST_REQUIRE(file);
	KTEST_EXPECT(!file->ops->readdir(file, listing_add, &l) && !strcmp(l.text, ". .. a "));
	KTEST_EXPECT(!vfs_unlink(NULL, "/ktest/a") && !vfs_unlink(NULL, "/ktest/b"));
	KTEST_EXPECT(fs_write("/ktest/d", ""));
	l = (struct listing){ .limit = 9 };
	KTEST_EXPECT(!file->ops->readdir(file, listing_add, &l) && !strcmp(l.text, "c d "));
	KTEST_EXPECT(file_seek(file, 0, LINUX_SEEK_SET) == 0);
	l = (struct listing){ .limit = 9 };
	KTEST_EXPECT(!file->ops->readdir(file, listing_add, &l) && !strcmp(l.text, ". .. c d "));
	file_unref(file);
}

#define MANY 600

static void many_name(char *path, size_t size, unsigned n)
{
	fmt_print(path, size, "/ktest/many/file-%u", n);
}

/* Enough for the folder's hash to grow, and for the cache of names to be trimmed. */
FS_KTEST(fs_many)
{
	char path[32];
	struct listing l = { .limit = 0 };

	KTEST_REQUIRE(!vfs_mkdir(NULL, "/ktest/many", 0755));
	for (unsigned i = 0; i < MANY; i++) {
		many_name(path, sizeof(path), i);
		KTEST_REQUIRE(fs_write(path, path + 12));
	}
	for (unsigned i = 0; i < MANY; i += 7) {
		many_name(path, sizeof(path), i);
		KTEST_REQUIRE(fs_holds(path, path + 12) && !vfs_unlink(NULL, path));
		KTEST_REQUIRE(!fs_exists(path));
	}
	KTEST_EXPECT(fs_attr("/ktest/many", 0).size == 20 * (2 + MANY - DIV_ROUND_UP(MANY, 7)));
	(void)l;
}

/* All memory comes back, however deep the folders were. */
FS_KTEST(fs_deep)
{
	struct dentry *at, *next;

	KTEST_REQUIRE(!path_lookup(NULL, "/ktest", 0, &at));
	for (unsigned i = 0; i < 500; i++) {
		KTEST_REQUIRE(!vfs_mkdir(at, "d", 0755) && !path_lookup(at, "d", 0, &next));
		dentry_unref(at);
		at = next;
	}
	dentry_unref(at);
}

KTEST(fs_returns_all_memory)
{
	unsigned long before = 0;

	for (unsigned i = 0; i < 3; i++) {
		if (!fs_begin()) {
			return;
		}
		KTEST_EXPECT(!vfs_mkdir(NULL, "/ktest/d", 0755) && fs_write("/ktest/d/f", "text"));
		KTEST_EXPECT(
			!vfs_symlink(NULL, "/ktest/d/l", "f") && fs_holds("/ktest/d/l", "text"));
		KTEST_EXPECT(!fs_exists("/ktest/d/none"));
		fs_end();
		KTEST_EXPECT(i == 0 || frames_free() == before);
		before = frames_free();
	}
}

/* ---- descriptors ---------------------------------------------------------------------------- */

FS_KTEST(fd_table)
{
	struct fd_table *table = fd_table_create(), *copy;
	struct file *file = fs_open("/ktest/f", O_RDWR | O_CREAT);

	KTEST_REQUIRE(table && file);
	KTEST_EXPECT(fd_install(table, file, 0, false) == 0);
	KTEST_EXPECT(fd_dup_to(table, 0, 5, true) == 5 && fd_close_on_exec(table, 5));
	KTEST_EXPECT(file->refs == 2 && fd_dup_to(table, 3, 6, false) == -EBADF);
	KTEST_EXPECT(fd_dup_to(table, 0, 1, false) == 1 && fd_dup_to(table, 0, 500, false) == 500);
	KTEST_EXPECT(fd_dup_to(table, 0, 1024, false) == -EBADF && fd_next(table, 2) == 5);
	file_ref(file);
	KTEST_EXPECT(fd_install(table, file, 0, false) == 2);
	KTEST_EXPECT(!fd_close(table, 1) && fd_close(table, 1) == -EBADF);
	KTEST_EXPECT(fd_close(table, -1) == -EBADF && fd_close(table, 1 << 30) == -EBADF);
	file_ref(file);
	KTEST_EXPECT(fd_install(table, file, 0, false) == 1 && !fd_get(table, 3));
	copy = fd_table_copy(table);
	KTEST_REQUIRE(copy);
	fd_table_exec(copy);
	KTEST_EXPECT(fd_next(copy, 3) == 500 && fd_next(table, 3) == 5);
	fd_table_unref(table);
	KTEST_EXPECT(file->refs == 4);
	fd_table_unref(copy);
}

FS_KTEST(fd_table_is_bounded)
{
	struct fd_table *table = fd_table_create();
	struct file *file = fs_open("/ktest/f", O_RDWR | O_CREAT);
	int count = 0, fd;

	KTEST_REQUIRE(table && file);
	for (;;) {
		file_ref(file);
		fd = fd_install(table, file, 0, false);
		if (fd < 0) {
			break;
		}
		KTEST_REQUIRE(fd == count);
		count++;
	}
	file_unref(file);
	KTEST_EXPECT(fd == -EMFILE && count == 1024);
	KTEST_EXPECT(fd_install(table, file, 1024, false) == -EINVAL);
	fd_table_unref(table);
	KTEST_EXPECT(file->refs == 1);
	file_unref(file);
}
