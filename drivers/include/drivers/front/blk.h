/*
 * drivers/front/blk.h - the block front-end, as the rest of the domain sees it: a driver on the bus.
 *
 * Its disks are known to kernel/blk.h; docs/block.md has the negotiation and the knobs.
 */
#ifndef DRIVERS_FRONT_BLK_H
#define DRIVERS_FRONT_BLK_H

#include <kernel/types.h>

struct xenbus_driver;
extern const struct xenbus_driver blk_front_driver;

/*
 * Close and connect anew, as after a restart of the back-end; what is out is sent
 * again. By the disk's name ("xvda"). 0: it began; -ENOENT; -EBUSY while not connected. Threads.
 */
int blk_front_reconnect(const char *name) __must_check;

struct blk_front_stats {
	unsigned rings, slots, segments;
	bool is_persistent, is_trusted, is_connected;
	uint64_t sent, notified; /* requests on the rings; notifications for them */
	uint64_t connections;
};
/* -ENOENT when there is no such disk. */
int blk_front_stats(const char *name, struct blk_front_stats *stats) __must_check;

#endif
