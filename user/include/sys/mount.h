/* sys/mount.h - mounting file systems. */
#ifndef _SYS_MOUNT_H
#define _SYS_MOUNT_H

#include <linux/fs.h>

int mount(const char *source, const char *target, const char *type, unsigned long flags,
	const void *data);
int umount2(const char *target, int flags);

#endif
