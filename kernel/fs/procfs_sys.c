/* procfs_sys.c - /proc/sys: what can be said about the kernel in one line each (proc(5)). */
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/pipe.h>
#include <kernel/random.h>
#include <kernel/string.h>
#include <kernel/system.h>
#include "procfs.h"

#define PID_MAX 32768

static void show_hostname(struct proc_text *text)
{
	proc_print(text, "%s\n", system_node);
}

static int store_hostname(const char *name)
{
	return strlcpy(system_node, name, sizeof(system_node)) < sizeof(system_node) ? 0 : -EINVAL;
}

static void show_osrelease(struct proc_text *text)
{
	proc_print(text, "%s\n", system_release);
}

static void show_ostype(struct proc_text *text)
{
	proc_print(text, "Linux\n");
}

static void show_pid_max(struct proc_text *text)
{
	proc_print(text, "%d\n", PID_MAX);
}

static void show_pipe_max(struct proc_text *text)
{
	proc_print(text, "%u\n", PIPE_SIZE_MAX);
}

/* Version 4 of RFC 4122: all random but six bits. */
static void uuid_line(struct proc_text *text, uint64_t high, uint64_t low)
{
	high = (high & ~UINT64_C(0xf000)) | 0x4000;
	low = (low & ~(UINT64_C(3) << 62)) | UINT64_C(1) << 63;
	proc_print(text, "%08lx-%04lx-%04lx-%04lx-%012lx\n", (unsigned long)(high >> 32),
		(unsigned long)(high >> 16 & 0xffff), (unsigned long)(high & 0xffff),
		(unsigned long)(low >> 48), (unsigned long)(low & UINT64_C(0xffffffffffff)));
}

static void show_uuid(struct proc_text *text)
{
	uint64_t words[2];

	random_bytes(words, sizeof(words));
	uuid_line(text, words[0], words[1]);
}

static void show_boot_id(struct proc_text *text)
{
	static uint64_t words[2];

	if (!words[0]) {
		random_bytes(words, sizeof(words));
	}
	uuid_line(text, words[0], words[1]);
}

static void show_version(struct proc_text *text)
{
	proc_print(text, "%s\n", system_version);
}

/* What never changes. */
#define SHOW(name, value)                                                                          \
	static void show_##name(struct proc_text *text)                                            \
	{                                                                                          \
		proc_print(text, value "\n");                                                      \
	}

SHOW(zero, "0")
SHOW(overflow_id, "65534")
SHOW(cap_last, "40")
SHOW(groups_max, "65536")
SHOW(file_max, "1048576")
SHOW(map_max, "65530")
SHOW(randomized, "2")

static const struct {
	const char *name;
	void (*show)(struct proc_text *text);
	int (*store)(const char *text);
} files[] = {
	{ "fs/file-max", show_file_max, NULL },
	{ "fs/nr_open", show_file_max, NULL },
	{ "fs/pipe-max-size", show_pipe_max, NULL },
	{ "kernel/cap_last_cap", show_cap_last, NULL },
	{ "kernel/hostname", show_hostname, store_hostname },
	{ "kernel/ngroups_max", show_groups_max, NULL },
	{ "kernel/osrelease", show_osrelease, NULL },
	{ "kernel/ostype", show_ostype, NULL },
	{ "kernel/overflowgid", show_overflow_id, NULL },
	{ "kernel/overflowuid", show_overflow_id, NULL },
	{ "kernel/pid_max", show_pid_max, NULL },
	{ "kernel/random/boot_id", show_boot_id, NULL },
	{ "kernel/random/uuid", show_uuid, NULL },
	{ "kernel/randomize_va_space", show_randomized, NULL },
	{ "kernel/version", show_version, NULL },
	{ "vm/max_map_count", show_map_max, NULL },
	{ "vm/overcommit_memory", show_zero, NULL },
	{ "vm/swappiness", show_zero, NULL },
};

int proc_sys_add(void)
{
	char path[64];
	int err = 0;

	for (unsigned i = 0; !err && i < ARRAY_SIZE(files); i++) {
		fmt_print(path, sizeof(path), "sys/%s", files[i].name);
		err = procfs_add(path, files[i].show, files[i].store);
	}
	return err;
}
