/*
 * list.h - circular doubly linked lists, links inside the objects.
 *
 * A head is a link that stands in no object. An unlinked node points to itself,
 * so removing it twice is harmless and list_is_linked() can tell.
 */
#ifndef KERNEL_LIST_H
#define KERNEL_LIST_H

#include <kernel/types.h>

struct list {
	struct list *next, *prev;
};

#define LIST_INIT(name)                                                                            \
	{                                                                                          \
		&(name), &(name)                                                                   \
	}

static inline void list_init(struct list *l)
{
	l->next = l->prev = l;
}

static inline bool list_is_empty(const struct list *head)
{
	return head->next == head;
}

static inline bool list_is_linked(const struct list *node)
{
	return node->next != node;
}

static inline void list_insert_between(struct list *node, struct list *prev, struct list *next)
{
	node->prev = prev;
	node->next = next;
	prev->next = node;
	next->prev = node;
}

/* Insert at the front of the list, or after any node. */
static inline void list_push_front(struct list *head, struct list *node)
{
	list_insert_between(node, head, head->next);
}

/* Append to the list, or insert before any node. */
static inline void list_push_back(struct list *head, struct list *node)
{
	list_insert_between(node, head->prev, head);
}

static inline void list_remove(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

/* First node, or NULL when the list is empty. */
static inline struct list *list_first(const struct list *head)
{
	return list_is_empty(head) ? NULL : head->next;
}

#define list_entry(node, type, field) container_of(node, type, field)

#define list_for_each(pos, head)                                                                   \
	for (struct list *pos##_head = (struct list *)(head), *pos = pos##_head->next;             \
		pos != pos##_head; pos = pos->next)

/* As above; the body may remove `pos` (but not its successor). */
#define list_for_each_safe(pos, head)                                                              \
	for (struct list *pos##_head = (struct list *)(head), *pos = pos##_head->next,             \
			 *pos##_next = pos->next;                                                  \
		pos != pos##_head; pos = pos##_next, pos##_next = pos->next)

#endif
