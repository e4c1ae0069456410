/* initramfs.h - the root's first files, out of an archive. */
#ifndef KERNEL_INITRAMFS_H
#define KERNEL_INITRAMFS_H

#include <kernel/types.h>

/* 0, -EINVAL (the archive is wrong; said in the log), -ENOSPC, -ENOMEM... */
int initramfs_unpack(const void *module, size_t len) __must_check;

#endif
