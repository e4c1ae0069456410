/* init.c - the first files: root, what came with the kernel, /dev and /proc. */
#include <arch/boot.h>
#include <arch/clock.h>
#include <kernel/errno.h>
#include <kernel/initramfs.h>
#include <kernel/log.h>
#include <kernel/option.h>
#include <linux/stat.h>
#include "fs.h"
#include "procfs.h"
#include "tmpfs.h"

/* Where something is mounted, or programs expect a folder. */
static const struct place {
	const char *path;
	uint32_t mode;
	struct filesystem_type *type; /* NULL: just a folder */
} places[] = {
	{ "/dev", 0755, &devfs_type },
	{ "/proc", 0555, &procfs_type },
	{ "/tmp", 01777, NULL },
	{ "/dev/pts", 0755, NULL },
	{ "/dev/shm", 01777, NULL },
};

static const struct {
	const char *path, *target;
} links[] = {
	{ "/dev/fd", "/proc/self/fd" },
	{ "/dev/stdin", "/proc/self/fd/0" },
	{ "/dev/stdout", "/proc/self/fd/1" },
	{ "/dev/stderr", "/proc/self/fd/2" },
};

static int place_make(const struct place *place)
{
	struct dentry *at;
	int err = vfs_mkdir(NULL, place->path, place->mode);

	if ((err && err != -EEXIST) || !place->type) {
		return err == -EEXIST ? 0 : err;
	}
	err = path_lookup(NULL, place->path, PATH_DIRECTORY, &at);
	if (!err) {
		err = vfs_mount(place->type->name, at, place->type->name, 0);
		dentry_unref(at);
	}
	return err;
}

static char root_source[64];
OPTION_TEXT(
	root, "root", root_source, "disk that is the root, instead of what came with the kernel");
static char root_type[16] = "ext4";
OPTION_TEXT(rootfstype, "rootfstype", root_type, "file system of that disk");

static bool root_is_read_only;
OPTION_FLAG(ro, "ro", root_is_read_only, "mount that disk read-only");

bool vfs_has_root(void)
{
	return root_source[0] || boot_info.module_len > 0;
}

#define ROOT_WAIT (60 * NSEC_PER_SEC)

/* Its disk may not be there yet. */
static int disk_root_make(void)
{
	nsec_t deadline = clock_now() + ROOT_WAIT;
	unsigned flags = root_is_read_only ? FS_READ_ONLY : 0;
	int err = mount_root(root_type, root_source, flags, &vfs_root);

	if (err == -ENXIO) {
		log_info("vfs: waiting for %s", root_source);
	}
	while (err == -ENXIO && clock_now() < deadline) {
		thread_sleep(100 * NSEC_PER_MSEC);
		err = mount_root(root_type, root_source, flags, &vfs_root);
	}
	if (err) {
		log_err("vfs: root=%s: %s", root_source, errno_name(err));
	}
	return err;
}

static void types_register(void)
{
	vfs_type_register(&tmpfs_type);
	vfs_type_register(&devfs_type);
	vfs_type_register(&procfs_type);
	for (unsigned i = 0; i < EXT_TYPES; i++) {
		vfs_type_register(&ext_types[i]);
	}
}

static int root_make(void)
{
	int err;

	types_register();
	if (root_source[0]) {
		return disk_root_make();
	}
	err = mount_root("tmpfs", "rootfs", 0, &vfs_root);
	if (!err) {
		dentry_inode(vfs_root)->mode = S_IFDIR | 0755;
		tmpfs_unlimit(dentry_inode(
			vfs_root)); /* in a small machine the programs are most of it */
	}
	return err;
}

int vfs_init(void)
{
	int err = root_make();

	if (!err && boot_info.module && !root_source[0]) {
		err = initramfs_unpack(boot_info.module, boot_info.module_len);
	}
	if (!err) {
		err = memory_devices_add();
	}
	if (!err) {
		err = proc_system_add();
	}
	for (unsigned i = 0; !err && i < ARRAY_SIZE(places); i++) {
		err = place_make(&places[i]);
		if (err) {
			log_err("vfs: %s: %s", places[i].path, errno_name(err));
		}
	}
	for (unsigned i = 0; !err && i < ARRAY_SIZE(links); i++) {
		err = vfs_symlink(NULL, links[i].path, links[i].target);
	}
	return err;
}
