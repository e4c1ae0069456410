/*
 * trap.c - every trap that is not an interrupt, after the port's entry code saved the registers.
 *
 * A kernel-mode trap is one of three things, tried in this order: an access that
 * was announced as fallible (x86/fixup.h), a stack that ran into its guard page,
 * or a bug. The latter two panic, with a backtrace that starts at the trap.
 *
 * On bare hardware a stack overflow arrives as a double fault, because the CPU
 * cannot push the page fault's frame either; the port passes CR2 for both.
 */
#include <kernel/cpu.h>
#include <kernel/log.h>
#include <kernel/panic.h>
#include <kernel/thread.h>
#include <x86/fixup.h>
#include <x86/stack.h>
#include <x86/trap.h>
#include <x86/user.h>

#define TRAP_NAME(vector, name, has_error, user) [vector] = #name,
static const char *const trap_names[] = { X86_TRAPS(TRAP_NAME) };
#undef TRAP_NAME

struct trap_frame fixup_taken;

static const char *trap_name(unsigned long vector)
{
	if (vector < ARRAY_SIZE(trap_names) && trap_names[vector]) {
		return trap_names[vector];
	}
	return "unexpected vector";
}

static const char *thread_name(void)
{
	const struct thread *thread = thread_current();

	return thread ? thread->name : "boot";
}

/* What a page fault tried to do, from its error code. */
static void page_fault_panic(const struct trap_frame *frame, vaddr_t address)
{
	unsigned long code = frame->error_code;
	const char *access = "read";

	if (code & X86_FAULT_FETCH) {
		access = "execute";
	} else if (code & X86_FAULT_WRITE) {
		access = "write";
	}
	panic_at(frame->ip, frame->bp, "page fault: kernel tried to %s %#lx, %s (error code %#lx)",
		access, address,
		code & X86_FAULT_PRESENT ? "which forbids it" : "which is not mapped", code);
}

/* Error codes of the segment kind (Intel SDM 3A, 6.13): external, table, index. */
static void segment_fault_panic(const struct trap_frame *frame)
{
	unsigned long code = frame->error_code;
	const char *table = "GDT";

	if (code & 2) {
		table = "IDT";
	} else if (code & 4) {
		table = "LDT";
	}
	panic_at(frame->ip, frame->bp, "trap: %s in kernel mode (error code %#lx: %s entry %lu%s)",
		trap_name(frame->vector), code, table, code >> 3, code & 1 ? ", external" : "");
}

static void kernel_trap_panic(const struct trap_frame *frame, vaddr_t fault_address)
{
	if (frame->vector == X86_TRAP_PAGE_FAULT) {
		page_fault_panic(frame, fault_address);
	}
	if (frame->error_code) {
		segment_fault_panic(frame);
	}
	panic_at(frame->ip, frame->bp, "trap: %s (vector %lu) in kernel mode",
		trap_name(frame->vector), frame->vector);
}

static bool is_stack_overflow(const struct trap_frame *frame, vaddr_t fault_address)
{
	vaddr_t base = stack_of(thread_current()).base;

	return (frame->vector == X86_TRAP_PAGE_FAULT || frame->vector == X86_TRAP_DOUBLE_FAULT) &&
		fault_address < base && fault_address >= base - PAGE_SIZE;
}

void x86_trap(struct trap_frame *frame, vaddr_t fault_address)
{
	vaddr_t recovery;

	if (port_frame_is_user(frame)) {
		x86_user_trap(frame, fault_address);
		return;
	}
	if (x86_user_fault_resolve(frame, fault_address)) {
		return;
	}
	recovery = fixup_find(frame->ip);
	if (recovery) {
		if (IS_ENABLED(CONFIG_TOUR)) {
			fixup_taken = *frame;
		}
		frame->ip = recovery;
		return;
	}
	x86_registers_print(frame);
	if (is_stack_overflow(frame, fault_address)) {
		panic_at(frame->ip, frame->bp, "stack overflow in thread %s (at %#lx)",
			thread_name(), fault_address);
	}
	kernel_trap_panic(frame, fault_address);
}
