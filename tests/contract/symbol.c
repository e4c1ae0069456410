/* symbol.c - names of addresses, and walks up the stack. */
#include <arch/boot.h>
#include <arch/trap.h>
#include <kernel/ktest.h>
#include <kernel/log.h>
#include <kernel/panic.h>
#include <kernel/string.h>

extern char text_start[], text_end[], data_start[];

static bool has_table(void)
{
	unsigned long offset;

	return symbol_name((vaddr_t)kernel_main, &offset) != NULL;
}

static bool is_in(vaddr_t address, const char *function)
{
	unsigned long offset;
	const char *name = symbol_name(address, &offset);

	return name && !strcmp(name, function);
}

KTEST(symbol_names)
{
	unsigned long offset = 99;
	char text[64];

	KTEST_SKIP_IF(!has_table(), "this image has no symbol table");
	KTEST_EXPECT(!strcmp(symbol_name((vaddr_t)kernel_main, &offset), "kernel_main") && !offset);
	KTEST_EXPECT(!strcmp(symbol_name((vaddr_t)memcpy + 3, &offset), "memcpy") && offset == 3);
	fmt_print(text, sizeof(text), "%pS", (void *)((vaddr_t)memcpy + 3));
	KTEST_EXPECT(!strcmp(text, "memcpy+0x3"));
}

KTEST(symbol_not_text)
{
	unsigned long offset;

	KTEST_EXPECT(!symbol_name(0, &offset) && !symbol_name(~0ul, &offset));
	KTEST_EXPECT(!symbol_name((vaddr_t)text_start - 1, &offset));
	KTEST_EXPECT(!symbol_name((vaddr_t)text_end, &offset));
	KTEST_EXPECT(!symbol_name((vaddr_t)data_start, &offset));
}

#define DEPTH 3

static vaddr_t callers[DEPTH];

static void __noinline innermost(void)
{
	vaddr_t frame_pointer = frame_pointer_here();

	for (unsigned i = 0; i < DEPTH; i++) {
		if (!backtrace_step(&frame_pointer, &callers[i])) {
			ktest_verdict(KTEST_FAILURE, "the walk ends after %u steps", i);
			return;
		}
	}
}

static void __noinline middle(void)
{
	innermost();
	barrier();
}

KTEST(backtrace_names_callers)
{
	KTEST_SKIP_IF(!has_table(), "this image has no symbol table");
	middle();
	KTEST_EXPECT(is_in(callers[0] - 1, "middle"));
	KTEST_EXPECT(is_in(callers[1] - 1, "ktest_run_backtrace_names_callers"));
	KTEST_EXPECT(is_in(callers[2] - 1, "run"));
}

/* The walk ends by itself, on whatever stack. */
KTEST(backtrace_ends)
{
	vaddr_t frame_pointer = frame_pointer_here(), pc;
	unsigned steps = 0;

	while (steps < 1000 && backtrace_step(&frame_pointer, &pc)) {
		steps++;
	}
	KTEST_EXPECT(steps >= 1 && steps < 100);
}

KTEST(backtrace_survives_nonsense)
{
	vaddr_t wrong[] = { 0, 1, 8, ~0ul, ~0ul - 7, (vaddr_t)&wrong, (vaddr_t)text_start };
	vaddr_t pc;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		vaddr_t frame_pointer = wrong[i];

		for (unsigned steps = 0; backtrace_step(&frame_pointer, &pc); steps++) {
			KTEST_REQUIRE(steps < 1000);
		}
	}
}
