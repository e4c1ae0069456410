/*
 * trap.c - what comes back from user mode: system calls, and traps as Linux's signals.
 */
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arch/user.h>
#include <kernel/thread.h>
#include <x86/fixup.h>
#include <x86/user.h>

#define FLAG_IF 0x200

/* Linux's numbers (abi/linux/signal.h has them all; a port needs these). */
enum { SIGILL = 4, SIGTRAP = 5, SIGBUS = 7, SIGFPE = 8, SIGSEGV = 11 };
enum {
	ILL_ILLOPN = 2,
	FPE_INTDIV = 1,
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

static unsigned access_of(uint64_t error_code)
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

void x86_syscall(struct trap_frame *frame)
{
	irq_enable();
	user_syscall(user_of(frame));
}

void x86_user_leave(struct trap_frame *frame)
{
	irq_disable();
	user_leave(user_of(frame));
}

void x86_user_trap(struct trap_frame *frame, vaddr_t fault_address)
{
	uint64_t code = frame->error_code;

	irq_enable();
	switch (frame->vector) {
	case 0:
		exception(frame, SIGFPE, FPE_INTDIV, frame->rip);
		break;
	case X86_TRAP_DEBUG:
		exception(frame, SIGTRAP, TRAP_TRACE, frame->rip);
		break;
	case X86_TRAP_BREAKPOINT:
		exception(frame, SIGTRAP, SI_KERNEL, 0);
		break;
	case X86_TRAP_INVALID_OPCODE:
		exception(frame, SIGILL, ILL_ILLOPN, frame->rip);
		break;
	case X86_TRAP_PAGE_FAULT:
		user_page_fault(
			user_of(frame), fault_address, access_of(code), code & X86_FAULT_PRESENT);
		break;
	case 16: /* x87 */
	case 19: /* SIMD */
		exception(frame, SIGFPE, FPE_FLTINV, frame->rip);
		break;
	case 17:
		exception(frame, SIGBUS, BUS_ADRALN, 0);
		break;
	default: /* general protection, segments, overflow, and what nobody expects */
		exception(frame, SIGSEGV, SI_KERNEL, 0);
	}
}

bool x86_user_fault_resolve(const struct trap_frame *frame, vaddr_t fault_address)
{
	bool resolved;

	if (frame->vector != X86_TRAP_PAGE_FAULT || fault_address >= LAYOUT_USER_END ||
		!(frame->rflags & FLAG_IF) || !fixup_find(frame->rip)) {
		return false;
	}
	irq_enable();
	resolved = user_fault_resolve(fault_address, access_of(frame->error_code));
	irq_disable();
	return resolved;
}
