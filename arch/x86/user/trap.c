/*
 * trap.c - what comes back from user mode: system calls, and traps as Linux's signals.
 *
 * Invariant:
 *   U1  What is left for user mode is an address that an x86 CPU can have in RIP; with
 *       another one the kernel's return instruction itself would fault.
 */
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arch/user.h>
#include <kernel/thread.h>
#include <port/layout.h>
#include <x86/fixup.h>
#include <x86/user.h>

#define FLAG_IF 0x200

/* Linux's numbers (abi/linux/signal.h has them all; a port needs these). */
enum { SIGILL = 4, SIGTRAP = 5, SIGBUS = 7, SIGFPE = 8, SIGSEGV = 11 };
enum {
	ILL_ILLOPN = 2,
	FPE_INTDIV = 1,
	FPE_FLTDIV = 3,
	FPE_FLTOVF = 4,
	FPE_FLTUND = 5,
	FPE_FLTRES = 6,
	FPE_FLTINV = 7,
	TRAP_BRKPT = 1,
	TRAP_TRACE = 2,
	SEGV_MAPERR = 1,
	BUS_ADRALN = 1,
	SI_KERNEL = 0x80
};

static struct user_frame *user_of(struct trap_frame *frame)
{
	return (struct user_frame *)frame; /* its only field */
}

static unsigned access_of(unsigned long error_code)
{
	if (error_code & X86_FAULT_FETCH) {
		return MMU_EXEC;
	}
	return error_code & X86_FAULT_WRITE ? MMU_WRITE : MMU_READ;
}

static void exception(struct trap_frame *frame, int signo, int code, vaddr_t address)
{
	user_exception(user_of(frame), signo, code, address);
}

void __leaf x86_syscall(struct trap_frame *frame)
{
	irq_enable();
	user_syscall(user_of(frame));
}

/* A program that wants to go on nowhere (by a handler, a signal frame, an entry point) hears what its own jump would tell it. */
static void __noinline address_refuse(struct trap_frame *frame)
{
	do {
		irq_enable();
		exception(frame, SIGSEGV, SI_KERNEL, 0);
		irq_disable();
		user_leave(user_of(frame));
	} while (!LAYOUT_IS_ADDRESS(frame->ip));
}

void __leaf x86_user_leave(struct trap_frame *frame)
{
	irq_disable();
	user_leave(user_of(frame));
	if (unlikely(!LAYOUT_IS_ADDRESS(frame->ip))) { /* U1 */
		address_refuse(frame);
	}
}

/* Linux's code for the exceptions of a floating-point unit that are flagged and not masked. */
static int float_code(unsigned exceptions)
{
	static const struct {
		unsigned bits;
		int code;
	} codes[] = {
		{ 0x01, FPE_FLTINV },
		{ 0x04, FPE_FLTDIV },
		{ 0x08, FPE_FLTOVF },
		{ 0x12, FPE_FLTUND }, /* a denormal operand too */
		{ 0x20, FPE_FLTRES },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(codes); i++) {
		if (exceptions & codes[i].bits) {
			return codes[i].code;
		}
	}
	return 0;
}

static void float_exception(struct trap_frame *frame, unsigned exceptions)
{
	int code = float_code(exceptions);

	if (code) { /* else it was handled before the trap came */
		exception(frame, SIGFPE, code, frame->ip);
	}
}

void x86_user_trap(struct trap_frame *frame, vaddr_t fault_address)
{
	unsigned long code = frame->error_code;

	irq_enable();
	switch (frame->vector) {
	case 0:
		exception(frame, SIGFPE, FPE_INTDIV, frame->ip);
		break;
	case X86_TRAP_DEBUG:
		exception(
			frame, SIGTRAP, port_debug_was_step() ? TRAP_TRACE : TRAP_BRKPT, frame->ip);
		break;
	case X86_TRAP_BREAKPOINT:
		exception(frame, SIGTRAP, SI_KERNEL, 0);
		break;
	case X86_TRAP_INVALID_OPCODE:
		exception(frame, SIGILL, ILL_ILLOPN, frame->ip);
		break;
	case X86_TRAP_PAGE_FAULT:
		user_page_fault(
			user_of(frame), fault_address, access_of(code), code & X86_FAULT_PRESENT);
		break;
	case X86_TRAP_SEGMENT_NOT_PRESENT:
	case X86_TRAP_STACK: /* the stack pointer was no address */
		exception(frame, SIGBUS, SI_KERNEL, 0);
		break;
	case X86_TRAP_X87:
		float_exception(frame, fpu_x87_exceptions());
		break;
	case X86_TRAP_SIMD:
		float_exception(frame, fpu_simd_exceptions());
		break;
	case X86_TRAP_ALIGNMENT:
		exception(frame, SIGBUS, BUS_ADRALN, 0);
		break;
	default: /* general protection, overflow, and what nobody expects */
		exception(frame, SIGSEGV, SI_KERNEL, 0);
	}
}

bool x86_user_fault_resolve(const struct trap_frame *frame, vaddr_t fault_address)
{
	bool resolved;

	if (frame->vector != X86_TRAP_PAGE_FAULT || fault_address >= LAYOUT_USER_END ||
		!(frame->flags & FLAG_IF) || !fixup_find(frame->ip)) {
		return false;
	}
	irq_enable();
	resolved = user_fault_resolve(fault_address, access_of(frame->error_code));
	irq_disable();
	return resolved;
}
