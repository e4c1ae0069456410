/* linux/inotify.h - events of files, as Linux numbers and lays them out. */
#ifndef ABI_LINUX_INOTIFY_H
#define ABI_LINUX_INOTIFY_H

#include <stdint.h>

#define IN_ACCESS	 0x00000001u
#define IN_MODIFY	 0x00000002u
#define IN_ATTRIB	 0x00000004u
#define IN_CLOSE_WRITE	 0x00000008u
#define IN_CLOSE_NOWRITE 0x00000010u
#define IN_OPEN		 0x00000020u
#define IN_MOVED_FROM	 0x00000040u
#define IN_MOVED_TO	 0x00000080u
#define IN_CREATE	 0x00000100u
#define IN_DELETE	 0x00000200u
#define IN_DELETE_SELF	 0x00000400u
#define IN_MOVE_SELF	 0x00000800u
#define IN_Q_OVERFLOW	 0x00004000u
#define IN_IGNORED	 0x00008000u
#define IN_ONLYDIR	 0x01000000u
#define IN_DONT_FOLLOW	 0x02000000u
#define IN_MASK_CREATE	 0x10000000u
#define IN_MASK_ADD	 0x20000000u
#define IN_ISDIR	 0x40000000u
#define IN_ONESHOT	 0x80000000u
#define IN_ALL_EVENTS	 0x00000fffu
#define IN_ALL_BITS	 0xf700efffu

#define IN_NONBLOCK 04000
#define IN_CLOEXEC  02000000

struct linux_inotify_event {
	int32_t wd;
	uint32_t mask, cookie, name_len; /* with padding */
};
_Static_assert(sizeof(struct linux_inotify_event) == 16, "linux/inotify.h");

#endif
