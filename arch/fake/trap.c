/*
 * trap.c (fake) - a host fault in kernel code becomes the page fault it would have been.
 *
 * The signal handler hands over the registers; x86_trap() finds a fixup or
 * panics, as on a real machine.
 */
#include <arch/boot.h>
#include <arch/trap.h>
#include <fake/fault.h>
#include <fake/model.h>
#include <kernel/log.h>
#include <x86/fixup.h>
#include <x86/trap.h>

void port_init_traps(void)
{
	fake_faults_catch();
}

bool port_frame_is_user(const struct trap_frame *frame)
{
	return false; /* programs are played by functions, see user.c */
}

void fake_fault(struct fake_registers *regs)
{
	struct trap_frame frame = {
		.r15 = regs->r15,
		.r14 = regs->r14,
		.r13 = regs->r13,
		.r12 = regs->r12,
		.bp = regs->rbp,
		.bx = regs->rbx,
		.ax = regs->rax,
		.cx = regs->rcx,
		.dx = regs->rdx,
		.si = regs->rsi,
		.di = regs->rdi,
		.vector = X86_TRAP_PAGE_FAULT,
		.error_code =
			regs->error_code & (X86_FAULT_PRESENT | X86_FAULT_WRITE | X86_FAULT_FETCH),
		.ip = regs->rip,
		.sp = regs->rsp,
	};
	char text[160];

	if (!fixup_find(regs->rip) && model_fault_describe(regs->address, text, sizeof(text))) {
		log_err("model: %s", text);
	}
	x86_trap(&frame, regs->address);
	regs->rip = frame.ip;
}
