/* ioctl.c - BLK*: sizes, flushing, discarding (Linux's uapi/linux/fs.h has the list). */
#include <arch/user.h>
#include <kernel/blk.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include "blk.h"

#define READ_AHEAD_SECTORS (PAGE_CACHE_RUN_MAX * BLK_PAGE_SECTORS)

/* ---- numbers ------------------------------------------------------------------------------------ */

/* Those that fill an int; false: it is none of them. */
static bool int_value(const struct blk_node *node, unsigned request, int *value)
{
	const struct blk_limits *l = &node->dev->limits;

	switch (request) {
	case BLKROGET:
		*value = l->is_read_only;
		return true;
	case BLKSSZGET:
		*value = (int)l->logical_size;
		return true;
	case BLKPBSZGET:
	case BLKIOMIN:
		*value = (int)l->physical_size;
		return true;
	case BLKBSZGET:
		*value = PAGE_SIZE;
		return true;
	case BLKALIGNOFF:
		*value = (int)((node->start << BLK_SECTOR_SHIFT) % l->physical_size);
		return true;
	case BLKIOOPT:
	case BLKDISCARDZEROES:
		*value = 0;
		return true;
	default:
		return false;
	}
}

static long int_out(unsigned long arg, int value)
{
	return user_copy_out(arg, &value, sizeof(value));
}

static long u64_out(unsigned long arg, uint64_t value)
{
	return user_copy_out(arg, &value, sizeof(value));
}

/* A word of the program's; EFBIG for what it does not hold. */
static long word_out(unsigned long arg, uint64_t value)
{
	unsigned long word = (unsigned long)value;

	if (word != value) {
		return -EFBIG;
	}
	return user_copy_out(arg, &word, sizeof(word));
}

static long short_out(unsigned long arg, unsigned short value)
{
	return user_copy_out(arg, &value, sizeof(value));
}

/* ---- ranges ---------------------------------------------------------------------------------------- */

struct range {
	uint64_t start, len; /* bytes, whole sectors of the disk, within the node */
};

static int range_get(const struct blk_node *node, unsigned long arg, struct range *range)
{
	uint64_t size = node->count << BLK_SECTOR_SHIFT, given[2];

	if (user_copy_in(given, arg, sizeof(given))) {
		return -EFAULT;
	}
	if ((given[0] | given[1]) % node->dev->limits.logical_size || given[0] > size ||
		given[1] > size - given[0]) {
		return -EINVAL;
	}
	*range = (struct range){ given[0], given[1] };
	return 0;
}

static int zero_out(struct blk_node *node, const struct range *range)
{
	void *zeroes = page_alloc_zeroed();
	uint64_t done = 0;
	long part = 1;

	if (!zeroes) {
		return -ENOMEM;
	}
	while (done < range->len && part > 0) {
		part = page_cache_write(&node->cache, zeroes, MIN(range->len - done, PAGE_SIZE),
			(int64_t)(range->start + done));
		done += (uint64_t)MAX(part, 0L);
	}
	page_free(page_of(virt_to_pfn(zeroes)), 0);
	return part < 0 ? (int)part : blk_node_sync(node);
}

/* What was written before goes first, and the cache must not know better afterwards. */
static int discard(struct blk_node *node, const struct range *range, bool is_secure)
{
	int err = page_cache_sync(&node->cache, 0, UINT64_MAX);

	if (!err) {
		err = blk_discard(node->dev, node->start + (range->start >> BLK_SECTOR_SHIFT),
			range->len >> BLK_SECTOR_SHIFT, is_secure);
	}
	if (!err && range->len) {
		page_cache_forget(&node->cache, range->start / PAGE_SIZE,
			(range->start + range->len - 1) / PAGE_SIZE);
	}
	return err;
}

static long range_ioctl(struct file *file, unsigned request, unsigned long arg)
{
	struct blk_node *node = file->private;
	struct range range;
	int err = (file->flags & O_ACCMODE) == O_RDONLY ? -EBADF : range_get(node, arg, &range);

	if (err) {
		return err;
	}
	return request == BLKZEROOUT ? zero_out(node, &range)
				     : discard(node, &range, request == BLKSECDISCARD);
}

long node_ioctl(struct file *file, unsigned request, unsigned long arg)
{
	struct blk_node *node = file->private;
	int value, err;

	if (int_value(node, request, &value)) {
		return int_out(arg, value);
	}
	switch (request) {
	case BLKGETSIZE:
		return word_out(arg, node->count);
	case BLKGETSIZE64:
		return u64_out(arg, node->count << BLK_SECTOR_SHIFT);
	case BLKRAGET:
		return word_out(arg, READ_AHEAD_SECTORS);
	case BLKROTATIONAL:
		return short_out(arg, 0);
	case BLKFLSBUF:
		err = blk_node_sync(node);
		page_cache_forget(&node->cache, 0, UINT64_MAX);
		return err;
	case BLKRRPART:
		return blk_partitions_read(node->dev);
	case BLKDISCARD:
	case BLKSECDISCARD:
	case BLKZEROOUT:
		return range_ioctl(file, request, arg);
	case CDROM_GET_CAPABILITY:
		return node->dev->limits.is_cdrom ? 0 : -ENOTTY;
	default:
		return -ENOTTY;
	}
}
