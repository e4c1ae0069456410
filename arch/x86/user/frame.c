/*
 * frame.c - the registers of a program, by Linux's conventions for x86-64:
 * number and result in RAX; arguments in RDI RSI RDX R10 R8 R9.
 */
#include <arch/user.h>
#include <kernel/string.h>
#include <kernel/thread.h>
#include <x86/asm.h>
#include <x86/stack.h>
#include <x86/user.h>

#define FLAG_IF	    0x200
#define FLAG_FIXED  0x002
#define SYSCALL_LEN 2 /* 0f 05 */

const char port_machine_name[] = "x86_64";

struct user_frame *user_frame_of(struct thread *thread)
{
	return (struct user_frame *)(stack_of(thread).end - sizeof(struct user_frame));
}

long user_syscall_nr(const struct user_frame *f)
{
	return (long)f->t.error_code;
}

void user_syscall_args(const struct user_frame *f, unsigned long args[6])
{
	args[0] = f->t.rdi;
	args[1] = f->t.rsi;
	args[2] = f->t.rdx;
	args[3] = f->t.r10;
	args[4] = f->t.r8;
	args[5] = f->t.r9;
}

void user_syscall_return(struct user_frame *f, long result)
{
	f->t.rax = (uint64_t)result;
}

long user_syscall_result(const struct user_frame *f)
{
	return (long)f->t.rax;
}

void user_syscall_restart(struct user_frame *f)
{
	f->t.rax = f->t.error_code;
	f->t.rip -= SYSCALL_LEN;
}

uint64_t port_hwcap(void)
{
	uint32_t a, b, c, d;

	cpuid(1, 0, &a, &b, &c, &d);
	return d;
}

vaddr_t user_pc(const struct user_frame *f)
{
	return f->t.rip;
}

vaddr_t user_sp(const struct user_frame *f)
{
	return f->t.rsp;
}

void user_sp_set(struct user_frame *f, vaddr_t sp)
{
	f->t.rsp = sp;
}

void user_frame_reset(struct user_frame *f, vaddr_t pc, vaddr_t sp)
{
	memset(f, 0, sizeof(*f));
	f->t.vector = X86_VECTOR_FULL;
	f->t.rip = pc;
	f->t.rsp = sp;
	f->t.cs = port_user_cs;
	f->t.ss = port_user_ss;
	f->t.rflags = FLAG_IF | FLAG_FIXED;
}

void user_enter(void)
{
	port_frame_leave(&user_frame_of(thread_current())->t);
}
