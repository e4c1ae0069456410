/* commands.c - the monitor commands that belong to no subsystem in particular. */
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/ktest.h>
#include <kernel/log.h>
#include <kernel/machine.h>
#include <kernel/monitor.h>
#include <kernel/option.h>
#include <kernel/panic.h>
#include <kernel/report.h>
#include <kernel/string.h>
#include <kernel/thread.h>

/* ---- looking -------------------------------------------------------------- */

MONITOR_COMMAND(report, "- all that is known about the machine and this kernel")
{
	report_all();
	return 0;
}

MONITOR_COMMAND(mem, "- memory: frames managed, free, and least ever free")
{
	struct page_stats s;

	page_stats_get(&s);
	log_print("frames: %lu managed, %lu used, %lu free, %lu least ever free\n", s.total,
		s.total - s.free, s.free, s.low_water);
	return 0;
}

static void cache_print(const struct cache *cache, void *arg)
{
	if (cache->slabs) {
		log_print("  %-16s %6zu %8lu %6lu\n", cache->name, cache->size, cache->in_use,
			cache->slabs);
	}
}

MONITOR_COMMAND(caches, "- object caches in use")
{
	log_print("  name               size  objects  pages\n");
	cache_for_each(cache_print, NULL);
	return 0;
}

static void thread_print(const struct thread *t, void *arg)
{
	static const char *const states[] = {
		[THREAD_READY] = "ready",
		[THREAD_RUNNING] = "running",
		[THREAD_BLOCKED] = "blocked",
		[THREAD_DEAD] = "dead",
	};
	log_print("  %4u %-24s %-8s %10lu %8lu\n", t->id, t->name, states[t->state],
		(unsigned long)(thread_run_time(t) / NSEC_PER_USEC), t->switches);
}

MONITOR_COMMAND(threads, "- threads: state, CPU time, times switched to")
{
	log_print("    id name                     state         us run switches\n");
	thread_for_each(thread_print, NULL);
	return 0;
}

MONITOR_COMMAND(log, "- the kernel log, as far back as it reaches")
{
	size_t size = 32768, len;
	char *text = heap_alloc(size);

	if (!text) {
		return -ENOMEM;
	}
	len = log_read(text, size);
	log_text(text, len);
	heap_free(text);
	return 0;
}

MONITOR_COMMAND(options, "- options of the command line: bounds, values, meaning")
{
	option_print_all();
	return 0;
}

MONITOR_COMMAND(echo, "WORD... - print the words")
{
	for (int i = 1; i < argc; i++) {
		log_print("%s%s", i > 1 ? " " : "", argv[i]);
	}
	log_print("\n");
	return 0;
}

/* ---- testing -------------------------------------------------------------- */

MONITOR_COMMAND(test, "NAME... | all - run tests of the kernel; without a name: list them")
{
	struct ktest_counts counts = { { 0 } };

	if (argc == 1) {
		ktest_list();
		return 0;
	}
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "all")) {
			ktest_run_all(&counts);
		} else {
			ktest_run(argv[i], &counts);
		}
	}
	return ktest_summary(&counts);
}

MONITOR_COMMAND(break, "NAME - a deliberate fault; the kernel must end and say why")
{
	return argc == 2 ? ktest_break(argv[1]) : -EINVAL;
}

MONITOR_COMMAND(sleep, "MS - wait so many milliseconds")
{
	uint64_t ms;

	if (argc != 2 || str_to_u64(argv[1], &ms)) {
		return -EINVAL;
	}
	thread_sleep(ms * NSEC_PER_MSEC);
	return 0;
}

/* ---- ending --------------------------------------------------------------- */

static int end(enum machine_end how, int argc, char **argv)
{
	uint64_t status = (uint64_t)machine_status();

	if (argc > 2 || (argc == 2 && (str_to_u64(argv[1], &status) || status > 255))) {
		return -EINVAL;
	}
	machine_shutdown(how, (int)status);
}

MONITOR_COMMAND(poweroff, "[STATUS] - end the machine; without a status: 1 if any command failed")
{
	return end(MACHINE_POWEROFF, argc, argv);
}

MONITOR_COMMAND(reboot, "[STATUS] - end the machine and ask for a new start")
{
	return end(MACHINE_REBOOT, argc, argv);
}

MONITOR_COMMAND(halt, "[STATUS] - stop the CPUs")
{
	return end(MACHINE_HALT, argc, argv);
}

MONITOR_COMMAND(crash, "- panic on purpose")
{
	panic("the monitor was told to crash");
}
