/* process.c (i386) - processes, the machine's name, thread-local storage: older calls. */
#include "../process.h"
#include "../times.h"

#include <arch/clock.h>
#include <arch/user.h>
#include <arch/user_i386.h>
#include <kernel/errno.h>
#include <kernel/process.h>
#include <kernel/string.h>
#include <kernel/syscall.h>
#include <kernel/system.h>
#include <linux/resource.h>

long sys_clone(
	sys_flags flags, sys_ulong stack, sys_ptr parent_tid, sys_ulong tls, sys_ptr child_tid)
{
	return process_clone_by(flags, stack, parent_tid, child_tid, tls);
}

long sys_waitpid(sys_int pid, sys_ptr status, sys_flags options)
{
	return sys_wait4(pid, status, options, 0);
}

/* Nice values are all 0. */
long sys_nice(sys_int change)
{
	return change < 0 && process_current()->euid ? -EPERM : 0;
}

/* A limit is a signed number, and the largest means that there is none. */
long sys_getrlimit_old(sys_int resource, sys_ptr user)
{
	const struct rlimit64 *limits = process_current()->limits;
	struct linux_rlimit limit;

	if (resource < 0 || resource >= RLIM_NLIMITS) {
		return -EINVAL;
	}
	limit = (struct linux_rlimit){ (unsigned long)MIN(
					       limits[resource].soft, (uint64_t)LONG_MAX),
		(unsigned long)MIN(limits[resource].hard, (uint64_t)LONG_MAX) };
	return user_copy_out(user, &limit, sizeof(limit));
}

long sys_set_thread_area(sys_ptr descriptor)
{
	return port_thread_area_set(descriptor);
}

long sys_get_thread_area(sys_ptr descriptor)
{
	return port_thread_area_get(descriptor);
}

/* ---- the machine --------------------------------------------------------------------------------- */

#define OLD_LEN	   65 /* of each name, the NUL with it */
#define OLDEST_LEN 9

/* System, node, release, version and machine, each in `size` bytes. */
static long names_out(vaddr_t user, size_t size)
{
	const char *const names[] = { "Linux", system_node, system_release, system_version,
		port_machine_name };
	char all[ARRAY_SIZE(names) * OLD_LEN] = "";

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		strlcpy(all + i * size, names[i], size);
	}
	return user_copy_out(user, all, ARRAY_SIZE(names) * size);
}

long sys_olduname(sys_ptr name)
{
	return names_out(name, OLD_LEN);
}

long sys_oldolduname(sys_ptr name)
{
	return names_out(name, OLDEST_LEN);
}

long sys_stime(sys_ptr user)
{
	long seconds;

	if (user_copy_in(&seconds, user, sizeof(seconds))) {
		return -EFAULT;
	}
	return wall_move((int64_t)seconds * (int64_t)NSEC_PER_SEC - (int64_t)clock_wall());
}
