/*
 * asan_memory.c - the sanitizer's block functions with small frames.
 *
 * The compiler turns copies and fills into __asan_memcpy() and __asan_memset(), whose
 * frames of 2 KiB are too much for a kernel stack. The linker sends these calls
 * here (--wrap) instead; the check is the same.
 */
#include <stddef.h>
#include <stdint.h>

void *__asan_region_is_poisoned(void *p, size_t size);
void __asan_report_store_n(void *p, long size);
void __asan_report_load_n(void *p, long size);

void *__wrap___asan_memset(void *p, int c, size_t size);
void *__wrap___asan_memcpy(void *to, const void *from, size_t size);
void *__wrap___asan_memmove(void *to, const void *from, size_t size);

static void check_store(void *p, size_t size)
{
	void *bad = size ? __asan_region_is_poisoned(p, size) : NULL;

	if (bad) {
		__asan_report_store_n(bad, 1);
	}
}

static void check_load(const void *p, size_t size)
{
	void *bad = size ? __asan_region_is_poisoned((void *)(uintptr_t)p, size) : NULL;

	if (bad) {
		__asan_report_load_n(bad, 1);
	}
}

__attribute__((no_sanitize("address"))) void *__wrap___asan_memset(void *p, int c, size_t size)
{
	void *at = p;

	check_store(p, size);
	__asm__ volatile("rep stosb" : "+D"(at), "+c"(size) : "a"(c) : "memory");
	return p;
}

__attribute__((no_sanitize("address"))) void *__wrap___asan_memcpy(
	void *to, const void *from, size_t size)
{
	void *at = to;

	check_load(from, size);
	check_store(to, size);
	__asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(size) : : "memory");
	return to;
}

__attribute__((no_sanitize("address"))) void *__wrap___asan_memmove(
	void *to, const void *from, size_t size)
{
	uint8_t *d = (uint8_t *)to + size;
	const uint8_t *s = (const uint8_t *)from + size;

	if ((uintptr_t)to - (uintptr_t)from >= size) {
		return __wrap___asan_memcpy(to, from, size);
	}
	check_load(from, size);
	check_store(to, size);
	while (size--) {
		*--d = *--s;
	}
	return to;
}
