/* registers.c (32-bit) - the trap frame: its offsets for assembly checked, and its registers printed. */
#include <kernel/log.h>
#include <x86/trap.h>

#define CHECK_OFFSET(macro, field)                                                                 \
	_Static_assert(offsetof(struct trap_frame, field) == (macro), "x86/frame.h: " #macro)
CHECK_OFFSET(FRAME_AX, ax);
CHECK_OFFSET(FRAME_GS, gs);
CHECK_OFFSET(FRAME_FS, fs);
CHECK_OFFSET(FRAME_VECTOR, vector);
CHECK_OFFSET(FRAME_ERROR_CODE, error_code);
CHECK_OFFSET(FRAME_IP, ip);
CHECK_OFFSET(FRAME_CS, cs);
CHECK_OFFSET(FRAME_FLAGS, flags);
CHECK_OFFSET(FRAME_SP, sp);
CHECK_OFFSET(FRAME_SS, ss);
_Static_assert(sizeof(struct trap_frame) == FRAME_SIZE, "x86/frame.h: FRAME_SIZE");

void x86_registers_print(const struct trap_frame *f)
{
	bool is_user = port_frame_is_user(f);

	log_err("trap: eip %08lx %pS", f->ip, (void *)f->ip);
	log_err("trap: cs %04lx ss %04lx eflags %08lx esp %08lx", f->cs, is_user ? f->ss : 0,
		f->flags, is_user ? f->sp : (unsigned long)&f->sp);
	log_err("trap: eax %08lx ebx %08lx ecx %08lx edx %08lx", f->ax, f->bx, f->cx, f->dx);
	log_err("trap: esi %08lx edi %08lx ebp %08lx", f->si, f->di, f->bp);
	log_err("trap: ds %04lx es %04lx fs %04lx gs %04lx", f->ds, f->es, f->fs, f->gs);
}
