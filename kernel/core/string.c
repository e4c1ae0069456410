/*
 * string.c - memory and string functions; the compiler calls the first four by itself.
 *
 * Much goes by arch/bulk.h; less 32 bytes at a time, by words of any alignment. The barrier() in
 * each loop keeps the compiler from recognizing it as memcpy() or memset() and
 * making it call itself.
 */
#include <arch/bulk.h>
#include <kernel/errno.h>
#include <kernel/string.h>

typedef uint64_t __attribute__((aligned(1), may_alias)) word_t;

#define BLOCK_WORDS 4
#define BLOCK_SIZE  (BLOCK_WORDS * sizeof(word_t))

/* Ascending; right for overlapping areas too when dst lies below src. */
static void copy_up(char *dst, const char *src, size_t n)
{
	for (; n >= BLOCK_SIZE; n -= BLOCK_SIZE, dst += BLOCK_SIZE, src += BLOCK_SIZE) {
		const word_t *s = (const word_t *)(const void *)src;
		word_t a = s[0], b = s[1], c = s[2], d = s[3], *to = (word_t *)(void *)dst;

		to[0] = a;
		to[1] = b;
		to[2] = c;
		to[3] = d;
		barrier();
	}
	for (; n >= sizeof(word_t); n -= sizeof(word_t)) {
		*(word_t *)(void *)dst = *(const word_t *)(const void *)src;
		dst += sizeof(word_t);
		src += sizeof(word_t);
		barrier();
	}
	for (; n > 0; n--) {
		*dst++ = *src++;
		barrier();
	}
}

/* Descending; right for overlapping areas when dst lies above src. */
static void copy_down(char *dst, const char *src, size_t n)
{
	for (; n >= sizeof(word_t); n -= sizeof(word_t)) {
		word_t a = *(const word_t *)(const void *)(src + n - sizeof(word_t));

		*(word_t *)(void *)(dst + n - sizeof(word_t)) = a;
		barrier();
	}
	for (; n > 0; n--) {
		dst[n - 1] = src[n - 1];
		barrier();
	}
}

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	char *to = dst;
	const char *from = src;

	if (n >= BULK_LEAST) {
		size_t words = n / sizeof(word_t);

		bulk_copy(to, from, words);
		to += words * sizeof(word_t);
		from += words * sizeof(word_t);
		n -= words * sizeof(word_t);
	}
	copy_up(to, from, n);
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	if ((uintptr_t)dst - (uintptr_t)src >= n) {
		copy_up(dst, src, n);
	} else {
		copy_down(dst, src, n);
	}
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	word_t word = (unsigned char)c * UINT64_C(0x0101010101010101);
	char *d = dst;

	if (n >= BULK_LEAST) {
		bulk_fill(d, word, n / sizeof(word_t));
		d += n - n % sizeof(word_t);
		n %= sizeof(word_t);
	}
	for (; n >= BLOCK_SIZE; n -= BLOCK_SIZE, d += BLOCK_SIZE) {
		word_t *to = (word_t *)(void *)d;

		to[0] = to[1] = to[2] = to[3] = word;
		barrier();
	}
	for (; n >= sizeof(word_t); n -= sizeof(word_t), d += sizeof(word_t)) {
		*(word_t *)(void *)d = word;
		barrier();
	}
	for (; n > 0; n--) {
		*d++ = (char)c;
		barrier();
	}
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;

	for (; n > 0; n--, x++, y++) {
		if (*x != *y) {
			return *x - *y;
		}
		barrier();
	}
	return 0;
}

size_t strlen(const char *s)
{
	return strnlen(s, SIZE_MAX);
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n]) {
		n++;
		barrier();
	}
	return n;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n > 0; n--, a++, b++) {
		if (*a != *b || !*a) {
			return (unsigned char)*a - (unsigned char)*b;
		}
	}
	return 0;
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c) {
			return (char *)s;
		}
		if (!*s) {
			return NULL;
		}
	}
}

char *strrchr(const char *s, int c)
{
	const char *found = NULL;

	for (;; s++) {
		if (*s == (char)c) {
			found = s;
		}
		if (!*s) {
			return (char *)found;
		}
	}
}

char *strstr(const char *hay, const char *needle)
{
	size_t len = strlen(needle);

	for (;; hay++) {
		if (!strncmp(hay, needle, len)) {
			return (char *)hay;
		}
		if (!*hay) {
			return NULL;
		}
	}
}

size_t strlcpy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src);

	if (size > 0) {
		size_t n = MIN(len, size - 1);

		memcpy(dst, src, n);
		dst[n] = '\0';
	}
	return len;
}

/* Value of a digit in any base up to 16; 16 for what is none. */
static unsigned digit_value(char c)
{
	if (c >= '0' && c <= '9') {
		return (unsigned)(c - '0');
	}
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

int str_to_u64(const char *s, uint64_t *value)
{
	unsigned base = s[0] == '0' && (s[1] | 0x20) == 'x' ? 16 : 10;
	uint64_t v = 0;
	bool is_too_big = false;

	s += base == 16 ? 2 : 0;
	if (!*s) {
		return -EINVAL;
	}
	for (; *s; s++) {
		unsigned digit = digit_value(*s);

		if (digit >= base) {
			return -EINVAL;
		}
		is_too_big |=
			__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, digit, &v);
	}
	if (is_too_big) {
		return -ERANGE;
	}
	*value = v;
	return 0;
}
