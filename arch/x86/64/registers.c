/* registers.c (64-bit) - the trap frame: its offsets for assembly checked, and its registers printed. */
#include <kernel/log.h>
#include <x86/trap.h>

#define CHECK_OFFSET(macro, field)                                                                 \
	_Static_assert(offsetof(struct trap_frame, field) == (macro), "x86/frame.h: " #macro)
CHECK_OFFSET(FRAME_R15, r15);
CHECK_OFFSET(FRAME_RBP, bp);
CHECK_OFFSET(FRAME_RBX, bx);
CHECK_OFFSET(FRAME_R11, r11);
CHECK_OFFSET(FRAME_RAX, ax);
CHECK_OFFSET(FRAME_RCX, cx);
CHECK_OFFSET(FRAME_RDI, di);
CHECK_OFFSET(FRAME_VECTOR, vector);
CHECK_OFFSET(FRAME_ERROR_CODE, error_code);
CHECK_OFFSET(FRAME_RIP, ip);
CHECK_OFFSET(FRAME_CS, cs);
CHECK_OFFSET(FRAME_RFLAGS, flags);
CHECK_OFFSET(FRAME_RSP, sp);
CHECK_OFFSET(FRAME_SS, ss);
_Static_assert(sizeof(struct trap_frame) == FRAME_SIZE, "x86/frame.h: FRAME_SIZE");

void x86_registers_print(const struct trap_frame *f)
{
	log_err("trap: rip %016lx %pS", f->ip, (void *)f->ip);
	log_err("trap: cs %04lx ss %04lx rflags %08lx rsp %016lx", f->cs, f->ss, f->flags, f->sp);
	log_err("trap: rax %016lx rbx %016lx rcx %016lx rdx %016lx", f->ax, f->bx, f->cx, f->dx);
	log_err("trap: rsi %016lx rdi %016lx rbp %016lx r8  %016lx", f->si, f->di, f->bp, f->r8);
	log_err("trap: r9  %016lx r10 %016lx r11 %016lx r12 %016lx", f->r9, f->r10, f->r11, f->r12);
	log_err("trap: r13 %016lx r14 %016lx r15 %016lx", f->r13, f->r14, f->r15);
}
