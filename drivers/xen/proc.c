/*
 * proc.c - /proc/paravane: what the counters of hypercalls say, and the batch's knob.
 *
 * hypercalls has a line "time_stamp TICKS 0", and one for each call that was made: its name, trips into Xen,
 * entries carried in multicalls. All is of one moment, which the time stamp counter tells: of this CPU, while its
 * interrupts are masked, and so of the domain when it has one CPU. Whoever reads it twice knows between which records
 * of Xen's trace the difference must be found. batch is the limit; writing to it sets it. batches has lines of a name and two numbers,
 * batches and entries: for all; by why they were flushed ("why:full"); by size ("size:16" is 16 to
 * 31); by site, the batches that its entries ended and the entries that it queued ("site:NAME+0x10").
 * plain, of an image that counts it, is what needed no hypercall (arch/plain.h).
 */
#include <drivers/xen/batch.h>
#include <drivers/xen/hypercall.h>
#include <drivers/xen/proc.h>
#include <arch/cpu.h>
#include <arch/plain.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/procfs.h>
#include <kernel/string.h>
#include <x86/asm.h>

static void line_print(struct proc_text *text, const char *kind, const char *name, uint64_t batches,
	uint64_t entries)
{
	if (batches || entries) {
		proc_print(text, "%s%s %llu %llu\n", kind, name, (unsigned long long)batches,
			(unsigned long long)entries);
	}
}

static void hypercalls_show(struct proc_text *text)
{
	struct hypercall_count *sum = heap_alloc(sizeof(*sum));
	irq_state_t irq;
	uint64_t now;

	if (!sum) {
		text->has_failed = true;
		return;
	}
	irq = irq_save();
	hypercall_count_sum(sum);
	now = rdtsc_ordered();
	irq_restore(irq);
	line_print(text, "", "time_stamp", now, 0);
	for (unsigned nr = 0; nr < HYPERCALL_NR_MAX; nr++) {
		line_print(text, "", hypercall_name(nr), sum->calls[nr], sum->entries[nr]);
	}
	heap_free(sum);
}

unsigned long plain_counts[PLAIN_KINDS];

static void plain_show(struct proc_text *text)
{
	static const char *const names[PLAIN_KINDS] = {
		[PLAIN_MASK] = "mask",
		[PLAIN_TIME] = "time",
		[PLAIN_TABLE] = "table",
		[PLAIN_GRANT] = "grant",
	};

	for (unsigned kind = 0; kind < PLAIN_KINDS; kind++) {
		line_print(text, "", names[kind], plain_counts[kind], 0);
	}
}

static void site_show(const struct batch_site *site, void *arg)
{
	uint64_t ended = 0;
	char name[64];

	for (unsigned why = 0; why < BATCH_WHY_COUNT; why++) {
		ended += site->flushed[why];
	}
	fmt_print(name, sizeof(name), "%pS", site->pc);
	line_print(arg, "site:", name, ended, site->entries);
}

static void batches_show(struct proc_text *text)
{
	struct batch_stats sum;
	char size[16];

	batch_stats_sum(&sum);
	line_print(text, "", "all", sum.trips, sum.entries);
	for (unsigned why = 0; why < BATCH_WHY_COUNT; why++) {
		line_print(text, "why:", batch_why_name(why), sum.flushed[why], sum.carried[why]);
	}
	for (unsigned i = 0; i < BATCH_BUCKETS; i++) {
		fmt_print(size, sizeof(size), "%u", 1u << i);
		line_print(text, "size:", size, sum.sizes[i], 0);
	}
	batch_site_for_each(site_show, text);
}

static void batch_show(struct proc_text *text)
{
	proc_print(text, "%u\n", batch_limit());
}

static int batch_store(const char *text)
{
	uint64_t limit;
	int err = str_to_u64(text, &limit);

	return err || limit > BATCH_LIMIT_MAX ? -EINVAL : batch_limit_set((unsigned)limit);
}

void xen_proc_init(void)
{
	int err = procfs_add("paravane/hypercalls", hypercalls_show, NULL);

	if (!err) {
		err = procfs_add("paravane/batch", batch_show, batch_store);
	}
	if (!err) {
		err = procfs_add("paravane/batches", batches_show, NULL);
	}
	if (!err && IS_ENABLED(CONFIG_COUNT_PLAIN)) {
		err = procfs_add("paravane/plain", plain_show, NULL);
	}
	if (err) {
		log_warn("xen: no files in /proc/paravane: %s", errno_name(err));
	}
}
