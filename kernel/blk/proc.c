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

/* Requests are not counted by their kind, nor timed: all of them stand where reads do. */
static void disk_line(struct blk_device *dev, void *text)
{
	const struct blk_stats *s = &dev->stats;
	const struct blk_node *node = &dev->nodes[0];

	proc_print(text, "%4u %7u %s %lu %lu %lu 0 0 0 %lu 0 0 0 0 0 0 0 0 0 0\n",
		device_major(node->rdev), device_minor(node->rdev), dev->name,
		(unsigned long)s->requests, (unsigned long)s->merged,
		(unsigned long)s->sectors_read, (unsigned long)s->sectors_written);
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
