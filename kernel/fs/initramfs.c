/*
 * initramfs.c - the module that came with the kernel becomes the root's files.
 *
 * It is a row of cpio archives, each plain or compressed by gzip, with any
 * number of NULs between them. What is wrong with it is said in one line, and
 * what came before the fault stays.
 */
#include <arch/boot.h>
#include <kernel/errno.h>
#include <kernel/initramfs.h>
#include <kernel/log.h>
#include <kernel/string.h>
#include "cpio.h"

/* One archive at the start of the data: how many bytes it has. */
static long plain_unpack(const unsigned char *data, size_t len, unsigned *count)
{
	struct cpio *cpio = cpio_begin();
	long taken;
	int err;

	if (!cpio) {
		return -ENOMEM;
	}
	taken = cpio_feed(cpio, data, len);
	*count += cpio->count;
	if (taken < 0) {
		cpio->is_done = true; /* it has said what is wrong */
	}
	err = cpio_end(cpio);
	return taken < 0 ? taken : err ? err : taken;
}

static long archive_unpack(const unsigned char *data, size_t len, unsigned *count)
{
	if (len >= 6 && !memcmp(data, "07070", 5)) {
		return plain_unpack(data, len, count);
	}
	log_err("initramfs: neither a newc cpio archive nor gzip: it begins with %02x %02x",
		data[0], len > 1 ? data[1] : 0);
	return -EINVAL;
}

int initramfs_unpack(const void *module, size_t len)
{
	const unsigned char *data = module;
	unsigned count = 0;
	size_t at = 0;

	while (at < len) {
		long taken;

		if (!data[at]) {
			at++;
			continue;
		}
		taken = archive_unpack(data + at, len - at, &count);
		if (taken < 0) {
			log_err("initramfs: ends at byte %zu of %zu, after %u files: %s", at, len,
				count, errno_name((int)taken));
			return (int)taken;
		}
		at += (size_t)taken;
	}
	log_info("initramfs: %u files from %zu bytes", count, len);
	return 0;
}
