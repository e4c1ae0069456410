/*
 * tls.c (32-bit) - thread-local data: three segments that a program may set up for itself.
 *
 * What a program asks for is reduced to what is harmless: data of ring 3, whatever it says else.
 */
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/thread.h>
#include <x86/user.h>

int port_user_tls_set(struct thread *thread, vaddr_t base)
{
	return -EINVAL;
}

long port_user_prctl(int op, unsigned long arg)
{
	return -EINVAL;
}
