/* blk.h - what the files of kernel/blk share. */
#ifndef BLK_H
#define BLK_H

#include <kernel/blk.h>
#include <kernel/vfs.h>

/* ---- queue.c ---- */

void queues_init(struct blk_device *dev, unsigned count_wanted);
/* K4: answer what waits. */
void queues_fail(struct blk_device *dev);

/* ---- node.c ---- */

/* The file of a part of the disk; open_lock held, or nobody knows the disk yet. */
int node_add(struct blk_device *dev, unsigned index, uint64_t start, uint64_t count) __must_check;
void node_remove(struct blk_node *node);
int node_open(struct blk_node *node, bool write) __must_check;

/* ---- ioctl.c ---- */

long node_ioctl(struct file *file, unsigned request, unsigned long arg);

#endif
