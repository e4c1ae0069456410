/*
 * frame.c - frames behind mappings: references, copies, the frame of zeroes.
 *
 * A page is sole when one mapping is all that refers to it. Whoever finds that
 * under the lock of the space that maps it may write to it: only a holder of a
 * reference can make another.
 */
#include <kernel/string.h>
#include "space.h"

struct page *frame_zero;

int frame_init(void)
{
	frame_zero = frame_new();
	return frame_zero ? 0 : -ENOMEM;
}

struct page *frame_new(void)
{
	void *memory = page_alloc_zeroed();

	return memory ? page_of(virt_to_pfn(memory)) : NULL;
}

struct page *frame_copy(const struct page *from)
{
	struct page *page = page_alloc(0);

	if (page) {
		memcpy(page_address(page), page_address(from), PAGE_SIZE);
	}
	return page;
}

void frame_ref(struct page *page)
{
	if (page != frame_zero) {
		__atomic_add_fetch(&page->refs, 1, __ATOMIC_RELAXED);
	}
}

void vm_page_put(struct page *page)
{
	if (page != frame_zero && !__atomic_sub_fetch(&page->refs, 1, __ATOMIC_ACQ_REL)) {
		page_free(page, 0);
	}
}

bool frame_is_sole(const struct page *page)
{
	return page != frame_zero && __atomic_load_n(&page->refs, __ATOMIC_ACQUIRE) == 1;
}

static bool may_write_at_once(const struct vm_area *area, const struct page *page)
{
	if (area_is_private(area)) {
		return frame_is_sole(page);
	}
	return !area->object->ops->page_dirty; /* else it wants to hear of the first write */
}

unsigned frame_rights(const struct vm_area *area, const struct page *page)
{
	unsigned all = frame_rights_all(area);

	return may_write_at_once(area, page) ? all : all & ~(unsigned)MMU_WRITE;
}
