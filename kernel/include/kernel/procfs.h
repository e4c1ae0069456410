/*
 * procfs.h - /proc: files whose text is made when they are read.
 */
#ifndef KERNEL_PROCFS_H
#define KERNEL_PROCFS_H

#include <kernel/types.h>

/* Text that grows. When memory runs out it ends, and reading the file gives -ENOMEM. */
struct proc_text {
	char *data;
	size_t len, size;
	bool has_failed;
};

void proc_print(struct proc_text *text, const char *fmt, ...) __printf(2, 3);
void proc_write(struct proc_text *text, const void *bytes, size_t len);
void proc_text_free(struct proc_text *text);

/*
 * A file /proc/PATH, in folders that are made as need be, for ever: "paravane/batch".
 * `show` makes the text, and may sleep. `store`, NULL for a file that is only read, gets what
 * one write() wrote, NUL-terminated and without a newline at the end: 0 or a negative errno,
 * which the writer gets. `path` stays the caller's. -EEXIST, -ENOMEM. As soon as the heap works.
 */
int procfs_add(const char *path, void (*show)(struct proc_text *text),
	int (*store)(const char *text)) __must_check;

/* Boot: /proc/sysvipc (kernel/sys/ipc_proc.c). */
int ipc_proc_add(void) __must_check;

#endif
