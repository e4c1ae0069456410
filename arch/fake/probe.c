/*
 * probe.c (fake) - the copy whose accesses may fault, for user addresses too.
 *
 * User memory is not mapped in this process, and some of its addresses are the
 * host's. Accesses below LAYOUT_USER_END go through the model's walker and its
 * TLB, in kernel mode; all others through the real probe.S, assembled as
 * fake_probe_raw.
 */
#include <fake/model.h>
#include <kernel/types.h>
#include <port/layout.h>

int probe_copy(void *dst, const void *src, size_t len);
int fake_probe_raw(void *dst, const void *src, size_t len);

extern char __executable_start[], end[];

static bool is_user(const void *p)
{
	return (vaddr_t)p < LAYOUT_USER_END &&
		((const char *)p < __executable_start || (const char *)p >= end);
}

int probe_copy(void *dst, const void *src, size_t len)
{
	if (len && is_user(src)) {
		return model_kernel_read((uint64_t)src, dst, len) != 0;
	}
	if (len && is_user(dst)) {
		return model_kernel_write((uint64_t)dst, src, len) != 0;
	}
	return fake_probe_raw(dst, src, len);
}
