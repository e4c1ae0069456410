/* linux/dirent.h - what getdents64() fills in (getdents(2)). */
#ifndef ABI_LINUX_DIRENT_H
#define ABI_LINUX_DIRENT_H

#include <stddef.h>
#include <stdint.h>

enum {
	DT_UNKNOWN = 0,
	DT_FIFO = 1,
	DT_CHR = 2,
	DT_DIR = 4,
	DT_BLK = 6,
	DT_REG = 8,
	DT_LNK = 10,
	DT_SOCK = 12,
};

/* The type bits of a mode are DT_* shifted. */
#define DT_OF_MODE(mode) ((unsigned char)(((mode)&0170000) >> 12))

struct linux_dirent64 {
	uint64_t ino;
	int64_t next; /* position of the entry behind this one */
	uint16_t record_len;
	uint8_t type;
	char name[];
};
_Static_assert(offsetof(struct linux_dirent64, name) == 19, "struct linux_dirent64");

/* What getdents() fills in; a name is followed by its NUL, and the type is the last byte. */
struct linux_dirent {
	unsigned long ino, next;
	uint16_t record_len;
	char name[];
};
_Static_assert(offsetof(struct linux_dirent, name) == 2 * sizeof(long) + 2, "struct linux_dirent");

#endif
