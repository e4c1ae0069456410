/*
 * segments.c - what only 32 bits have: descriptors of a program's own, selectors that are none, far calls,
 * gates of others and vm86. Odd ones are refused, or the program is signalled. On x86-64 there is nothing
 * to try.
 *
 * Which entries of the table are free, and so the selectors, is the system's choice; nothing prints them.
 */
#include "oracle.h"

#ifdef __i386__
#include <abi/ldt.h>

static int value = 0x1234;

static const struct linux_user_desc data = {
	.entry = -1u, .limit = 0xfffff, .is_32bit = 1, .limit_in_pages = 1, .is_usable = 1
};

static long set(struct linux_user_desc d)
{
	return syscall(SYS_set_thread_area, &d);
}

static void descriptors(void)
{
	struct linux_user_desc d = data;

	TRY(syscall(SYS_set_thread_area, 0));
	TRY(syscall(SYS_set_thread_area, KERNEL_POINTER));
	d.entry = 0;
	TRY(set(d));
	d.entry = 99;
	TRY(set(d));
	d.entry = -2u;
	TRY(set(d));
	d = data;
	d.contents = 2;
	TRY(set(d));
	d.contents = 3;
	TRY(set(d));
	d = data;
	d.is_32bit = 0;
	TRY(set(d));
	d = data;
	d.is_absent = 1;
	TRY(set(d));
	d = data;
	d.entry = 99;
	TRY(syscall(SYS_get_thread_area, &d));
}

/* One of our own is loaded, and read through. */
static void through(void)
{
	struct linux_user_desc d = data;
	int read;

	d.base = (uint32_t)(uintptr_t)&value;
	if (syscall(SYS_set_thread_area, &d)) {
		_exit(1);
	}
	__asm__ volatile("mov %1, %%fs\n\tmov %%fs:0, %0" : "=r"(read) : "r"(d.entry << 3 | 3));
	_exit(read == value ? 0 : 2);
}

/* What a switch loads again is gone by then. */
static void taken_away(void)
{
	struct linux_user_desc d = data;
	int selector;

	if (syscall(SYS_set_thread_area, &d)) {
		_exit(1);
	}
	__asm__ volatile("mov %0, %%fs" : : "r"(d.entry << 3 | 3));
	d = (struct linux_user_desc){ .entry = d.entry, .is_read_only = 1, .is_absent = 1 };
	if (syscall(SYS_set_thread_area, &d)) {
		_exit(2);
	}
	for (int i = 0; i < 3; i++) {
		usleep(1000);
	}
	__asm__ volatile("mov %%fs, %0" : "=r"(selector));
	_exit(selector & ~3 ? 3 : 0);
}

/* clang-format off */
#define LOAD(name, selector, register)                                                             \
	static void name(void)                                                                     \
	{                                                                                          \
		__asm__ volatile("mov %0, %%" register : : "r"(selector));                         \
		_exit(0);                                                                          \
	}
#define DO(name, instruction)                                                                      \
	static void name(void)                                                                     \
	{                                                                                          \
		__asm__ volatile(instruction : : : "eax", "memory");                               \
		_exit(0);                                                                          \
	}
/* clang-format on */
LOAD(load_nothing, 0, "gs")
LOAD(load_beyond, 0xfffb, "fs")
LOAD(load_beyond_ds, 0xfffb, "ds")
LOAD(load_local, 7, "es")
LOAD(load_stack_of_none, 0, "ss")
DO(call_local, "lcall $7, $0")
DO(call_of_none, "lcall $0, $0")
DO(jump_beyond, "ljmp $0xfff8, $0")
DO(hypercall, "mov $17, %%eax\n\tint $0x82")
DO(gate_of_ring_0, "int $14")
DO(halt, "hlt")
DO(mask, "cli")
DO(port, "inb $0x60, %%al")
DO(flags_of_vm86, "pushf\n\torl $0x20000, (%%esp)\n\tpopf")
DO(return_to_none, "pushf\n\tpush $0\n\tpush $0\n\tiret")

static void all(void)
{
	descriptors();
	in_child("one of our own", through);
	in_child("taken away", taken_away);
	in_child("mov $0, %gs", load_nothing);
	in_child("mov beyond the table, %fs", load_beyond);
	in_child("mov beyond the table, %ds", load_beyond_ds);
	in_child("mov of a local table, %es", load_local);
	in_child("mov $0, %ss", load_stack_of_none);
	in_child("call through a local gate", call_local);
	in_child("call to no segment", call_of_none);
	in_child("jump beyond the table", jump_beyond);
	in_child("int $0x82", hypercall);
	in_child("int $14", gate_of_ring_0);
	in_child("hlt", halt);
	in_child("cli", mask);
	in_child("inb", port);
	in_child("popf with VM", flags_of_vm86);
	in_child("iret to no segment", return_to_none);
	TRY(syscall(113, 0));
	TRY(syscall(166, 1, 0));
}
#else
static void all(void)
{
}
#endif

int main(void)
{
	all();
	puts("and on it goes");
	return 0;
}
