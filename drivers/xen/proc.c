/*
 * proc.c - /proc/paravane: what the counters of hypercalls say, and the batch's knob.
 *
 * hypercalls has a line for each call that was made: its name, trips into Xen, entries carried in
 * multicalls. batch is the limit; writing to it sets it.
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
	if (err) {
		log_warn("xen: no files in /proc/paravane: %s", errno_name(err));
	}
}
