/* sys/sendfile.h - from one file to another inside the kernel. */
#ifndef _SYS_SENDFILE_H
#define _SYS_SENDFILE_H

#include <sys/types.h>

ssize_t sendfile(int out, int in, off_t *offset, size_t count);

#endif
