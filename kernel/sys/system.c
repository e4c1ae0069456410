/* system.c - system calls about the machine as a whole: its name, its memory, its end, its randomness. */
#include <arch/clock.h>
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/machine.h>
#include <kernel/page.h>
#include <kernel/random.h>
#include <kernel/string.h>
#include <kernel/syscall.h>
#include <kernel/system.h>
#include <kernel/task.h>
#include <linux/random.h>
#include <linux/reboot.h>
#include "transfer.h"

#define NAME_LEN   64
#define CHUNK	   512u
#define LOG_LEN	   (64u << 10)
#define LOAD_SHIFT 16

struct linux_utsname {
	char system[NAME_LEN + 1], node[NAME_LEN + 1], release[NAME_LEN + 1], version[NAME_LEN + 1],
		machine[NAME_LEN + 1], domain[NAME_LEN + 1];
};

struct linux_sysinfo {
	long uptime;
	unsigned long loads[3], total_ram, free_ram, shared_ram, buffer_ram, total_swap, free_swap;
	uint16_t processes, pad;
	uint32_t pad2[sizeof(long) / 8];
	unsigned long total_high, free_high;
	uint32_t unit;
	unsigned char rest[12 - sizeof(long)];
};

char system_node[NAME_LEN + 1] = "paravane";
static char domain[NAME_LEN + 1] = "(none)";

/*
 * The release is the version of Linux whose system calls these are: C libraries
 * refuse to start on one that they think too old.
 */
const char system_release[] = "6.1.0-paravane";
const char system_version[] = "Paravane 0.1";

long sys_uname(sys_ptr user)
{
	struct linux_utsname name = { .system = "Linux" };

	strlcpy(name.node, system_node, sizeof(name.node));
	strlcpy(name.version, system_version, sizeof(name.version));
	strlcpy(name.release, system_release, sizeof(name.release));
	strlcpy(name.machine, port_machine_name, sizeof(name.machine));
	strlcpy(name.domain, domain, sizeof(name.domain));
	return user_copy_out(user, &name, sizeof(name));
}

static long name_set(char *to, vaddr_t user, size_t length)
{
	char name[NAME_LEN + 1] = "";

	if (process_current()->euid != 0) {
		return -EPERM;
	}
	if (length > NAME_LEN) {
		return -EINVAL;
	}
	if (user_copy_in(name, user, length)) {
		return -EFAULT;
	}
	memcpy(to, name, sizeof(name));
	return 0;
}

long sys_sethostname(sys_ptr name, sys_len length)
{
	return name_set(system_node, name, length);
}

long sys_setdomainname(sys_ptr name, sys_len length)
{
	return name_set(domain, name, length);
}

static void process_count(struct process *process, void *arg)
{
	++*(uint16_t *)arg;
}

long sys_sysinfo(sys_ptr user)
{
	struct linux_sysinfo info = { .uptime = (long)(clock_now() / NSEC_PER_SEC), .unit = 1 };
	struct page_stats stats;

	page_stats_get(&stats);
	info.total_ram = stats.total * PAGE_SIZE;
	info.free_ram = stats.free * PAGE_SIZE;
	process_for_each(process_count, &info.processes);
	return user_copy_out(user, &info, sizeof(info));
}

/* ---- the log --------------------------------------------------------------------- */

enum { SYSLOG_READ_ALL = 3, SYSLOG_READ_CLEAR = 4, SYSLOG_SIZE_UNREAD = 9, SYSLOG_SIZE = 10 };

static long log_out(vaddr_t user, int length)
{
	char *text;
	size_t len;
	int err;

	if (length < 0) {
		return -EINVAL;
	}
	text = heap_alloc(MIN((unsigned)length, LOG_LEN) + 1);
	if (!text) {
		return -ENOMEM;
	}
	len = log_read(text, MIN((unsigned)length, LOG_LEN) + 1);
	err = user_copy_out(user, text, len);
	heap_free(text);
	return err ? err : (long)len;
}

long sys_syslog(sys_int type, sys_ptr user, sys_int length)
{
	switch (type) {
	case SYSLOG_READ_ALL:
	case SYSLOG_READ_CLEAR:
		return log_out(user, length);
	case SYSLOG_SIZE:
	case SYSLOG_SIZE_UNREAD:
		return LOG_LEN;
	default:
		return type >= 0 && type <= SYSLOG_SIZE ? 0 : -EINVAL;
	}
}

/* ---- the end ----------------------------------------------------------------------- */

static bool is_magic(uint32_t magic1, uint32_t magic2)
{
	return magic1 == REBOOT_MAGIC1 &&
		(magic2 == REBOOT_MAGIC2 || magic2 == REBOOT_MAGIC2A || magic2 == REBOOT_MAGIC2B ||
			magic2 == REBOOT_MAGIC2C);
}

long sys_reboot(sys_int magic1, sys_int magic2, sys_uint command, sys_ptr arg)
{
	if (process_current()->euid != 0) {
		return -EPERM;
	}
	if (!is_magic((uint32_t)magic1, (uint32_t)magic2)) {
		return -EINVAL;
	}
	switch (command) {
	case REBOOT_RESTART:
		machine_shutdown(MACHINE_REBOOT, machine_status());
	case REBOOT_HALT:
		machine_shutdown(MACHINE_HALT, machine_status());
	case REBOOT_POWER_OFF:
		machine_shutdown(MACHINE_POWEROFF, machine_status());
	case REBOOT_CAD_ON:
	case REBOOT_CAD_OFF:
		return 0;
	default:
		return -EINVAL;
	}
}

/* ---- randomness ----------------------------------------------------------------------- */

long sys_getrandom(sys_ptr user, sys_len length, sys_flags flags)
{
	uint8_t bytes[CHUNK];
	size_t done = 0;

	if (flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) {
		return -EINVAL;
	}
	length = MIN(length, (size_t)INT32_MAX);
	while (done < length) {
		size_t n = MIN(length - done, sizeof(bytes));

		random_bytes(bytes, n);
		if (user_copy_out(user + done, bytes, n)) {
			done += user_copy_out_some(user + done, bytes, n);
			return done ? (long)done : -EFAULT;
		}
		done += n;
		if (signal_is_pending() && done < length) {
			break;
		}
	}
	return (long)done;
}
