#include <kernel/errno.h>
#include "fs.h"
static int procfs_mount(const char *source, struct inode **root)
{
	return tmpfs_type.mount(source, root);
}
struct filesystem_type procfs_type = { .name = "proc", .mount = procfs_mount };
