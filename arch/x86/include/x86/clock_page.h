/*
 * x86/clock_page.h - the page from which kernel and programs alike tell the time.
 *
 * It says what the time was when the time-stamp counter stood at `tsc`, and how
 * many nanoseconds a tick is worth. Programs see it read-only beside their vDSO
 * (arch/x86/vdso), so they need no system call; the kernel, where the page is
 * in use, reads the same numbers by the same function, so the two agree.
 *
 * Invariants:
 *   P1  One writer at a time: `sequence` is odd while it writes. What was read
 *       counts only if the sequence was even, and the same before and after.
 *   P2  The writer reads the counter only after everybody can see that it writes,
 *       so nobody applies old numbers to a later counter than new ones start at.
 *   P3  New numbers continue at the time that the old ones gave, or later.
 *   P4  The page is in use only where all CPUs' counters are one. A counter that
 *       is behind `tsc` all the same gives the time at `tsc`.
 * By these the time never goes back, on one CPU or between CPUs.
 */
#ifndef X86_CLOCK_PAGE_H
#define X86_CLOCK_PAGE_H

#include <x86/asm.h>
#include <x86/multiply.h>

struct clock_page {
	uint32_t sequence;
	uint32_t is_in_use;
	uint64_t tsc;
	uint64_t nsec;	    /* monotonic time when the counter stood at `tsc` */
	uint64_t rate;	    /* nanoseconds for a tick, << shift */
	uint32_t shift;	    /* below 64 */
	uint64_t ticks_max; /* how long the numbers hold; later only the kernel knows */
	uint64_t wall;	    /* nanoseconds since 1970 at monotonic time 0 */
};

/* The time when the counter stands at `tsc`. */
static inline nsec_t clock_page_at(const volatile struct clock_page *page, uint64_t tsc)
{
	uint64_t ticks = tsc - page->tsc;

	if ((int64_t)ticks < 0) {
		return page->nsec; /* P4 */
	}
	return page->nsec + multiply_shift(ticks, page->rate, page->shift);
}

/* P1. Monotonic time and wall clock; false: ask the kernel, or as the kernel try again. Any context. */
static inline bool clock_page_read(
	const volatile struct clock_page *page, nsec_t *now, nsec_t *wall)
{
	uint32_t sequence = __atomic_load_n(&page->sequence, __ATOMIC_ACQUIRE);
	uint64_t tsc = rdtsc_ordered();
	bool is_fresh = (int64_t)(tsc - page->tsc - page->ticks_max) <= 0;

	*now = clock_page_at(page, tsc);
	*wall = *now + page->wall;
	is_fresh = is_fresh && page->is_in_use;
	load_fence(); /* the counter was read before the sequence is, once more */
	return is_fresh && !(sequence & 1) && sequence == page->sequence;
}

/* ---- for the kernel (clock_page.c) ------------------------------------- */

/* In the direct map; NULL before clock_page_init(). */
extern struct clock_page *clock_page;

/* Make the page, not in use yet. The allocators work. */
void clock_page_init(void);

/*
 * P1, P2. Around a change of the page by the port's clock, interrupts masked;
 * false: another CPU is about to change it.
 */
bool clock_page_change_begin(void) __must_check;
void clock_page_change_end(void);

#endif
