/*
 * tls.c (32-bit) - thread-local data: three segments that a program may set up for itself.
 *
 * What a program asks for is reduced to what is harmless: data of ring 3 (SDM 3A, 3.4.5). There are no others:
 * no code, no gates, no local descriptor table. Where a segment lies does not matter, since pages
 * say who may go where.
 */
#include <abi/ldt.h>
#include <arch/user.h>
#include <arch/user_i386.h>
#include <kernel/errno.h>
#include <kernel/thread.h>
#include <x86/user.h>

_Static_assert(TLS_DESCRIPTORS == TLS_ENTRY_COUNT, "what a thread has is what Linux gives it");

/* Bits of the upper word of a descriptor. */
#define DESCRIPTOR_ACCESSED 0x00000100u
#define DESCRIPTOR_WRITABLE 0x00000200u
#define DESCRIPTOR_DOWN	    0x00000400u
#define DESCRIPTOR_DATA	    0x00001000u
#define DESCRIPTOR_RING3    0x00006000u
#define DESCRIPTOR_PRESENT  0x00008000u
#define DESCRIPTOR_USABLE   0x00100000u
#define DESCRIPTOR_32BIT    0x00400000u
#define DESCRIPTOR_PAGES    0x00800000u

/* Both ways to say "none" that Linux knows. */
static bool is_empty(const struct linux_user_desc *d)
{
	bool is_zero = !d->is_read_only && !d->is_absent;

	return !d->base && !d->limit && !d->contents && !d->is_32bit && !d->limit_in_pages &&
		!d->is_usable && (is_zero || (d->is_read_only && d->is_absent));
}

/* 0 for none; -EINVAL for what is no data segment of 32 bits. */
static int descriptor_make(uint64_t *descriptor, const struct linux_user_desc *d)
{
	uint32_t low, high;

	*descriptor = 0;
	if (is_empty(d)) {
		return 0;
	}
	if (!d->is_32bit || d->contents > 1 || d->is_absent) {
		return -EINVAL;
	}
	low = (d->limit & 0xffff) | d->base << 16;
	high = (d->base >> 16 & 0xff) | (d->base & 0xff000000) | (d->limit & 0xf0000) |
		DESCRIPTOR_ACCESSED | DESCRIPTOR_DATA | DESCRIPTOR_RING3 | DESCRIPTOR_PRESENT |
		DESCRIPTOR_32BIT;
	high |= d->is_read_only ? 0 : DESCRIPTOR_WRITABLE;
	high |= d->contents ? DESCRIPTOR_DOWN : 0;
	high |= d->is_usable ? DESCRIPTOR_USABLE : 0;
	high |= d->limit_in_pages ? DESCRIPTOR_PAGES : 0;
	*descriptor = (uint64_t)high << 32 | low;
	return 0;
}

static struct linux_user_desc description_of(uint64_t descriptor, uint32_t entry)
{
	uint32_t low = (uint32_t)descriptor, high = (uint32_t)(descriptor >> 32);

	return (struct linux_user_desc){ .entry = entry,
		.base = low >> 16 | (high & 0xff) << 16 | (high & 0xff000000),
		.limit = (low & 0xffff) | (high & 0xf0000),
		.is_32bit = !!(high & DESCRIPTOR_32BIT),
		.contents = !!(high & DESCRIPTOR_DOWN),
		.is_read_only = !(high & DESCRIPTOR_WRITABLE),
		.limit_in_pages = !!(high & DESCRIPTOR_PAGES),
		.is_absent = !(high & DESCRIPTOR_PRESENT),
		.is_usable = !!(high & DESCRIPTOR_USABLE) };
}

static bool is_entry(uint32_t entry)
{
	return entry >= TLS_ENTRY_FIRST && entry < TLS_ENTRY_FIRST + TLS_ENTRY_COUNT;
}

/* What the program described goes to the thread. */
static int descriptor_set(struct thread *thread, const struct linux_user_desc *d)
{
	uint64_t descriptor;

	if (!is_entry(d->entry) || descriptor_make(&descriptor, d)) {
		return -EINVAL;
	}
	preempt_disable();
	thread->user.tls.descriptors[d->entry - TLS_ENTRY_FIRST] = descriptor;
	if (thread == thread_current()) {
		port_tls_load(&thread->user);
	}
	preempt_enable();
	return 0;
}

/* The first that is empty; -ESRCH. */
static int entry_choose(const struct thread *thread, uint32_t *entry)
{
	for (uint32_t i = 0; i < TLS_ENTRY_COUNT; i++) {
		if (!thread->user.tls.descriptors[i]) {
			*entry = TLS_ENTRY_FIRST + i;
			return 0;
		}
	}
	return -ESRCH;
}

int port_thread_area_set(vaddr_t user)
{
	struct thread *self = thread_current();
	struct linux_user_desc d;
	uint64_t descriptor;
	bool is_any;
	int err;

	if (user_copy_in(&d, user, sizeof(d))) {
		return -EFAULT;
	}
	is_any = d.entry == UINT32_MAX;
	err = descriptor_make(&descriptor, &d);
	if (!err && is_any) {
		err = entry_choose(self, &d.entry);
	}
	if (!err && is_any) {
		err = user_copy_out(user, &d.entry, sizeof(d.entry));
	}
	return err ? err : descriptor_set(self, &d);
}

int port_thread_area_get(vaddr_t user)
{
	struct linux_user_desc d;
	uint32_t entry;

	if (user_copy_in(&entry, user, sizeof(entry))) {
		return -EFAULT;
	}
	if (!is_entry(entry)) {
		return -EINVAL;
	}
	d = description_of(thread_current()->user.tls.descriptors[entry - TLS_ENTRY_FIRST], entry);
	return user_copy_out(user, &d, sizeof(d));
}

/* By clone(): a struct user_desc of the parent's. */
int port_user_tls_set(struct thread *thread, vaddr_t user)
{
	struct linux_user_desc d;

	return user_copy_in(&d, user, sizeof(d)) ? -EFAULT : descriptor_set(thread, &d);
}

/* arch_prctl() has nothing for programs of 32 bits. */
long port_user_prctl(int op, unsigned long arg)
{
	return -EINVAL;
}
