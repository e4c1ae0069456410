/* groups.c - supplementary groups of processes. */
#include "proc.h"

#include <kernel/errno.h>
#include <kernel/groups.h>
#include <kernel/heap.h>

#define NOBODYS UINT32_MAX /* -1 stands for no group */

struct group_list *group_list_make(size_t count)
{
	struct group_list *list = heap_alloc(sizeof(*list) + count * sizeof(list->ids[0]));

	if (list) {
		list->refs = 1;
		list->count = (unsigned)count;
	}
	return list;
}

void group_list_unref(struct group_list *list)
{
	if (list && !__atomic_sub_fetch(&list->refs, 1, __ATOMIC_ACQ_REL)) {
		heap_free(list);
	}
}

struct group_list *process_groups_hold(struct process *process)
{
	struct group_list *list;
	irq_state_t irq;

	if (!READ_ONCE(process->groups)) {
		return NULL; /* the usual case, without a lock */
	}
	irq = spin_lock_irqsave(&process_lock);
	list = process->groups;
	if (list) {
		__atomic_add_fetch(&list->refs, 1, __ATOMIC_RELAXED);
	}
	spin_unlock_irqrestore(&process_lock, irq);
	return list;
}

/* Shell's sort: a list may be as long as a program likes, and come in the worst order. */
static void sort(struct group_list *list)
{
	for (unsigned gap = list->count / 2; gap > 0; gap /= 2) {
		for (unsigned i = gap; i < list->count; i++) {
			uint32_t id = list->ids[i];
			unsigned at = i;

			for (; at >= gap && list->ids[at - gap] > id; at -= gap) {
				list->ids[at] = list->ids[at - gap];
			}
			list->ids[at] = id;
		}
	}
}

int process_groups_set(struct group_list *list)
{
	struct process *process = process_current();
	struct group_list *old;
	irq_state_t irq;

	if (list) {
		sort(list);
		if (list->ids[list->count - 1] == NOBODYS) {
			group_list_unref(list);
			return -EINVAL;
		}
	}
	irq = spin_lock_irqsave(&process_lock);
	old = process->groups;
	process->groups = list;
	spin_unlock_irqrestore(&process_lock, irq);
	group_list_unref(old);
	return 0;
}

static bool has(const struct group_list *list, uint32_t gid)
{
	unsigned low = 0, high = list->count;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;

		if (list->ids[middle] == gid) {
			return true;
		}
		if (list->ids[middle] < gid) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return false;
}

bool process_is_in_list(uint32_t gid)
{
	struct process *process = process_current();
	struct group_list *list = process ? process_groups_hold(process) : NULL;
	bool is_in = list && has(list, gid);

	group_list_unref(list);
	return is_in;
}

bool process_is_in_group(uint32_t gid)
{
	struct process *process = process_current();

	return process && (READ_ONCE(process->egid) == gid || process_is_in_list(gid));
}
