/* fs_cpio.c - archives that become files, good ones and bad ones. */
#include <kernel/initramfs.h>
#include <kernel/log.h>
#include "fs.h"

static char archive[16384];
static size_t archive_len;

static void bytes_add(const void *bytes, size_t len)
{
	memcpy(archive + archive_len, bytes, len);
	archive_len += len;
	while (archive_len % 4) {
		archive[archive_len++] = '\0';
	}
}

/* The name under /ktest. */
static void add_linked(
	const char *path, const char *data, uint32_t mode, unsigned ino, unsigned links)
{
	char header[112], name[64];
	size_t name_size = (size_t)fmt_print(name, sizeof(name), "ktest/%s", path) + 1;
	size_t size = data ? strlen(data) : 0;

	fmt_print(header, sizeof(header),
		"070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", ino, mode, 7, 8,
		links, 1000000000, (unsigned)size, 0, 0, 1, 3, (unsigned)name_size, 0);
	memcpy(archive + archive_len, header, 110);
	archive_len += 110;
	bytes_add(name, name_size);
	bytes_add(data, size);
}

static void add(const char *path, const char *data, uint32_t mode)
{
	add_linked(path, data, mode, 1, 1);
}

static void trailer_add(void)
{
	char header[112];

	fmt_print(header, sizeof(header),
		"070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 0, 0, 0, 0, 1, 0, 0,
		0, 0, 0, 0, 11, 0);
	memcpy(archive + archive_len, header, 110);
	archive_len += 110;
	bytes_add("TRAILER!!!", 11);
}

static int unpack(void)
{
	return initramfs_unpack(archive, archive_len);
}

FS_KTEST(cpio_all_types)
{
	struct inode_attr attr;

	archive_len = 0;
	add("d", NULL, S_IFDIR | 0750);
	add("d/f", "contents", S_IFREG | 0640);
	add("d/empty", NULL, S_IFREG | 0644);
	add("link", "d/f", S_IFLNK | 0777);
	add("null", NULL, S_IFCHR | 0666);
	add("pipe", NULL, S_IFIFO | 0600);
	trailer_add();
	KTEST_REQUIRE(!unpack());
	KTEST_EXPECT(fs_holds("/ktest/d/f", "contents") && fs_holds("/ktest/link", "contents"));
	KTEST_EXPECT(fs_holds("/ktest/d/empty", "") && !fs_try_open("/ktest/null", O_RDWR));
	KTEST_EXPECT(fs_attr("/ktest/d", 0).mode == (S_IFDIR | 0750));
	KTEST_EXPECT(S_ISFIFO(fs_attr("/ktest/pipe", 0).mode));
	attr = fs_attr("/ktest/d/f", 0);
	KTEST_EXPECT(attr.mode == (S_IFREG | 0640) && attr.uid == 7 && attr.gid == 8);
	KTEST_EXPECT(attr.mtime == 1000000000 * NSEC_PER_SEC);
}

/* Later archives add and replace; NULs may stand between. */
FS_KTEST(cpio_several)
{
	archive_len = 0;
	add("f", "long old contents", S_IFREG | 0644);
	trailer_add();
	memset(archive + archive_len, 0, 512);
	archive_len += 512;
	add("f", "new", S_IFREG | 0600);
	add("g", "f", S_IFLNK | 0777);
	trailer_add();
	KTEST_REQUIRE(!unpack());
	KTEST_EXPECT(fs_holds("/ktest/f", "new") && fs_holds("/ktest/g", "new"));
	KTEST_REQUIRE(!unpack()); /* and once more over itself */
	KTEST_EXPECT(fs_holds("/ktest/g", "new"));
}

FS_KTEST(cpio_links)
{
	archive_len = 0;
	add_linked("a", NULL, S_IFREG | 0644, 5, 3);
	add_linked("b", NULL, S_IFREG | 0644, 5, 3);
	add_linked("other", "x", S_IFREG | 0644, 6, 1);
	add_linked("c", "data", S_IFREG | 0644, 5, 3);
	trailer_add();
	KTEST_REQUIRE(!unpack());
	KTEST_EXPECT(fs_holds("/ktest/a", "data") && fs_holds("/ktest/b", "data"));
	KTEST_EXPECT(fs_attr("/ktest/c", 0).links == 3 && fs_holds("/ktest/other", "x"));
}

/* ---- bad ones: an error, what came before stays, nothing hangs ------------------------------- */

static void good_start(void)
{
	archive_len = 0;
	add("before", "kept", S_IFREG | 0644);
	add("f", "contents of the file", S_IFREG | 0644);
	trailer_add();
}

FS_KTEST(cpio_cut_short)
{
	size_t whole;

	good_start();
	whole = archive_len;
	for (size_t len = 1; len < whole - 3; len += 7) {
		archive_len = len;
		KTEST_REQUIRE(unpack() == -EINVAL);
	}
	KTEST_EXPECT(fs_holds("/ktest/before", "kept"));
	archive_len = 0;
	KTEST_EXPECT(!unpack());
}

/* Where the second header's field `index` is. */
static char *field(unsigned index)
{
	return archive + 110 + 14 + 4 + 6 + 8 * index;
}

FS_KTEST(cpio_corrupt)
{
	static const struct {
		unsigned field;
		const char *value;
	} bad[] = { { 0, "zzzzzzzz" }, { 1, "0000f1a4" }, { 6, "ffffffff" }, { 11, "00000000" },
		{ 11, "ffffffff" }, { 11, "00001001" }, { 11, "00000007" } };

	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		good_start();
		KTEST_REQUIRE(!memcmp(field(0) - 6, "070701", 6));
		memcpy(field(bad[i].field), bad[i].value, 8);
		if (unpack() != -EINVAL) {
			ktest_verdict(KTEST_FAILURE, "field %u with %s is taken", bad[i].field,
				bad[i].value);
		}
	}
	good_start();
	field(0)[-1] = '7';
	KTEST_EXPECT(unpack() == -EINVAL && fs_holds("/ktest/before", "kept"));
	memcpy(archive, "BZh9", 4);
	KTEST_EXPECT(unpack() == -EINVAL);
	good_start();
	add("no/folder/f", "x", S_IFREG | 0644);
	trailer_add();
	KTEST_EXPECT(unpack() == -ENOENT);
}

/* Any bytes at all, after a good start. */
FS_KTEST(cpio_noise)
{
	uint32_t state = 12345;

	for (unsigned round = 0; round < 40; round++) {
		good_start();
		for (unsigned i = 0; i < 8; i++) {
			state = state * 1664525 + 1013904223;
			archive[state >> 8 & 255] =
				(char)(archive[state >> 8 & 255] ^ 1 << (state >> 5 & 7));
		}
		(void)!unpack();
	}
}

/* ---- gzip -------------------------------------------------------------------------------------- */

/* Two archives, with NULs between: "packed" holds "packed " 2000 times, "second" holds "second". */
static const unsigned char packed[] = {
	0x1f,
	0x8b,
	0x08,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x02,
	0x03,
	0xed,
	0xdb,
	0x31,
	0x0a,
	0xc2,
	0x40,
	0x14,
	0x45,
	0xd1,
	0x59,
	0x8a,
	0x59,
	0x81,
	0x3f,
	0x28,
	0x46,
	0x4b,
	0x0b,
	0x0b,
	0xc1,
	0x2a,
	0xb8,
	0x81,
	0x98,
	0xa4,
	0x0a,
	0xa8,
	0xa0,
	0xfb,
	0x47,
	0x31,
	0x68,
	0xa3,
	0x88,
	0x44,
	0xd0,
	0xe6,
	0xdc,
	0xe6,
	0xcc,
	0x6f,
	0xa7,
	0x7f,
	0x51,
	0x44,
	0x11,
	0x79,
	0xf4,
	0xdd,
	0x9c,
	0xe7,
	0xd5,
	0x34,
	0x5e,
	0x97,
	0x4f,
	0x76,
	0x8b,
	0xaa,
	0xae,
	0xfa,
	0x63,
	0x32,
	0xdb,
	0xc5,
	0x87,
	0x35,
	0xf7,
	0x47,
	0x77,
	0x6e,
	0x4f,
	0xe7,
	0xf1,
	0xb1,
	0xaa,
	0xbb,
	0xb6,
	0x49,
	0xa9,
	0x77,
	0x04,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0xc0,
	0x57,
	0xc4,
	0xd3,
	0x56,
	0xee,
	0x4d,
	0x79,
	0x0c,
	0xeb,
	0x31,
	0xaa,
	0xdb,
	0x96,
	0xcb,
	0xf5,
	0x66,
	0x55,
	0x66,
	0x59,
	0x96,
	0x7e,
	0x54,
	0x0c,
	0xde,
	0x02,
	0x5e,
	0x9b,
	0x0d,
	0xdb,
	0x02,
	0x9e,
	0xda,
	0xfa,
	0xb0,
	0x6f,
	0x52,
	0xba,
	0xfb,
	0xcf,
	0x3f,
	0xbe,
	0x00,
	0x98,
	0xf9,
	0x45,
	0x8c,
	0x0c,
	0x39,
	0x00,
	0x00,
};

FS_KTEST(cpio_gzip)
{
	char start[8] = "";
	struct file *file;

	KTEST_REQUIRE(!initramfs_unpack(packed, sizeof(packed)));
	KTEST_EXPECT(fs_attr("/ktest/packed", 0).size == 7 * 2000 &&
		fs_holds("/ktest/second", "second"));
	file = fs_open("/ktest/packed", O_RDONLY);
	KTEST_REQUIRE(file);
	file->pos = 7 * 1999;
	KTEST_EXPECT(vfs_read(file, start, 8, &file->pos) == 7 && !memcmp(start, "packed ", 7));
	file_unref(file);
}

/* A packed archive behind a plain one, and the other way round. */
FS_KTEST(cpio_gzip_and_plain)
{
	good_start();
	memset(archive + archive_len, 0, 100);
	memcpy(archive + archive_len + 100, packed, sizeof(packed));
	archive_len += 100 + sizeof(packed);
	KTEST_REQUIRE(!unpack());
	KTEST_EXPECT(fs_holds("/ktest/before", "kept") && fs_holds("/ktest/second", "second"));
	memset(archive, 0, sizeof(archive));
	memcpy(archive, packed, sizeof(packed));
	archive_len = ALIGN_UP(sizeof(packed), 4);
	add("last", "x", S_IFREG | 0644);
	trailer_add();
	KTEST_EXPECT(!unpack() && fs_holds("/ktest/last", "x"));
}

FS_KTEST(cpio_gzip_corrupt)
{
	for (size_t len = 1; len < sizeof(packed); len++) {
		KTEST_REQUIRE(initramfs_unpack(packed, len) == -EINVAL);
	}
	for (size_t i = 10; i < sizeof(packed); i++) {
		memcpy(archive, packed, sizeof(packed));
		archive[i] ^= 0x01;
		archive_len = sizeof(packed);
		KTEST_REQUIRE(unpack() != 0);
	}
}
