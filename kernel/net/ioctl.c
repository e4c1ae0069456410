/* ioctl.c - requests about interfaces, possible on every socket. */
#include <kernel/errno.h>
#include <kernel/net.h>

long net_ioctl(unsigned request, unsigned long arg)
{
	return -ENOTTY;
}
