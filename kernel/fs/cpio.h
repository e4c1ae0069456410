/*
 * cpio.h - unpacking a "newc" cpio archive as it comes, in pieces of any size.
 *
 * The format (cpio(5), "new ASCII"): per file a header of 110 characters, the
 * name and the data, each padded to four bytes; "TRAILER!!!" ends it. Nothing in
 * it is believed: every number is parsed with bounds, and what is wrong ends the
 * unpacking with -EINVAL and one line in the log that says where and why.
 */
#ifndef CPIO_H
#define CPIO_H

#include "fs.h"

#define CPIO_HEADER_LEN 110

struct cpio_file {
	uint32_t ino, mode, uid, gid, links, mtime, size, major, minor;
	uint32_t rdev_major, rdev_minor, name_size;
};

/* A file of several names, found again by its number. */
struct cpio_link {
	struct list list;
	uint32_t ino, major, minor;
	char name[];
};

struct cpio {
	int (*state)(struct cpio *cpio);
	uint64_t offset;  /* of the next byte, in the archive */
	uint32_t needed;  /* bytes until the state's function is called */
	uint32_t padding; /* to be skipped before the next state's bytes */
	bool is_done;	  /* the trailer was seen */
	unsigned count;	  /* files made */
	char *collected;  /* header, name, or a symlink's target */
	uint32_t collected_len;
	struct cpio_file now;
	struct file *file; /* regular data goes there */
	char name[PATH_LEN_MAX];
	struct list links;
};

/* The archive's names are below the root directory. NULL when memory is out. */
struct cpio *cpio_begin(void) __must_check;

/*
 * Takes up to `len` bytes; how many: fewer only when the archive has ended
 * (is_done), or an error.
 */
long cpio_feed(struct cpio *cpio, const void *data, size_t len) __must_check;

/* 0, or -EINVAL when the archive was cut short. Frees it. */
int cpio_end(struct cpio *cpio) __must_check;

#endif
