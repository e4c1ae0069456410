/*
 * alone.c - stand-ins for the parts of the kernel that run programs, where they
 * are not linked: nobody is a process then. Whatever is linked takes their place.
 */
#include <kernel/errno.h>
#include <kernel/process.h>
#include <kernel/system.h>
#include "../proc/proc.h"

#define STAND_IN __attribute__((weak))

STAND_IN struct process *process_current(void)
{
	return NULL;
}

STAND_IN void process_for_each(void (*each)(struct process *process, void *arg), void *arg)
{
}

STAND_IN struct process *process_find(int pid)
{
	return NULL;
}

STAND_IN void process_ref(struct process *process)
{
}

STAND_IN void process_unref(struct process *process)
{
}

STAND_IN bool signal_is_pending(void)
{
	return false;
}

STAND_IN int signal_send_thread(struct thread *thread, const struct signal_info *info)
{
	return 0;
}

STAND_IN void poll_wait(struct poll_table *table, struct wait_queue *queue)
{
}

STAND_IN struct spinlock process_lock = SPINLOCK_INIT("process");
STAND_IN const char system_release[] = "0";
STAND_IN char system_node[65];

STAND_IN void vm_space_ref(struct vm_space *space)
{
}

STAND_IN void vm_space_unref(struct vm_space *space)
{
}

STAND_IN void vm_usage_get(struct vm_space *space, struct vm_usage *usage)
{
}

STAND_IN void vm_area_for_each(struct vm_space *space,
	void (*each)(vaddr_t start, vaddr_t end, unsigned prot, unsigned flags, uint64_t offset,
		const char *name, void *arg),
	void *arg)
{
}

STAND_IN int vm_read(struct vm_space *space, void *dst, vaddr_t src, size_t len)
{
	return -EFAULT;
}
