/*
 * breakage.c - deliberate faults: each must end the kernel with a message that
 * names the culprit. One boot for each; only "break NAME" starts them. Here are those whose finding
 * depends on the port.
 */
#include <arch/boot.h>
#include <arch/mmu.h>
#include <kernel/heap.h>
#include <kernel/ktest.h>
#include <kernel/panic.h>
#include <kernel/thread.h>
#include "memory.h"

static volatile unsigned long sink;

/* ---- addresses --------------------------------------------------------------- */

static void __noinline wild_reader(void)
{
	sink = *(volatile unsigned long *)(LAYOUT_VMAP_BASE + LAYOUT_VMAP_SIZE - PAGE_SIZE);
}

BREAKAGE(wild_pointer, "wild_reader+")
{
	wild_reader();
}

BREAKAGE(wild_jump, "page fault: kernel tried to execute")
{
	void (*nowhere)(void) = (void (*)(void))(LAYOUT_VMAP_BASE + LAYOUT_VMAP_SIZE - PAGE_SIZE);

	nowhere();
}

BREAKAGE(write_text, "page fault: kernel tried to write")
{
	*(volatile char *)(vaddr_t)kernel_main = 0;
}

static const char constant[16] = "constant";

BREAKAGE(write_rodata, "page fault: kernel tried to write")
{
	*(volatile char *)(vaddr_t)constant = 0;
}

/* On x86 a return instruction: executed, it would come back. */
static unsigned char data[16] = { 0xc3 };

BREAKAGE(execute_data, "page fault: kernel tried to execute")
{
	void (*code)(void) = (void (*)(void))(vaddr_t)data;

	sink = data[0];
	code();
}

/* ---- stacks ------------------------------------------------------------------- */

static volatile unsigned long deepest = ~0ul; /* the compiler must not see that there is no end */

static unsigned long __noinline recurse(unsigned long depth)
{
	volatile unsigned long local[32];

	local[depth % 32] = depth;
	return (depth < deepest ? recurse(depth + 1) : 0) + local[depth % 32];
}

static void recurse_thread(void *arg)
{
	sink = recurse(0);
}

BREAKAGE(stack_overflow, "stack overflow in thread deep")
{
	struct thread *t;

	if (!thread_create(&t, "deep", recurse_thread, NULL)) {
		thread_join(t);
	}
}

BREAKAGE(boot_stack_overflow, "stack overflow in thread boot")
{
	sink = recurse(0);
}

/* ---- memory -------------------------------------------------------------------- */

BREAKAGE(out_of_memory, "memory exhausted: heap has no 4096 bytes for ktest_run_out_of_memory+")
{
	struct list hoard;

	hoard_fill(&hoard, ALL_FRAMES);
	sink = (unsigned long)heap_alloc_boot(PAGE_SIZE);
}

/* ---- invariants ------------------------------------------------------------------ */

BREAKAGE(edit_unreserved, "mmu: M3")
{
	struct mmu_aspace as;

	if (!mmu_create(&as)) {
		preempt_disable();
		mmu_map(&as, PAGE_SIZE, page_pfn(page_alloc(0)), MMU_READ | MMU_USER);
	}
}

BREAKAGE(assertion, "broken: two and two are five")
{
	volatile int two = 2;

	assert_that(two + two == 5, "two and two are five");
}
