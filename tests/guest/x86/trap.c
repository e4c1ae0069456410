/* trap.c - faults the kernel survives, and those that must end it with the right words. */
#include <arch/mmu.h>
#include <arch/trap.h>
#include <kernel/cpu.h>
#include <kernel/errno.h>
#include <kernel/ktest.h>
#include <kernel/page.h>
#include <kernel/panic.h>
#include <kernel/string.h>
#include <x86/stack.h>

#define UNMAPPED      ((void *)(LAYOUT_VMAP_BASE)) /* vmap leaves the first page of its range free */
#define NON_CANONICAL ((void *)0x0123456789abcdef)

extern char image_start[], rodata_start[]; /* kernel.lds */

KTEST(x86_probe_mapped)
{
	char from[] = "fourteen bytes", to[sizeof(from)] = "";

	KTEST_EXPECT(memory_probe_read(to, from, sizeof(from)) == 0);
	KTEST_EXPECT(!memcmp(to, from, sizeof(from)));
	memset(to, 0, sizeof(to));
	KTEST_EXPECT(memory_probe_write(to, from, sizeof(from)) == 0);
	KTEST_EXPECT(!memcmp(to, from, sizeof(from)));
}

KTEST(x86_probe_faults)
{
	uint64_t word = 0;

	KTEST_EXPECT(memory_probe_read(&word, NULL, sizeof(word)) == -EFAULT);
	KTEST_EXPECT(memory_probe_read(&word, UNMAPPED, sizeof(word)) == -EFAULT);
	KTEST_EXPECT(memory_probe_read(&word, NON_CANONICAL, sizeof(word)) == -EFAULT);
	KTEST_EXPECT(memory_probe_write(UNMAPPED, &word, sizeof(word)) == -EFAULT);
	KTEST_EXPECT(memory_probe_write(image_start, &word, sizeof(word)) == -EFAULT);
	KTEST_EXPECT(memory_probe_write(rodata_start, &word, sizeof(word)) == -EFAULT);
}

/* A fault in the middle of a copy, at the end of the last mapped page. */
KTEST(x86_probe_crosses_into_guard)
{
	struct page *page = page_alloc(0);
	pfn_t frame;
	char *area, buf[16];

	KTEST_REQUIRE(page);
	frame = page_pfn(page);
	area = vmap(&frame, 1, MMU_READ | MMU_WRITE);
	KTEST_REQUIRE(area);
	KTEST_EXPECT(memory_probe_read(buf, area + PAGE_SIZE - 16, 16) == 0);
	KTEST_EXPECT(memory_probe_read(buf, area + PAGE_SIZE - 8, 16) == -EFAULT);
	vunmap(area, 1);
	KTEST_EXPECT(memory_probe_read(buf, area, 16) == -EFAULT);
	page_free(page, 0);
}

KTEST(x86_backtrace_steps)
{
	vaddr_t frame = frame_pointer_here(), last = 0, pc;
	unsigned long offset;
	unsigned steps = 0;

	while (backtrace_step(&frame, &pc)) {
		KTEST_EXPECT(symbol_name(pc, &offset));
		KTEST_EXPECT(frame == 0 || frame > last);
		last = frame;
		steps++;
	}
	KTEST_EXPECT(steps >= 2); /* this test's caller, and how its thread started */
	KTEST_EXPECT(frame == 0); /* the walk reached the end, it did not lose its way */
}

/* Frame pointers that no sane stack holds are refused without a fault. */
KTEST(x86_backtrace_implausible)
{
	struct stack_bounds stack = stack_of(thread_current());
	vaddr_t bad[] = { 0, 8, stack.base - 8, stack.end - 8, stack.end, frame_pointer_here() + 1,
		(vaddr_t)NON_CANONICAL };
	vaddr_t pc;

	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		KTEST_EXPECT(!backtrace_step(&bad[i], &pc));
	}
}

BREAKAGE(x86_null_write, "page fault: kernel tried to write 0x8, which is not mapped")
{
	volatile uint64_t *volatile near_null = (volatile uint64_t *)8;

	*near_null = 1;
}

BREAKAGE(x86_text_write, "which forbids it")
{
	*(volatile char *)image_start = 1;
}

BREAKAGE(x86_stack_execute, "page fault: kernel tried to execute")
{
	char code[16];
	void (*volatile f)(void) = (void (*)(void))code;

	memset(code, 0xc3, sizeof(code)); /* ret: without NX it would just come back */
	f();
}

BREAKAGE(x86_invalid_opcode, "trap: invalid_opcode")
{
	__asm__ volatile("ud2");
}

BREAKAGE(x86_general_protection, "trap: general_protection")
{
	__asm__ volatile("movl %0, %%fs" ::"r"(0x1234 & ~7));
}

static __noinline unsigned overflow(unsigned depth)
{
	volatile char room[256];

	room[0] = (char)depth;
	return depth == UINT32_MAX ? 0 : overflow(depth + 1) + (unsigned)room[0];
}

BREAKAGE(x86_stack_overflow, "stack overflow in thread")
{
	overflow(0);
}
