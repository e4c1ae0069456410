/* table.h - the waiter of poll() and select(); see table.c. */
#ifndef POLL_TABLE_H
#define POLL_TABLE_H

#include <kernel/poll.h>

struct poll_table {
	struct wait_queue owner;
	struct list entries;
	bool is_woken;
	bool has_failed; /* no memory for an entry: the call ends with -ENOMEM */
};

void poll_table_init(struct poll_table *table);

/* Leave every queue. The files are still held by the caller. */
void poll_table_free(struct poll_table *table);

#endif
