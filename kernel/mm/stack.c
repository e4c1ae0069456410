/* stack.c - kernel stacks: single frames, mapped side by side where nothing else is. */
#include <arch/mmu.h>
#include <kernel/page.h>
#include <kernel/panic.h>
#include <kernel/stack.h>
#include <kernel/thread.h>

#define STACK_PAGES (THREAD_STACK_SIZE / PAGE_SIZE)

static void frames_free(const pfn_t *frames, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		page_free(page_of(frames[i]), 0);
	}
}

vaddr_t stack_alloc(void)
{
	pfn_t frames[STACK_PAGES];
	void *base;

	for (size_t i = 0; i < STACK_PAGES; i++) {
		struct page *page = page_alloc(0);

		if (!page) {
			frames_free(frames, i);
			return 0;
		}
		frames[i] = page_pfn(page);
	}
	base = vmap(frames, STACK_PAGES, MMU_READ | MMU_WRITE);
	if (!base) {
		frames_free(frames, STACK_PAGES);
	}
	return (vaddr_t)base;
}

void stack_free(vaddr_t base)
{
	pfn_t frames[STACK_PAGES];

	for (size_t i = 0; i < STACK_PAGES; i++) {
		struct mmu_entry entry;

		if (!mmu_query(&mmu_kernel, base + i * PAGE_SIZE, &entry)) {
			panic("stack: %#lx is not a whole stack", (unsigned long)base);
		}
		frames[i] = entry.pfn;
	}
	vunmap((void *)base, STACK_PAGES);
	frames_free(frames, STACK_PAGES);
}
