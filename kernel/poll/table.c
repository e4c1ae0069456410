/*
 * table.c - one waiter on many queues: a hook on each queue that a file named,
 * all waking the queue of the table's owner.
 */
#include "table.h"

#include <kernel/heap.h>
#include <kernel/vfs.h>

struct poll_entry {
	struct wait_hook hook;
	struct wait_queue *queue;
	struct poll_table *table;
	struct list link;
};

static void woken(struct wait_hook *hook)
{
	struct poll_entry *entry = list_entry(hook, struct poll_entry, hook);

	WRITE_ONCE(entry->table->is_woken, true);
	wait_wake_all(&entry->table->owner);
}

void poll_table_init(struct poll_table *table)
{
	wait_queue_init(&table->owner);
	list_init(&table->entries);
	table->is_woken = false;
	table->has_failed = false;
}

void poll_wait(struct poll_table *table, struct wait_queue *queue)
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
	entry->hook.woken = woken;
	entry->queue = queue;
	entry->table = table;
	list_push_back(&table->entries, &entry->link);
	wait_hook_add(queue, &entry->hook);
}

void poll_table_free(struct poll_table *table)
{
	list_for_each_safe(node, &table->entries) {
		struct poll_entry *entry = list_entry(node, struct poll_entry, link);

		wait_hook_remove(entry->queue, &entry->hook);
		heap_free(entry);
	}
}
