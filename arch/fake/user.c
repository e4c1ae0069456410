/*
 * user.c (fake) - user memory for the kernel, and the loop that stands for user mode.
 *
 * The raw accesses take the place of arch/x86/user/copy.S: page by page through
 * the kernel's root and the model's TLB, a fault first offered to the kernel.
 */
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arch/user.h>
#include <arch/vdso.h>
#include <fake/model.h>
#include <fake/user.h>
#include <kernel/panic.h>
#include <kernel/string.h>
#include <x86/user.h>

size_t user_copy_raw(void *dst, const void *src, size_t len);
size_t user_clear_raw(void *dst, size_t len);
long user_string_raw(char *dst, const char *src, size_t size);
int user_cmpxchg_raw(uint32_t *at, uint32_t *old, uint32_t value);

void (*fake_program)(struct trap_frame *frame);

extern char __executable_start[], end[];

static bool is_user(const void *p)
{
	return (vaddr_t)p < LAYOUT_USER_END &&
		((const char *)p < __executable_start || (const char *)p >= end);
}

/* ---- for the kernel ------------------------------------------------------ */

static bool read_some(vaddr_t va, void *buf, size_t len)
{
	while (model_kernel_read(va, buf, len)) {
		if (!irq_is_enabled() || !user_fault_resolve(va, MMU_READ)) {
			return false;
		}
	}
	return true;
}

static bool write_some(vaddr_t va, const void *buf, size_t len)
{
	while (model_kernel_write(va, buf, len)) {
		if (!irq_is_enabled() || !user_fault_resolve(va, MMU_WRITE)) {
			return false;
		}
	}
	return true;
}

static size_t within_page(vaddr_t va, size_t len)
{
	return MIN(len, PAGE_SIZE - va % PAGE_SIZE);
}

size_t user_copy_raw(void *dst, const void *src, size_t len)
{
	bool is_out = is_user(dst);
	vaddr_t va = is_out ? (vaddr_t)dst : (vaddr_t)src;
	char *memory = is_out ? (char *)(vaddr_t)src : dst;

	while (len) {
		size_t n = within_page(va, len);

		if (is_out ? !write_some(va, memory, n) : !read_some(va, memory, n)) {
			break;
		}
		va += n;
		memory += n;
		len -= n;
	}
	return len;
}

size_t user_clear_raw(void *dst, size_t len)
{
	static const char zeros[PAGE_SIZE];
	vaddr_t va = (vaddr_t)dst;

	while (len) {
		size_t n = within_page(va, len);

		if (!write_some(va, zeros, n)) {
			break;
		}
		va += n;
		len -= n;
	}
	return len;
}

long user_string_raw(char *dst, const char *src, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (!read_some((vaddr_t)src + i, dst + i, 1)) {
			return -1;
		}
		if (!dst[i]) {
			return (long)i;
		}
	}
	return -2;
}

int user_cmpxchg_raw(uint32_t *at, uint32_t *old, uint32_t value)
{
	uint32_t now;

	/* A locked exchange writes, so it needs the right to, whatever it finds. */
	if (!read_some((vaddr_t)at, &now, sizeof(now)) ||
		!write_some((vaddr_t)at, &now, sizeof(now))) {
		return 1;
	}
	if (now == *old && !write_some((vaddr_t)at, &value, sizeof(value))) {
		return 1;
	}
	*old = now;
	return 0;
}

/* Programs here are functions of the test: nothing is mapped for them. */
int port_vdso_map(struct vm_space *space, vaddr_t *base, vaddr_t *entry)
{
	*base = *entry = 0;
	return 0;
}

/* ---- for programs -------------------------------------------------------- */

static void user_fault(struct trap_frame *frame, vaddr_t va, uint64_t access)
{
	unsigned long mfn;

	frame->vector = X86_TRAP_PAGE_FAULT;
	frame->error_code = X86_FAULT_USER | access |
		(model_user_access(va, false, false, &mfn) ? 0 : X86_FAULT_PRESENT);
	irq_disable();
	x86_user_trap(frame, va);
	x86_user_leave(frame);
	irq_enable();
}

bool fake_user_load(struct trap_frame *frame, vaddr_t va, void *buf, size_t len)
{
	uint64_t rip = frame->ip;

	for (size_t done = 0, n; done < len; done += n) {
		n = within_page(va + done, len - done);
		while (model_user_read(va + done, (char *)buf + done, n)) {
			user_fault(frame, va + done, 0);
			if (frame->ip != rip) {
				return false;
			}
		}
	}
	return true;
}

bool fake_user_store(struct trap_frame *frame, vaddr_t va, const void *buf, size_t len)
{
	uint64_t rip = frame->ip;

	for (size_t done = 0, n; done < len; done += n) {
		n = within_page(va + done, len - done);
		while (model_user_write(va + done, (const char *)buf + done, n)) {
			user_fault(frame, va + done, X86_FAULT_WRITE);
			if (frame->ip != rip) {
				return false;
			}
		}
	}
	return true;
}

void fake_user_syscall(struct trap_frame *frame, vaddr_t rip, long nr, unsigned long a1,
	unsigned long a2, unsigned long a3)
{
	frame->vector = X86_VECTOR_SYSCALL;
	frame->error_code = frame->ax = (uint64_t)nr;
	frame->di = a1;
	frame->si = a2;
	frame->dx = a3;
	frame->ip = rip;
}

void port_frame_leave(struct trap_frame *frame)
{
	for (;;) {
		if (!fake_program) {
			panic("user: there is no user mode in the fake port");
		}
		frame->vector = X86_VECTOR_FULL;
		irq_enable();
		fake_program(frame);
		irq_disable();
		if (frame->vector == X86_VECTOR_SYSCALL) {
			x86_syscall(frame);
		}
		x86_user_leave(frame);
	}
}
