/*
 * transfer.h - bytes between files and user memory, through a kernel buffer of bounded size.
 */
#ifndef SYS_TRANSFER_H
#define SYS_TRANSFER_H

#include <kernel/vfs.h>
#include <linux/uio.h>

/* As much as one read() or write() moves. */
#define TRANSFER_LEN_MAX 0x7ffff000ul

/* A kernel buffer: the size that was asked for, or less when memory is short. */
struct chunk {
	char *data;
	size_t len;
	struct page *page; /* NULL: `small` */
	unsigned order;
	char small[128];
};

int chunk_get(struct chunk *chunk, size_t wanted) __must_check;
void chunk_put(struct chunk *chunk);

/* Scattered user memory, and how far one has come in it. */
struct user_vector {
	struct linux_iovec *list;
	struct linux_iovec one;
	unsigned count, at;
	size_t left; /* bytes in all, from here on */
};

void user_vector_one(struct user_vector *v, vaddr_t base, size_t len);
/* -EINVAL, -EFAULT, -ENOMEM. user_vector_put() frees it. */
int user_vector_get(struct user_vector *v, vaddr_t list, int count) __must_check;
void user_vector_put(struct user_vector *v);
/* What is next in it, while there is some left; and pass over as much of that. */
struct linux_iovec user_vector_next(struct user_vector *v);
void user_vector_pass(struct user_vector *v, size_t len);

/* The next `len` bytes, of which there must be as many, to or from kernel memory. 0 or -EFAULT. */
int user_vector_gather(struct user_vector *v, char *to, size_t len) __must_check;
/* Bytes gathered: less than `len` in front of a bad address. */
size_t user_vector_gather_some(struct user_vector *v, char *to, size_t len);
int user_vector_scatter(struct user_vector *v, const char *from, size_t len) __must_check;

/*
 * After -EFAULT: copy again, page by page, as much as there is room for, or of, in front
 * of the first bad page. Bytes copied.
 */
size_t user_copy_out_some(vaddr_t to, const void *from, size_t len);
size_t user_copy_in_some(void *to, vaddr_t from, size_t len);

/*
 * Read into, or write from, all of the vector: bytes moved, or an errno when there
 * were none. `pos` NULL: the file has no position; then a read is one piece, of
 * what is there.
 */
long transfer_read(struct file *file, struct user_vector *v, int64_t *pos);
long transfer_write(struct file *file, struct user_vector *v, int64_t *pos);

/* From file to file, at most `len` bytes. */
long transfer_between(
	struct file *in, int64_t *in_pos, struct file *out, int64_t *out_pos, size_t len);

#endif
