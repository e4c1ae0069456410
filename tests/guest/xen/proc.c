/* proc.c - /proc/paravane: the counters move with the calls, the knob turns. */
#include <drivers/xen/batch.h>
#include <drivers/xen/hypercall.h>
#include <kernel/errno.h>
#include <kernel/ktest.h>
#include <kernel/string.h>
#include <kernel/vfs.h>
#include <linux/fcntl.h>
#include <xen/version.h>

static char text[4096];

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

/* What the line of xen_version says. */
static uint64_t version_calls(void)
{
	char *line = whole("/proc/paravane/hypercalls") > 0 ? strstr(text, "xen_version ") : NULL;
	uint64_t calls = 0;

	if (line) {
		line += strlen("xen_version ");
		*strchr(line, ' ') = '\0';
		KTEST_EXPECT(!str_to_u64(line, &calls));
	}
	return calls;
}

KTEST(proc_counts_hypercalls)
{
	uint64_t before = version_calls();

	KTEST_EXPECT(xen_xen_version(XENVER_version, NULL) > 0);
	KTEST_EXPECT(version_calls() == before + 1);
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
