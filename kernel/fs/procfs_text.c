/* procfs_text.c - text that grows by doubling. */
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/procfs.h>
#include <kernel/string.h>

#define SIZE_FIRST 512u
#define SIZE_LIMIT (4ul << 20) /* the heap's largest */

/* Room for `len` bytes more and a NUL. */
static bool grow(struct proc_text *text, size_t len)
{
	size_t size = text->size ? text->size : SIZE_FIRST;
	char *data;

	while (size < text->len + len + 1 && size < SIZE_LIMIT) {
		size *= 2;
	}
	data = size < text->len + len + 1 ? NULL : heap_alloc(size);
	if (!data) {
		text->has_failed = true;
		return false;
	}
	memcpy(data, text->data, text->len);
	heap_free(text->data);
	text->data = data;
	text->size = size;
	return true;
}

void proc_print(struct proc_text *text, const char *fmt, ...)
{
	size_t room = text->size - text->len, len;
	va_list args;

	va_start(args, fmt);
	len = (size_t)fmt_vprint(text->data ? text->data + text->len : NULL, room, fmt, args);
	va_end(args);
	if (len >= room && grow(text, len)) {
		va_start(args, fmt);
		(void)fmt_vprint(text->data + text->len, text->size - text->len, fmt, args);
		va_end(args);
	}
	text->len += text->has_failed ? 0 : len;
}

void proc_write(struct proc_text *text, const void *bytes, size_t len)
{
	if (text->size - text->len > len || grow(text, len)) {
		memcpy(text->data + text->len, bytes, len);
		text->len += len;
	}
}

void proc_text_free(struct proc_text *text)
{
	heap_free(text->data);
	*text = (struct proc_text){ .data = NULL };
}
