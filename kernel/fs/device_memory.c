/* device_memory.c - /dev/null, zero, full, random and urandom. */
#include <kernel/errno.h>
#include <kernel/random.h>
#include <kernel/string.h>
#include <kernel/poll.h>
#include <linux/stat.h>
#include "fs.h"

static long read_nothing(struct file *file, void *buf, size_t len, int64_t *pos)
{
	return 0;
}

static long read_zeros(struct file *file, void *buf, size_t len, int64_t *pos)
{
	memset(buf, 0, len);
	return (long)len;
}

static long read_random(struct file *file, void *buf, size_t len, int64_t *pos)
{
	random_bytes(buf, len);
	return (long)len;
}

static long write_nowhere(struct file *file, const void *buf, size_t len, int64_t *pos)
{
	return (long)len;
}

static long write_full(struct file *file, const void *buf, size_t len, int64_t *pos)
{
	return -ENOSPC;
}

static long write_random(struct file *file, const void *buf, size_t len, int64_t *pos)
{
	random_stir(buf, len);
	return (long)len;
}

static unsigned always_ready(struct file *file, struct poll_table *table)
{
	return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
}

static const struct file_ops null_ops = {
	.read = read_nothing,
	.write = write_nowhere,
	.seek = file_seek_nowhere,
};

static const struct file_ops zero_ops = {
	.read = read_zeros,
	.write = write_nowhere,
	.seek = file_seek_nowhere,
};

static const struct file_ops full_ops = {
	.read = read_zeros,
	.write = write_full,
	.seek = file_seek_nowhere,
};

static const struct file_ops random_ops = {
	.read = read_random,
	.write = write_random,
	.poll = always_ready,
	.seek = file_seek_nowhere,
};

/* Numbers: Linux's list of devices (admin-guide/devices). */
static const struct {
	const char *name;
	unsigned minor;
	const struct file_ops *ops;
} memory_devices[] = {
	{ "null", 3, &null_ops },
	{ "zero", 5, &zero_ops },
	{ "full", 7, &full_ops },
	{ "random", 8, &random_ops },
	{ "urandom", 9, &random_ops },
};

int memory_devices_add(void)
{
	int err = 0;

	for (unsigned i = 0; !err && i < ARRAY_SIZE(memory_devices); i++) {
		err = devfs_add(memory_devices[i].name, S_IFCHR | 0666,
			device_number(1, memory_devices[i].minor), memory_devices[i].ops, NULL);
	}
	return err;
}
