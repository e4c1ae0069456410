/* system.h - how the machine calls itself, for uname() and /proc/sys/kernel. */
#ifndef KERNEL_SYSTEM_H
#define KERNEL_SYSTEM_H

/* The host's name, at most 64 bytes and a NUL; sethostname() writes it. */
extern char system_node[65];

/* The version of Linux whose interface this is. */
extern const char system_release[];
extern const char system_version[]; /* the kernel's own */

#endif
