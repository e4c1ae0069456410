/*
 * copy.c - user memory from kernel mode (arch/user.h): ranges checked, then copied
 * by code that may fault (copy.S). x86_trap() first tries to resolve the fault.
 */
#include <arch/user.h>
#include <kernel/errno.h>
#include <port/layout.h>
#include <x86/user.h>

size_t user_copy_raw(void *dst, const void *src, size_t len);
size_t user_clear_raw(void *dst, size_t len);
long user_string_raw(char *dst, const char *src, size_t size);
int user_cmpxchg_raw(uint32_t *at, uint32_t *old, uint32_t value);

/* The range lies below the user's end, and does not wrap. */
static bool is_user_range(vaddr_t start, size_t len)
{
	return start <= LAYOUT_USER_END && len <= LAYOUT_USER_END - start;
}

int user_copy_in(void *dst, vaddr_t src, size_t len)
{
	size_t left;

	if (!is_user_range(src, len)) {
		return -EFAULT;
	}
	port_access_begin();
	left = user_copy_raw(dst, (const void *)src, len);
	port_access_end();
	return left ? -EFAULT : 0;
}

int user_copy_out(vaddr_t dst, const void *src, size_t len)
{
	size_t left;

	if (!is_user_range(dst, len)) {
		return -EFAULT;
	}
	port_access_begin();
	left = user_copy_raw((void *)dst, src, len);
	port_access_end();
	return left ? -EFAULT : 0;
}

int user_clear(vaddr_t dst, size_t len)
{
	size_t left;

	if (!is_user_range(dst, len)) {
		return -EFAULT;
	}
	port_access_begin();
	left = user_clear_raw((void *)dst, len);
	port_access_end();
	return left ? -EFAULT : 0;
}

long user_string_in(char *dst, vaddr_t src, size_t size)
{
	size_t most;
	long len;

	if (src >= LAYOUT_USER_END) {
		return -EFAULT;
	}
	most = MIN(size, (size_t)(LAYOUT_USER_END - src));
	port_access_begin();
	len = user_string_raw(dst, (const char *)src, most);
	port_access_end();
	if (len == -2) {
		return most < size ? -EFAULT : -ENAMETOOLONG;
	}
	return len < 0 ? -EFAULT : len;
}

int user_cmpxchg32(vaddr_t address, uint32_t *old, uint32_t value)
{
	int faulted;

	if (!is_user_range(address, sizeof(uint32_t)) || address % sizeof(uint32_t)) {
		return -EFAULT;
	}
	port_access_begin();
	faulted = user_cmpxchg_raw((uint32_t *)address, old, value);
	port_access_end();
	return faulted ? -EFAULT : 0;
}
