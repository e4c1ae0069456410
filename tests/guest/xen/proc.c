/* proc.c - /proc/paravane: the counters move with the calls, the knob turns. */
#include <arch/cpu.h>
#include <drivers/xen/batch.h>
#include <drivers/xen/hypercall.h>
#include <kernel/errno.h>
#include <kernel/ktest.h>
#include <kernel/string.h>
#include <kernel/thread.h>
#include <kernel/vfs.h>
#include <linux/fcntl.h>
#include <x86/asm.h>
#include <xen/version.h>
#include <xen/xen.h>

static char text[32768];

/* The whole text of a file into `text`; its length or a negative errno. */
static long whole(const char *path)
{
	struct file *file;
	long len = vfs_root ? 0 : vfs_init();

	len = len ? len : vfs_open(NULL, path, O_RDONLY, 0, &file);
	if (len) {
		return len;
	}
	len = vfs_read(file, text, sizeof(text) - 1, &file->pos);
	file_unref(file);
	text[len > 0 ? len : 0] = '\0';
	return len;
}

/* The first number of a line; 0 of one that is not there. `name` ends in a space. */
static uint64_t number_of(const char *path, const char *name)
{
	char *line = whole(path) > 0 ? strstr(text, name) : NULL;
	uint64_t number = 0;

	if (line) {
		line += strlen(name);
		*strchr(line, ' ') = '\0';
		KTEST_EXPECT(!str_to_u64(line, &number));
	}
	return number;
}

static uint64_t version_calls(void)
{
	return number_of("/proc/paravane/hypercalls", "xen_version ");
}

KTEST(proc_counts_hypercalls)
{
	uint64_t before = version_calls();

	KTEST_EXPECT(xen_xen_version(XENVER_version, NULL) > 0);
	KTEST_EXPECT(version_calls() == before + 1);
}

KTEST(proc_counts_have_a_moment)
{
	uint64_t before = rdtsc_ordered();
	uint64_t moment = number_of("/proc/paravane/hypercalls", "time_stamp ");

	KTEST_EXPECT(before < moment && moment < rdtsc_ordered());
}

/* What needs no call is counted by the image that is for that, and by no other. */
KTEST(proc_counts_plain)
{
	const uint64_t rounds = 1000;
	uint64_t before = number_of("/proc/paravane/plain", "mask ");
	uint64_t more;

	for (unsigned i = 0; i < rounds; i++) {
		irq_restore(irq_save());
	}
	more = number_of("/proc/paravane/plain", "mask ") - before;
	KTEST_EXPECT(IS_ENABLED(CONFIG_COUNT_PLAIN) ? more >= 2 * rounds : more == 0);
}

/* The two numbers of a line of /proc/paravane/batches; 0 of a line that is not there. */
static void batches_read(const char *name, uint64_t *batches, uint64_t *entries)
{
	char *line = whole("/proc/paravane/batches") > 0 ? strstr(text, name) : NULL;

	*batches = *entries = 0;
	if (line) {
		char *second = strchr(line += strlen(name), ' ') + 1;

		second[-1] = '\0';
		*strchr(second, '\n') = '\0';
		KTEST_EXPECT(!str_to_u64(line, batches) && !str_to_u64(second, entries));
	}
}

/* Three entries that wait are one batch, and told by why it was flushed. */
KTEST(proc_counts_batches)
{
	static xen_extraversion_t answer;
	uint64_t batches, entries, more_batches, more_entries;

	KTEST_SKIP_IF(batch_limit() < 4, "batches are too small");
	batches_read("why:depends ", &batches, &entries);
	preempt_disable();
	for (unsigned i = 0; i < 3; i++) {
		batch_call(__builtin_return_address(0), __HYPERVISOR_xen_version,
			XENVER_extraversion, HC_ARG(answer), 0, 0, 0);
	}
	batch_flush(BATCH_DEPENDS);
	preempt_enable();
	batches_read("why:depends ", &more_batches, &more_entries);
	KTEST_EXPECT(more_batches == batches + 1 && more_entries == entries + 3);
}

static int limit_write(const char *value)
{
	struct file *file;
	int err = vfs_open(NULL, "/proc/paravane/batch", O_WRONLY, 0, &file);
	long len;

	if (err) {
		return err;
	}
	len = vfs_write(file, value, strlen(value), &file->pos);
	file_unref(file);
	return len < 0 ? (int)len : 0;
}

KTEST(proc_batch_limit)
{
	unsigned limit = batch_limit();
	char old[16];

	KTEST_REQUIRE(whole("/proc/paravane/batch") > 0);
	strlcpy(old, text, sizeof(old));
	KTEST_EXPECT(!limit_write("7\n") && batch_limit() == 7);
	KTEST_EXPECT(whole("/proc/paravane/batch") == 2 && !strcmp(text, "7\n"));
	KTEST_EXPECT(limit_write("0") == -EINVAL && limit_write("1025") == -EINVAL);
	KTEST_EXPECT(limit_write("many") == -EINVAL && batch_limit() == 7);
	KTEST_EXPECT(!limit_write(old) && batch_limit() == limit);
}
