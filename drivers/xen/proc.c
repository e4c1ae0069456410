/*
 * proc.c - /proc/paravane: what the counters of hypercalls say, and the batch's knob.
 *
 * hypercalls has a line for each call that was made: its name, trips into Xen, entries carried in
 * multicalls. batch is the limit; writing to it sets it. batches has lines of a name and two numbers,
 * batches and entries: for all; by why they were flushed ("why:full"); by size ("size:16" is 16 to
 * 31); by site, the batches that its entries ended and the entries that it queued ("site:NAME+0x10").
 */
#include <drivers/xen/batch.h>
#include <drivers/xen/hypercall.h>
#include <drivers/xen/proc.h>
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/procfs.h>
#include <kernel/string.h>

static void hypercalls_show(struct proc_text *text)
{
	for (unsigned nr = 0; nr < HYPERCALL_NR_MAX; nr++) {
		uint64_t calls, entries;

		hypercall_count_one(nr, &calls, &entries);
		if (calls || entries) {
			proc_print(text, "%s %lu %lu\n", hypercall_name(nr), (unsigned long)calls,
				(unsigned long)entries);
		}
	}
}

static void line_print(struct proc_text *text, const char *kind, const char *name, uint64_t batches,
	uint64_t entries)
{
	if (batches || entries) {
		proc_print(text, "%s%s %lu %lu\n", kind, name, (unsigned long)batches,
			(unsigned long)entries);
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
	if (err) {
		log_warn("xen: no files in /proc/paravane: %s", errno_name(err));
	}
}
