/* libc.c - see include/libc.h: memory with its size in front, a sort, time, and the CRC of metadata. */
#include "solo.h"
#include <arch/clock.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/panic.h>

/* Keeps what follows aligned to 16 bytes. */
struct block {
	size_t size, unused;
};

void *ext2_malloc(size_t size)
{
	struct block *b = heap_alloc(sizeof(*b) + size);

	if (!b) {
		return NULL;
	}
	b->size = size;
	return b + 1;
}

void *ext2_calloc(size_t count, size_t size)
{
	size_t all;

	return __builtin_mul_overflow(count, size, &all) ? NULL : ext2_malloc(all);
}

void *ext2_realloc(void *old, size_t size)
{
	void *new = ext2_malloc(size);

	if (new &&old) {
		memcpy(new, old, MIN(((struct block *)old)[-1].size, size));
		ext2_free(old);
	}
	return new;
}

void ext2_free(void *p)
{
	heap_free(p ? (struct block *)p - 1 : NULL);
}

static void swap(char *a, char *b, size_t size)
{
	while (size--) {
		char c = *a;

		*a++ = *b;
		*b++ = c;
	}
}

/* Shell's sort, by Knuth's gaps: no memory, no recursion. */
void ext2_qsort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *))
{
	size_t gap = 1;
	char *all = base;

	while (gap < count / 3) {
		gap = gap * 3 + 1;
	}
	for (; gap; gap /= 3) {
		for (size_t i = gap; i < count; i++) {
			for (size_t j = i;
				j >= gap && compare(all + (j - gap) * size, all + j * size) > 0;
				j -= gap) {
				swap(all + (j - gap) * size, all + j * size, size);
			}
		}
	}
}

char *ext2_strcpy(char *dst, const char *src)
{
	return memcpy(dst, src, strlen(src) + 1);
}

char *ext2_strncpy(char *dst, const char *src, size_t size)
{
	size_t len = strnlen(src, size);

	memset(dst + len, 0, size - len);
	return memcpy(dst, src, len);
}

char *ext2_strcat(char *dst, const char *src)
{
	ext2_strcpy(dst + strlen(dst), src);
	return dst;
}

time_t ext2_time(time_t *now)
{
	time_t t = (time_t)(clock_wall() / NSEC_PER_SEC);

	if (now) {
		*now = t;
	}
	return t;
}

int ext2_gettimeofday(struct timeval *now)
{
	now->tv_sec = ext2_time(NULL);
	now->tv_usec = 0;
	return 0;
}

int ext2_print(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = fmt_vprint(buf, size, fmt, args);
	va_end(args);
	return len;
}

void ext2_abort(void)
{
	panic("ext2fs: the library gave up");
}

/* What the library reads there after a failure it was told of otherwise. */
int *ext2_errno(void)
{
	static int no_errno;

	return &no_errno;
}

/* ---- CRC-32C: polynomial 0x1edc6f41, reflected, as the file system's metadata has it ------ */

uint32_t ext2fs_crc32c_le(uint32_t crc, unsigned char const *p, size_t len);

static uint32_t table[256];

static void table_make(void)
{
	for (uint32_t i = 0; i < ARRAY_SIZE(table); i++) {
		uint32_t crc = i;

		for (unsigned bit = 0; bit < 8; bit++) {
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
		}
		WRITE_ONCE(table[i], crc);
	}
}

uint32_t ext2fs_crc32c_le(uint32_t crc, unsigned char const *p, size_t len)
{
	if (!READ_ONCE(table[255])) {
		table_make();
	}
	while (len--) {
		crc = crc >> 8 ^ table[(crc ^ *p++) & 0xff];
	}
	return crc;
}

/* ---- names without upper and lower case: their table is large, and nobody asked for it ---- */

struct ext2fs_nls_table;
const struct ext2fs_nls_table *ext2fs_load_nls_table(int encoding);

const struct ext2fs_nls_table *ext2fs_load_nls_table(int encoding)
{
	return NULL;
}
