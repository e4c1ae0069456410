/*
 * alone.c - stand-ins for the parts of the kernel that run programs, where they
 * are not linked: nobody is a process then. Whatever is linked takes their place.
 */
#include <kernel/process.h>

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
