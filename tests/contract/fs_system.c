/* fs_system.c - /dev and /proc. */
#include <kernel/log.h>
#include <kernel/procfs.h>
#include <kernel/random.h>
#include "fs.h"

static char text[1024];

/* The whole file, NUL-terminated: its length, or an errno. */
static long whole(const char *path)
{
	struct file *file;
	size_t len = 0;
	long part = vfs_open(NULL, path, O_RDONLY, 0, &file);

	if (part) {
		return part;
	}
	while ((part = vfs_read(file, text + len, sizeof(text) - 1 - len, &file->pos)) > 0) {
		len += (size_t)part;
	}
	text[len] = '\0';
	file_unref(file);
	return part < 0 ? part : (long)len;
}

FS_KTEST(dev_memory)
{
	struct file *file = fs_open("/dev/null", O_RDWR);
	char buf[4] = "abc";

	KTEST_REQUIRE(file);
	KTEST_EXPECT(vfs_write(file, "x", 1, NULL) == 1 && vfs_read(file, buf, 4, NULL) == 0);
	file_unref(file);
	file = fs_open("/dev/zero", O_RDWR);
	KTEST_EXPECT(vfs_read(file, buf, 3, NULL) == 3 && !memcmp(buf, "\0\0\0", 4));
	file_unref(file);
	file = fs_open("/dev/full", O_RDWR);
	KTEST_EXPECT(vfs_write(file, "x", 1, NULL) == -ENOSPC);
	file_unref(file);
	KTEST_EXPECT(fs_attr("/dev/null", 0).rdev == device_number(1, 3));
}

/* A device is its number, wherever the node stands. */
FS_KTEST(dev_nodes)
{
	KTEST_REQUIRE(!vfs_mknod(NULL, "/ktest/zero", S_IFCHR | 0600, device_number(1, 5)));
	KTEST_REQUIRE(!vfs_mknod(NULL, "/ktest/none", S_IFCHR | 0600, device_number(99, 99)));
	KTEST_REQUIRE(!vfs_mknod(NULL, "/ktest/disk", S_IFBLK | 0600, device_number(1, 5)));
	KTEST_EXPECT(!fs_try_open("/ktest/zero", O_RDWR | O_TRUNC));
	KTEST_EXPECT(fs_try_open("/ktest/none", O_RDONLY) == -ENXIO);
	KTEST_EXPECT(fs_try_open("/ktest/disk", O_RDONLY) == -ENXIO);
}

static const struct file_ops nothing_ops = { .seek = file_seek_nowhere };

FS_KTEST(dev_added_and_removed)
{
	uint64_t rdev = device_number(240, 7);

	KTEST_EXPECT(fs_try_open("/dev/ktest/a", O_RDONLY) == -ENOENT);
	KTEST_EXPECT(!devfs_add("ktest/a", S_IFCHR | 0600, rdev, &nothing_ops, NULL));
	KTEST_EXPECT(devfs_add("ktest/b", S_IFCHR | 0600, rdev, &nothing_ops, NULL) == -EEXIST);
	KTEST_EXPECT(!fs_try_open("/dev/ktest/a", O_RDONLY));
	devfs_remove("ktest/a", S_IFCHR | 0600, rdev);
	KTEST_EXPECT(fs_try_open("/dev/ktest/a", O_RDONLY) == -ENOENT);
	KTEST_EXPECT(!vfs_rmdir(NULL, "/dev/ktest"));
}

FS_KTEST(dev_is_one)
{
	struct dentry *at;

	KTEST_REQUIRE(!path_lookup(NULL, "/ktest", 0, &at));
	KTEST_EXPECT(vfs_mount("dev", at, "devtmpfs", 0) == -EBUSY);
	KTEST_EXPECT(vfs_mount("x", at, "nosuchfs", 0) == -ENODEV);
	dentry_unref(at);
}

/* ---- random ------------------------------------------------------------------------------- */

KTEST(random_differs)
{
	uint64_t words[64], ones = 0;

	random_bytes(words, sizeof(words));
	for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
		for (unsigned j = 0; j < i; j++) {
			KTEST_REQUIRE(words[i] != words[j]);
		}
		for (uint64_t w = words[i]; w; w &= w - 1) {
			ones++;
		}
	}
	KTEST_EXPECT(ones > 1800 && ones < 2300); /* of 4096, 2048 expected, deviation 32 */
}

KTEST(random_odd_lengths)
{
	unsigned char a[100], b[100];

	memset(a, 0, sizeof(a));
	random_bytes(a + 1, 77);
	KTEST_EXPECT(a[0] == 0 && a[78] == 0);
	random_stir("stirred", 7);
	random_bytes(b, sizeof(b));
	KTEST_EXPECT(memcmp(a + 1, b + 1, 77));
}

/* ---- /proc --------------------------------------------------------------------------------- */

FS_KTEST(proc_files)
{
	KTEST_EXPECT(whole("/proc/meminfo") > 0 && strstr(text, "MemTotal:"));
	KTEST_EXPECT(whole("/proc/uptime") > 0 && strchr(text, '.'));
	KTEST_EXPECT(whole("/proc/stat") > 0 && !strncmp(text, "cpu  ", 5));
	KTEST_EXPECT(whole("/proc/loadavg") > 0 && strchr(text, '/'));
	KTEST_EXPECT(whole("/proc/filesystems") > 0 && strstr(text, "nodev\ttmpfs\n"));
	KTEST_EXPECT(whole("/proc/sys/kernel/ostype") == 6 && !strcmp(text, "Linux\n"));
	KTEST_EXPECT(whole("/proc/sys/kernel/random/uuid") == 37 && text[14] == '4');
	KTEST_EXPECT(whole("/proc/none") == -ENOENT && whole("/proc/1x") == -ENOENT);
	KTEST_EXPECT(whole("/proc/sys/kernel") == -EISDIR && whole("/proc/self") == -ENOENT);
	KTEST_EXPECT(fs_attr("/proc/meminfo", 0).mode == (S_IFREG | 0444));
	KTEST_EXPECT(fs_try_open("/proc/new", O_WRONLY | O_CREAT) == -EACCES);
	KTEST_EXPECT(vfs_mkdir(NULL, "/proc/new", 0755) == -EPERM);
	KTEST_EXPECT(vfs_unlink(NULL, "/proc/meminfo") == -EPERM);
}

static unsigned shown, stored;

static void show(struct proc_text *t)
{
	shown++;
	for (unsigned i = 0; i < 3000; i++) {
		proc_print(t, "line %u of %u\n", i, shown);
	}
}

static int store(const char *value)
{
	stored = (unsigned)strlen(value);
	return strcmp(value, "bad") ? 0 : -ERANGE;
}

/* The text is made once per reading, though it is read in pieces, and again from the start. */
FS_KTEST(proc_own_file)
{
	int err = procfs_add("ktest/deep/file", show, store);
	struct file *file;

	KTEST_EXPECT(!err || err == -EEXIST);
	KTEST_EXPECT(procfs_add("ktest/deep", show, NULL) == -EEXIST);
	file = fs_open("/proc/ktest/deep/file", O_RDWR | O_TRUNC);
	KTEST_REQUIRE(file);
	shown = 0;
	KTEST_EXPECT(vfs_read(file, text, 100, &file->pos) == 100 && shown == 1);
	KTEST_EXPECT(vfs_read(file, text, 100, &file->pos) == 100 && shown == 1);
	KTEST_EXPECT(file_seek(file, 0, LINUX_SEEK_SET) == 0);
	KTEST_EXPECT(
		vfs_read(file, text, 14, &file->pos) == 14 && !memcmp(text, "line 0 of 2\nli", 14));
	KTEST_EXPECT(file_seek(file, 0, LINUX_SEEK_END) ==
		10 * 11 + 90 * 12 + 900 * 13 + 2000 * 14 + 3000);
	KTEST_EXPECT(vfs_write(file, "good\n", 5, &file->pos) == 5 && stored == 4);
	KTEST_EXPECT(vfs_write(file, "bad", 3, &file->pos) == -ERANGE);
	file_unref(file);
}
