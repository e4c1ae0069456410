/* sanitize.h - telling the address sanitizer about memory it did not see made. */
#ifndef FAKE_SANITIZE_H
#define FAKE_SANITIZE_H

#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FAKE_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define FAKE_ASAN 1
#endif

#ifdef FAKE_ASAN
void __asan_unpoison_memory_region(void const volatile *p, size_t size);
void __sanitizer_start_switch_fiber(void **save, const void *bottom, size_t size);
void __sanitizer_finish_switch_fiber(void *saved, const void **bottom, size_t *size);

static inline void sanitize_forget(void *p, size_t size)
{
	__asan_unpoison_memory_region(p, size);
}

/* About to run on the stack [bottom, bottom + size); and: now running on it. */
static inline void sanitize_stack_leave(const void *bottom, size_t size)
{
	__sanitizer_start_switch_fiber(NULL, bottom, size);
}

static inline void sanitize_stack_enter(const void **old_bottom, size_t *old_size)
{
	__sanitizer_finish_switch_fiber(NULL, old_bottom, old_size);
}
#else
static inline void sanitize_forget(void *p, size_t size)
{
	(void)p;
	(void)size;
}

static inline void sanitize_stack_leave(const void *bottom, size_t size)
{
	(void)bottom;
	(void)size;
}

static inline void sanitize_stack_enter(const void **old_bottom, size_t *old_size)
{
	*old_bottom = NULL;
	*old_size = 0;
}
#endif

#endif
