/* signal.c (32-bit) - signal frames of i386 Linux: none yet, so a handler cannot be called. */
#include <arch/user.h>
#include <kernel/errno.h>

int user_signal_push(struct user_frame *f, const struct signal_delivery *delivery)
{
	return -EFAULT;
}

int user_signal_pop(struct user_frame *f, struct signal_return *back)
{
	return -EFAULT;
}
