/* tour.c - the table of chapters, and the words they have in common. */
#include <arch/boot.h>
#include <arch/clock.h>
#include <arch/cpu.h>
#include <kernel/cpu.h>
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/monitor.h>
#include <kernel/string.h>
#include <stdarg.h>
#include "attempt.h"
#include "tour.h"

#define COST_ROUNDS 5
#define COST_TIMES  200

static const struct tour_chapter chapters[] = {
	{ "Which ring is this?", tour_ring },
	{ "Seventeen instructions that do not trap", tour_sensitive },
	{ "Who else lives in this address space?", tour_space },
	{ "Interrupts: masked, pending, delivered", tour_interrupts },
	{ "State that cannot be read back", tour_hidden },
	{ "What is done often must not trap", tour_frequent },
	{ "Page tables that cannot be written", tour_tables },
	{ "Three ways to a device", tour_devices },
};

void tour_say(const char *fmt, ...)
{
	char text[160];
	va_list args;

	va_start(args, fmt);
	fmt_vprint(text, sizeof(text), fmt, args);
	va_end(args);
	log_print("  %s\n", text);
}

static void show(const char *name, const char *outcome, const char *fmt, va_list args)
{
	char text[120];

	fmt_vprint(text, sizeof(text), fmt, args);
	log_print("    > %-24s %-9s %s\n", name, outcome, text);
}

void tour_show(const char *name, const char *outcome, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	show(name, outcome, fmt, args);
	va_end(args);
}

void tour_attempt(bool went, const char *name, const char *outcome, const char *fmt, ...)
{
	struct trap_frame trap = fixup_taken;
	va_list args;

	if (!went) {
		tour_show(name, "trapped", "vector %lu, error code %#lx", trap.vector,
			trap.error_code);
		return;
	}
	va_start(args, fmt);
	show(name, outcome, fmt, args);
	va_end(args);
}

void tour_cost(const char *name, void (*operation)(void))
{
	nsec_t took[COST_ROUNDS]; /* in order */

	for (unsigned round = 0; round < COST_ROUNDS; round++) {
		nsec_t start = clock_now(), time;
		unsigned at = round;

		for (unsigned i = 0; i < COST_TIMES; i++) {
			operation();
		}
		time = clock_now() - start;
		for (; at > 0 && took[at - 1] > time; at--) {
			took[at] = took[at - 1];
		}
		took[at] = time;
	}
	tour_show(name, "done", "%lu ns each, median of %u x %u",
		(unsigned long)(took[COST_ROUNDS / 2] / COST_TIMES), COST_ROUNDS, COST_TIMES);
}

/* One chapter by itself stays on its CPU: what it finds out is about that. */
static void chapter_run(unsigned number)
{
	const struct tour_chapter *chapter = &chapters[number];

	log_print("\n%u. %s\n", number + 1, chapter->title);
	preempt_disable();
	chapter->run();
	preempt_enable();
}

MONITOR_COMMAND(tour, "[CHAPTER] - what makes x86 hard to virtualize, shown here")
{
	uint64_t number;

	if (argc > 1) {
		if (str_to_u64(argv[1], &number) || !number || number > ARRAY_SIZE(chapters)) {
			return -EINVAL;
		}
		chapter_run((unsigned)number - 1);
		return 0;
	}
	log_print("tour: %s, in the kernel\n", boot_info.port);
	for (unsigned i = 0; i < ARRAY_SIZE(chapters); i++) {
		chapter_run(i);
	}
	log_print("\ntour: that was the kernel's part\n");
	return 0;
}
