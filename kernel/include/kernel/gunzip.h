/* gunzip.h - unpacking gzip. */
#ifndef KERNEL_GUNZIP_H
#define KERNEL_GUNZIP_H

#include <kernel/types.h>

/* Gets the next piece of what was packed; an errno ends the unpacking. */
typedef int gunzip_sink(void *arg, const void *data, size_t len);

/*
 * Unpack one member: how many bytes of `data` it has. -EINVAL: it is corrupt or
 * cut short (said in the log); -ENOMEM; or what the sink says. What the sink got
 * of a corrupt member is not to be trusted.
 */
long gunzip_member(const void *data, size_t len, gunzip_sink *sink, void *arg) __must_check;

#endif
