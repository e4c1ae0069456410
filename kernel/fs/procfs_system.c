/* procfs_system.c - files of /proc about the machine; the formats are Linux's (proc(5)). */
#include <arch/boot.h>
#include <arch/clock.h>
#include <arch/interrupt.h>
#include <arch/user.h>
#include <kernel/blk.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/process.h>
#include <kernel/string.h>
#include <kernel/system.h>
#include <linux/fs.h>
#include "procfs.h"

#define TICKS_PER_SEC 100u
#define NSEC_PER_TICK (NSEC_PER_SEC / TICKS_PER_SEC)
#define KIB_PER_PAGE  (PAGE_SIZE / 1024)

/* ---- memory -------------------------------------------------------------------------------- */

static void tmpfs_pages_add(
	const char *source, struct dentry *root, const struct filesystem *fs, void *pages)
{
	struct filesystem_usage usage = { 0 };

	if (fs->ops && fs->ops->usage) {
		fs->ops->usage((struct filesystem *)fs, &usage);
	}
	if (usage.magic == TMPFS_MAGIC) {
		*(unsigned long *)pages += usage.blocks - usage.blocks_free;
	}
}

static void cache_pages_add(const struct cache *cache, void *pages)
{
	*(unsigned long *)pages += cache->slabs;
}

static void kib_line(struct proc_text *text, const char *name, unsigned long pages)
{
	proc_print(text, "%-15s %8lu kB\n", name, pages * KIB_PER_PAGE);
}

static void show_meminfo(struct proc_text *text)
{
	unsigned long files = 0, slabs = 0;
	struct page_stats memory;

	page_stats_get(&memory);
	vfs_mount_for_each(tmpfs_pages_add, &files);
	cache_for_each(cache_pages_add, &slabs);
	kib_line(text, "MemTotal:", memory.total);
	kib_line(text, "MemFree:", memory.free);
	kib_line(text, "MemAvailable:", memory.free);
	kib_line(text, "Buffers:", 0);
	kib_line(text, "Cached:", files);
	kib_line(text, "SwapCached:", 0);
	kib_line(text, "Shmem:", files);
	kib_line(text, "Slab:", slabs);
	kib_line(text, "SReclaimable:", 0);
	kib_line(text, "SwapTotal:", 0);
	kib_line(text, "SwapFree:", 0);
}

/* ---- time ------------------------------------------------------------------------------------- */

/* Where a CPU's time went, or that of all. */
struct cpu_times {
	struct sched_times spent;
	nsec_t stolen; /* within what was spent: nobody knows by whom */
};

static struct cpu_times cpu_times_of(unsigned cpu)
{
	struct cpu_times t = { .stolen = clock_stolen(cpu) };

	sched_times_get(cpu, &t.spent);
	return t;
}

static struct cpu_times cpu_times_all(void)
{
	struct cpu_times sum = { 0 };

	for (unsigned i = 0; i < cpu_count; i++) {
		struct cpu_times t = cpu_times_of(i);

		sum.spent.idle += t.spent.idle;
		sum.spent.kernel += t.spent.kernel;
		sum.spent.programs += t.spent.programs;
		sum.spent.switches += t.spent.switches;
		sum.stolen += t.stolen;
	}
	return sum;
}

struct thread_counts {
	unsigned all, runnable;
};

static void thread_count_add(const struct thread *thread, void *arg)
{
	struct thread_counts *counts = arg;
	bool is_idle = !strcmp(thread->name, "idle") && !thread->task;

	counts->all++;
	counts->runnable +=
		!is_idle && (thread->state == THREAD_RUNNING || thread->state == THREAD_READY);
}

static struct thread_counts thread_counts_now(void)
{
	struct thread_counts counts = { 0 };

	thread_for_each(thread_count_add, &counts);
	return counts;
}

static void show_uptime(struct proc_text *text)
{
	nsec_t idle = cpu_times_all().spent.idle, now = clock_now();

	proc_print(text, "%lu.%02lu %lu.%02lu\n", (unsigned long)(now / NSEC_PER_SEC),
		(unsigned long)(now / NSEC_PER_TICK % TICKS_PER_SEC),
		(unsigned long)(idle / NSEC_PER_SEC),
		(unsigned long)(idle / NSEC_PER_TICK % TICKS_PER_SEC));
}

static void cpu_line(struct proc_text *text, const char *name, const struct cpu_times *t)
{
	proc_print(text, "%s %lu 0 %lu %lu 0 0 0 %lu 0 0\n", name,
		(unsigned long)(t->spent.programs / NSEC_PER_TICK),
		(unsigned long)(t->spent.kernel / NSEC_PER_TICK),
		(unsigned long)(t->spent.idle / NSEC_PER_TICK),
		(unsigned long)(t->stolen / NSEC_PER_TICK));
}

/* ---- interrupts --------------------------------------------------------------------------------- */

static uint64_t source_count(const struct interrupt_source *source)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < cpu_count; i++) {
		sum += source->counts[i];
	}
	return sum;
}

static void source_line(const struct interrupt_source *source, void *arg)
{
	struct proc_text *text = arg;

	proc_print(text, "%3u: ", source->number);
	for (unsigned i = 0; i < cpu_count; i++) {
		proc_print(text, "%10llu ", (unsigned long long)source->counts[i]);
	}
	proc_print(text, " %s  %s\n", source->kind, source->name);
}

static void show_interrupts(struct proc_text *text)
{
	proc_print(text, "%11s", "");
	for (unsigned i = 0; i < cpu_count; i++) {
		proc_print(text, "CPU%-8u", i);
	}
	proc_print(text, "\n");
	interrupt_source_for_each(source_line, text);
}

/* The counts of one line of /proc/stat: the sum first, then one for each number there can be, up to the last that there is. */
#define NUMBERS_MOST 1024u

struct source_row {
	struct proc_text *text;
	uint64_t sum;
	unsigned next; /* number to be printed */
};

static void source_add(const struct interrupt_source *source, void *arg)
{
	((struct source_row *)arg)->sum += source_count(source);
}

static void source_number(const struct interrupt_source *source, void *arg)
{
	struct source_row *row = arg;

	for (; row->next < MIN(source->number, NUMBERS_MOST); row->next++) {
		proc_print(row->text, " 0");
	}
	if (row->next == source->number && row->next < NUMBERS_MOST) {
		proc_print(row->text, " %llu", (unsigned long long)source_count(source));
		row->next++;
	}
}

static void intr_line(struct proc_text *text)
{
	struct source_row row = { .text = text };

	interrupt_source_for_each(source_add, &row);
	proc_print(text, "intr %llu", (unsigned long long)row.sum);
	interrupt_source_for_each(source_number, &row);
	proc_print(text, "\n");
}

static void show_stat(struct proc_text *text)
{
	struct cpu_times t = cpu_times_all();
	struct thread_counts counts = thread_counts_now();
	unsigned long switches = t.spent.switches;
	char name[16];

	cpu_line(text, "cpu ", &t);
	for (unsigned i = 0; i < cpu_count; i++) {
		t = cpu_times_of(i);
		fmt_print(name, sizeof(name), "cpu%u", i);
		cpu_line(text, name, &t);
	}
	intr_line(text);
	proc_print(text, "ctxt %lu\nbtime %lu\nprocesses %lu\n", switches,
		(unsigned long)((clock_wall() - clock_now()) / NSEC_PER_SEC), process_total());
	proc_print(text, "procs_running %u\nprocs_blocked 0\n", counts.runnable);
}

/*
 * Load averages decay every five seconds towards the number of runnable threads (11 bits of
 * fraction; e^(-5 s / 1, 5, 15 min)). There is no tick to do that, so whoever reads makes up
 * for the time since the last reading with the number of now.
 */
#define LOAD_ONE  2048u
#define LOAD_STEP (5 * NSEC_PER_SEC)

static void show_loadavg(struct proc_text *text)
{
	static const uint32_t decay[3] = { 1884, 2014, 2037 };
	static uint32_t load[3];
	static nsec_t last;
	struct thread_counts t = thread_counts_now();
	uint32_t running = (t.runnable > 0 ? t.runnable - 1 : 0) * LOAD_ONE; /* but the reader */
	unsigned steps = (unsigned)MIN((clock_now() - last) / LOAD_STEP, 1000u);

	for (unsigned s = 0; s < steps; s++) {
		for (unsigned i = 0; i < 3; i++) {
			load[i] = (load[i] * decay[i] + running * (LOAD_ONE - decay[i])) / LOAD_ONE;
		}
	}
	last += steps * LOAD_STEP;
	for (unsigned i = 0; i < 3; i++) {
		proc_print(
			text, "%u.%02u ", load[i] / LOAD_ONE, load[i] % LOAD_ONE * 100 / LOAD_ONE);
	}
	proc_print(text, "%u/%u %d\n", t.runnable, t.all, process_last_pid());
}

/* ---- what it is ----------------------------------------------------------------------------------- */

static void show_cpuinfo(struct proc_text *text)
{
	for (unsigned i = 0; i < cpu_count; i++) {
		proc_print(text, "processor\t: %u\nmodel name\t: %s\n\n", i, port_machine_name);
	}
}

static void show_version(struct proc_text *text)
{
	proc_print(text, "Linux version %s (paravane on %s)\n", system_release, boot_info.port);
}

static void show_cmdline(struct proc_text *text)
{
	proc_print(text, "%s\n", boot_info.command_line);
}

static void filesystem_line(const struct filesystem_type *type, void *text)
{
	proc_print(text, "nodev\t%s\n", type->name);
}

static void show_filesystems(struct proc_text *text)
{
	vfs_type_for_each(filesystem_line, text);
}

static void sectors_add(struct blk_device *dev, void *sectors)
{
	uint64_t *moved = sectors;

	moved[BLK_READ] += dev->stats.ops[BLK_READ].sectors;
	moved[BLK_WRITE] += dev->stats.ops[BLK_WRITE].sectors;
}

/* Of what vmstat(8) looks for: nothing is swapped, and faults are not counted. */
static void show_vmstat(struct proc_text *text)
{
	static const char *const uncounted[] = { "pswpin", "pswpout", "pgfault", "pgmajfault",
		"pgfree", "pgscan_kswapd", "pgscan_direct", "pgsteal_kswapd", "pgsteal_direct",
		"nr_dirty", "nr_writeback" };
	struct page_stats memory;
	uint64_t moved[BLK_OPS] = { 0 };

	page_stats_get(&memory);
	blk_device_for_each(sectors_add, moved);
	proc_print(text, "nr_free_pages %lu\npgpgin %lu\npgpgout %lu\n", memory.free,
		(unsigned long)(moved[BLK_READ] / 2), (unsigned long)(moved[BLK_WRITE] / 2));
	for (unsigned i = 0; i < ARRAY_SIZE(uncounted); i++) {
		proc_print(text, "%s 0\n", uncounted[i]);
	}
}

static void show_swaps(struct proc_text *text)
{
	proc_print(text, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
}

static const struct {
	const char *path;
	void (*show)(struct proc_text *text);
	int (*store)(const char *text);
} files[] = {
	{ "cmdline", show_cmdline, NULL },
	{ "cpuinfo", show_cpuinfo, NULL },
	{ "filesystems", show_filesystems, NULL },
	{ "interrupts", show_interrupts, NULL },
	{ "loadavg", show_loadavg, NULL },
	{ "meminfo", show_meminfo, NULL },
	{ "stat", show_stat, NULL },
	{ "swaps", show_swaps, NULL },
	{ "uptime", show_uptime, NULL },
	{ "version", show_version, NULL },
	{ "vmstat", show_vmstat, NULL },
};

int proc_system_add(void)
{
	int err = 0;

	for (unsigned i = 0; !err && i < ARRAY_SIZE(files); i++) {
		err = procfs_add(files[i].path, files[i].show, files[i].store);
	}
	return err ? err : proc_sys_add();
}
