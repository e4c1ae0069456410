/* identity.c (i386) - users and groups of 16 bits, as programs from before Linux 2.4 have them. */
#include "narrow.h"

#include "../process.h"

#include <arch/user.h>
#include <kernel/groups.h>
#include <kernel/errno.h>
#include <kernel/process.h>
#include <kernel/syscall.h>

static const struct process *self(void)
{
	return process_current();
}

long sys_getuid_old(void)
{
	return id_narrowed(self()->uid);
}

long sys_getgid_old(void)
{
	return id_narrowed(self()->gid);
}

long sys_geteuid_old(void)
{
	return id_narrowed(self()->euid);
}

long sys_getegid_old(void)
{
	return id_narrowed(self()->egid);
}

long sys_setuid_old(sys_uint uid)
{
	return sys_setuid(id_widened(uid));
}

long sys_setgid_old(sys_uint gid)
{
	return sys_setgid(id_widened(gid));
}

long sys_setreuid_old(sys_uint real, sys_uint effective)
{
	return sys_setreuid(id_widened(real), id_widened(effective));
}

long sys_setregid_old(sys_uint real, sys_uint effective)
{
	return sys_setregid(id_widened(real), id_widened(effective));
}

long sys_setresuid_old(sys_uint real, sys_uint effective, sys_uint saved)
{
	return sys_setresuid(id_widened(real), id_widened(effective), id_widened(saved));
}

long sys_setresgid_old(sys_uint real, sys_uint effective, sys_uint saved)
{
	return sys_setresgid(id_widened(real), id_widened(effective), id_widened(saved));
}

static long ids_out(const uint32_t ids[3], const vaddr_t user[3])
{
	for (unsigned i = 0; i < 3; i++) {
		uint16_t id = id_narrowed(ids[i]);

		if (user_copy_out(user[i], &id, sizeof(id))) {
			return -EFAULT;
		}
	}
	return 0;
}

long sys_getresuid_old(sys_ptr real, sys_ptr effective, sys_ptr saved)
{
	const uint32_t ids[3] = { self()->uid, self()->euid, self()->suid };

	return ids_out(ids, (const vaddr_t[]){ real, effective, saved });
}

long sys_getresgid_old(sys_ptr real, sys_ptr effective, sys_ptr saved)
{
	const uint32_t ids[3] = { self()->gid, self()->egid, self()->sgid };

	return ids_out(ids, (const vaddr_t[]){ real, effective, saved });
}

static int groups_out(const struct group_list *list, vaddr_t user)
{
	int err = 0;

	for (unsigned i = 0; !err && i < list->count; i++) {
		uint16_t id = id_narrowed(list->ids[i]);

		err = user_copy_out(user + i * sizeof(id), &id, sizeof(id));
	}
	return err;
}

static int groups_in(struct group_list *list, vaddr_t user)
{
	uint16_t id;
	int err = 0;

	for (unsigned i = 0; !err && i < list->count; i++) {
		err = user_copy_in(&id, user + i * sizeof(id), sizeof(id));
		list->ids[i] = (uint32_t)id_widened(id);
	}
	return err;
}

long sys_getgroups_old(sys_int count, sys_ptr user)
{
	return groups_tell(count, user, groups_out);
}

long sys_setgroups_old(sys_int count, sys_ptr user)
{
	return groups_replace(count, user, groups_in);
}

long sys_setfsuid_old(sys_uint uid)
{
	return id_narrowed((uint32_t)sys_setfsuid(id_widened(uid)));
}

long sys_setfsgid_old(sys_uint gid)
{
	return id_narrowed((uint32_t)sys_setfsgid(id_widened(gid)));
}

long sys_chown_old(sys_path path, sys_uint uid, sys_uint gid)
{
	return sys_chown(path, id_widened(uid), id_widened(gid));
}

long sys_lchown_old(sys_path path, sys_uint uid, sys_uint gid)
{
	return sys_lchown(path, id_widened(uid), id_widened(gid));
}

long sys_fchown_old(sys_fd fd, sys_uint uid, sys_uint gid)
{
	return sys_fchown(fd, id_widened(uid), id_widened(gid));
}
