/*
 * initramfs.c - the module that came with the kernel becomes the root's files.
 *
 * It is a row of cpio archives, each plain or compressed by gzip, with any
 * number of NULs between them. What is wrong with it is said in one line, and
 * what came before the fault stays.
 */
#include <arch/boot.h>
#include <kernel/errno.h>
#include <kernel/gunzip.h>
#include <kernel/initramfs.h>
#include <kernel/log.h>
#include <kernel/string.h>
#include "cpio.h"

/* A stream of archives: the one that is being unpacked, if any, and the files so far. */
struct unpacking {
	struct cpio *cpio;
	unsigned count;
};

/* The archive has ended, or `taken` is why it must. */
static int archive_end(struct unpacking *u, long taken)
{
	int err;

	u->count += u->cpio->count;
	if (taken < 0) {
		u->cpio->is_done = true; /* it has said what is wrong */
	}
	err = cpio_end(u->cpio);
	u->cpio = NULL;
	return taken < 0 ? (int)taken : err;
}

/* The next bytes, of this archive: how many belong to it. */
static long archive_feed(struct unpacking *u, const unsigned char *data, size_t len)
{
	long taken;
	int err = 0;

	if (!u->cpio) {
		u->cpio = cpio_begin();
	}
	if (!u->cpio) {
		return -ENOMEM;
	}
	taken = cpio_feed(u->cpio, data, len);
	if (taken < 0 || u->cpio->is_done) {
		err = archive_end(u, taken);
	}
	return err ? err : taken;
}

/* NULs fill the space between archives. */
static int stream_feed(void *arg, const void *bytes, size_t len)
{
	struct unpacking *u = arg;
	const unsigned char *data = bytes;
	size_t at = 0;

	while (at < len) {
		long taken = 1;

		if (u->cpio || data[at]) {
			taken = archive_feed(u, data + at, len - at);
		}
		if (taken < 0) {
			return (int)taken;
		}
		at += (size_t)taken;
	}
	return 0;
}

/* The stream has ended: so has its last archive, or it was cut short. */
static long stream_end(struct unpacking *u, long taken)
{
	int err = u->cpio ? archive_end(u, taken) : 0;

	return taken < 0 ? taken : err ? err : taken;
}

/* What is at the start of the data: how many bytes it has. */
static long piece_unpack(struct unpacking *u, const unsigned char *data, size_t len)
{
	if (len >= 6 && !memcmp(data, "07070", 5)) {
		return stream_end(u, archive_feed(u, data, len));
	}
	if (len >= 2 && data[0] == 0x1f && data[1] == 0x8b) {
		return stream_end(u, gunzip_member(data, len, stream_feed, u));
	}
	log_err("initramfs: neither a newc cpio archive nor gzip: it begins with %02x %02x",
		data[0], len > 1 ? data[1] : 0);
	return -EINVAL;
}

int initramfs_unpack(const void *module, size_t len)
{
	const unsigned char *data = module;
	struct unpacking u = { NULL, 0 };
	size_t at = 0;

	while (at < len) {
		long taken;

		if (!data[at]) {
			at++;
			continue;
		}
		taken = piece_unpack(&u, data + at, len - at);
		if (taken < 0) {
			log_err("initramfs: ends at byte %zu of %zu, after %u files: %s", at, len,
				u.count, errno_name((int)taken));
			return (int)taken;
		}
		at += (size_t)taken;
	}
	log_info("initramfs: %u files from %zu bytes", u.count, len);
	return 0;
}
