/* sys/dirent.h - what newlib's <dirent.h> needs: entries as getdents64() gives them. */
#ifndef _SYS_DIRENT_H
#define _SYS_DIRENT_H

#include <sys/types.h>
#include <linux/dirent.h>

#define NAME_MAX 255

struct dirent {
	ino_t d_ino;
	off_t d_off;
	unsigned short d_reclen;
	unsigned char d_type;
	char d_name[NAME_MAX + 1];
};
_Static_assert(offsetof(struct dirent, d_name) == offsetof(struct linux_dirent64, name),
	"struct dirent is the kernel's");

typedef struct directory DIR;

ssize_t getdents64(int fd, void *buf, size_t size);

#endif
