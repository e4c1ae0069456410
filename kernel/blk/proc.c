/* proc.c - /proc/partitions and /proc/diskstats; the formats are Linux's (proc(5), Documentation/admin-guide/iostats). */
#include <kernel/procfs.h>
#include <linux/stat.h>
#include "blk.h"

/* Sectors of a partition are the disk's count; who moved them is kept for the disk as a whole. */
static void nodes_for_each(struct blk_device *dev,
	void (*each)(struct proc_text *text, const struct blk_node *node), struct proc_text *text)
{
	mutex_lock(&dev->open_lock);
	for (unsigned i = 0; i < BLK_NODES_MAX; i++) {
		if (dev->nodes[i].count) {
			each(text, &dev->nodes[i]);
		}
	}
	mutex_unlock(&dev->open_lock);
}

static void partition_line(struct proc_text *text, const struct blk_node *node)
{
	proc_print(text, "%4u %7u %10lu %s\n", device_major(node->rdev), device_minor(node->rdev),
		(unsigned long)(node->count / 2), node->name);
}

static void partition_lines(struct blk_device *dev, void *text)
{
	nodes_for_each(dev, partition_line, text);
}

static void show_partitions(struct proc_text *text)
{
	proc_print(text, "major minor  #blocks  name\n\n");
	blk_device_for_each(partition_lines, text);
}

static void count_print(struct proc_text *text, const struct blk_count *c)
{
	proc_print(text, " %lu %lu %lu 0", (unsigned long)c->requests, (unsigned long)c->merged,
		(unsigned long)c->sectors);
}

/* Requests are not timed. */
static void disk_line(struct blk_device *dev, void *text)
{
	const struct blk_count *ops = dev->stats.ops;
	uint64_t rdev = dev->nodes[0].rdev;

	proc_print(text, "%4u %7u %s", device_major(rdev), device_minor(rdev), dev->name);
	count_print(text, &ops[BLK_READ]);
	count_print(text, &ops[BLK_WRITE]);
	proc_print(text, " 0 0 0");
	count_print(text, &ops[BLK_DISCARD]);
	proc_print(text, " %lu 0\n", (unsigned long)ops[BLK_FLUSH].requests);
}

static void show_diskstats(struct proc_text *text)
{
	blk_device_for_each(disk_line, text);
}

int blk_proc_add(void)
{
	int err = procfs_add("partitions", show_partitions, NULL);

	return err ? err : procfs_add("diskstats", show_diskstats, NULL);
}
