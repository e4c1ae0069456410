/*
 * frame.c (32-bit) - the registers of a program, by Linux's conventions for i386:
 * number and result in EAX; arguments in EBX ECX EDX ESI EDI EBP.
 */
#include <arch/user.h>
#include <kernel/string.h>
#include <x86/user.h>

#define FLAG_IF	   0x200
#define FLAG_FIXED 0x002

const char port_machine_name[] = "i686";

void user_syscall_args(const struct user_frame *f, unsigned long args[6])
{
	args[0] = f->t.bx;
	args[1] = f->t.cx;
	args[2] = f->t.dx;
	args[3] = f->t.si;
	args[4] = f->t.di;
	args[5] = f->t.bp;
}

void user_frame_reset(struct user_frame *f, vaddr_t pc, vaddr_t sp)
{
	memset(f, 0, sizeof(*f));
	f->t.vector = X86_VECTOR_FULL;
	f->t.ip = pc;
	f->t.sp = sp;
	f->t.cs = port_user_cs;
	f->t.ss = f->t.ds = f->t.es = port_user_ss;
	f->t.flags = FLAG_IF | FLAG_FIXED;
}
