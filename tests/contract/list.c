/* list.c - linked lists. */
#include <kernel/ktest.h>
#include <kernel/list.h>

struct item {
	int value;
	struct list link;
};

/* The values in order, as one decimal number; both directions must agree. */
static int digits_of(const struct list *head)
{
	int forwards = 0, backwards = 0, place = 1;

	list_for_each(node, head) {
		forwards = forwards * 10 + list_entry(node, struct item, link)->value;
	}
	for (const struct list *node = head->prev; node != head; node = node->prev) {
		backwards += list_entry(node, struct item, link)->value * place;
		place *= 10;
	}
	return forwards == backwards ? forwards : -1;
}

KTEST(list_order)
{
	struct list head = LIST_INIT(head);
	struct item a = { .value = 1 }, b = { .value = 2 }, c = { .value = 3 };

	KTEST_EXPECT(list_is_empty(&head) && !list_first(&head));
	list_push_back(&head, &a.link);
	list_push_back(&head, &b.link);
	list_push_front(&head, &c.link);
	KTEST_EXPECT(digits_of(&head) == 312 && list_first(&head) == &c.link);
	list_remove(&a.link);
	KTEST_EXPECT(digits_of(&head) == 32);
	list_push_front(&c.link, &a.link); /* after c */
	KTEST_EXPECT(digits_of(&head) == 312);
	list_remove(&a.link);
	list_push_back(&c.link, &a.link); /* before c */
	KTEST_EXPECT(digits_of(&head) == 132);
}

KTEST(list_removal)
{
	struct list head = LIST_INIT(head);
	struct item items[5];

	for (int i = 0; i < 5; i++) {
		items[i].value = i + 1;
		list_push_back(&head, &items[i].link);
	}
	list_for_each_safe(node, &head) {
		if (list_entry(node, struct item, link)->value % 2) {
			list_remove(node);
			KTEST_EXPECT(!list_is_linked(node));
			list_remove(node); /* harmless */
		}
	}
	KTEST_EXPECT(digits_of(&head) == 24 && list_is_linked(&items[1].link));
	list_for_each_safe(node, &head) {
		list_remove(node);
	}
	KTEST_EXPECT(list_is_empty(&head));
}
