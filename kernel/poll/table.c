/*
 * table.c - one waiter on many queues: a hook on each queue that a file named,
 * all of them calling the table.
 */
#include "table.h"

#include <kernel/heap.h>

struct poll_entry {
	struct wait_hook hook;
	struct wait_queue *queue;
	struct poll_table *table;
	unsigned events;
	struct list link;
};

static void entry_woken(struct wait_hook *hook)
{
	struct poll_entry *entry = list_entry(hook, struct poll_entry, hook);

	entry->table->woken(entry->table, entry->events);
}

void poll_table_init(
	struct poll_table *table, void (*woken)(struct poll_table *table, unsigned events))
{
	table->woken = woken;
	list_init(&table->entries);
	table->has_failed = false;
}

void poll_wait_for(struct poll_table *table, struct wait_queue *queue, unsigned events)
{
	struct poll_entry *entry;

	if (!table) {
		return;
	}
	entry = heap_alloc(sizeof(*entry));
	if (!entry) {
		table->has_failed = true;
		return;
	}
	entry->hook.woken = entry_woken;
	entry->queue = queue;
	entry->table = table;
	entry->events = events;
	list_push_back(&table->entries, &entry->link);
	wait_hook_add(queue, &entry->hook);
}

void poll_wait(struct poll_table *table, struct wait_queue *queue)
{
	poll_wait_for(table, queue, ~0u);
}

void poll_table_free(struct poll_table *table)
{
	list_for_each_safe(node, &table->entries) {
		struct poll_entry *entry = list_entry(node, struct poll_entry, link);

		wait_hook_remove(entry->queue, &entry->hook);
		list_remove(node);
		heap_free(entry);
	}
}

unsigned file_poll(struct file *file, struct poll_table *table)
{
	if (!file->ops->poll) {
		return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
	}
	return file->ops->poll(file, table);
}
