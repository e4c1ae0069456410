/*
 * table.h - standing on many queues at once; see table.c.
 *
 * Who embeds a table decides what a wake-up means: poll() wakes its caller, epoll
 * notes that the file is worth a look.
 */
#ifndef POLL_TABLE_H
#define POLL_TABLE_H

#include <kernel/poll.h>
#include <kernel/vfs.h>

struct poll_table {
	/* `events`: what the queue announces, POLL*. Called as wait_hook.woken. */
	void (*woken)(struct poll_table *table, unsigned events);
	struct list entries;
	bool has_failed; /* no memory for an entry: the table does not hear of everything */
};

void poll_table_init(
	struct poll_table *table, void (*woken)(struct poll_table *table, unsigned events));

/* Leave every queue: `woken` is not running any more, nor called again. The files still live. */
void poll_table_free(struct poll_table *table);

/* What is ready now; files without poll() always are, as regular ones. */
unsigned file_poll(struct file *file, struct poll_table *table);

#endif
