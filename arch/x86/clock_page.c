/* clock_page.c - the one page of x86/clock_page.h, and its writers' lock. */
#include <kernel/page.h>
#include <kernel/panic.h>
#include <x86/clock_page.h>

_Static_assert(sizeof(struct clock_page) <= PAGE_SIZE, "it is one page");

struct clock_page *clock_page;

void clock_page_init(void)
{
	struct clock_page *page = page_alloc_zeroed();

	if (!page) {
		memory_exhausted("clock page", PAGE_SIZE, __builtin_return_address(0));
	}
	__atomic_store_n(&clock_page, page, __ATOMIC_RELEASE);
}

bool clock_page_change_begin(void)
{
	uint32_t sequence = __atomic_load_n(&clock_page->sequence, __ATOMIC_RELAXED);

	/* A locked exchange: seen by all before the caller's next load, the counter's among them (P2). */
	return !(sequence & 1) &&
		__atomic_compare_exchange_n(&clock_page->sequence, &sequence, sequence + 1, false,
			__ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

void clock_page_change_end(void)
{
	__atomic_store_n(&clock_page->sequence, clock_page->sequence + 1, __ATOMIC_RELEASE);
}
