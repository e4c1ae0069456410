/* sys/ioctl.h - requests to devices. */
#ifndef _SYS_IOCTL_H
#define _SYS_IOCTL_H

#include <linux/fs.h>
#include <linux/termios.h>

struct winsize {
	unsigned short ws_row, ws_col, ws_xpixel, ws_ypixel;
};
_Static_assert(
	sizeof(struct winsize) == sizeof(struct linux_winsize), "struct winsize is the kernel's");

int ioctl(int fd, unsigned long request, ...);

#endif
