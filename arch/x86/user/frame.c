/* frame.c - the registers of a program, as far as both widths have them. Its system calls are 64/frame.c, 32/frame.c. */
#include <arch/user.h>
#include <kernel/string.h>
#include <kernel/thread.h>
#include <x86/asm.h>
#include <x86/stack.h>
#include <x86/user.h>

struct user_frame *user_frame_of(struct thread *thread)
{
	return (struct user_frame *)(stack_of(thread).end - sizeof(struct user_frame));
}

long user_syscall_nr(const struct user_frame *f)
{
	return (long)f->t.error_code;
}

void user_syscall_return(struct user_frame *f, long result)
{
	f->t.ax = (unsigned long)result;
}

long user_syscall_result(const struct user_frame *f)
{
	return (long)f->t.ax;
}

/* Both ways in, `syscall` and `int $0x80`, are two bytes long. */
#define SYSCALL_LEN 2

void user_syscall_restart(struct user_frame *f)
{
	f->t.ax = f->t.error_code;
	f->t.ip -= SYSCALL_LEN;
}

uint64_t port_hwcap(void)
{
	uint32_t a, b, c, d;

	cpuid(1, 0, &a, &b, &c, &d);
	return d;
}

vaddr_t user_pc(const struct user_frame *f)
{
	return f->t.ip;
}

void user_pc_set(struct user_frame *f, vaddr_t pc)
{
	f->t.ip = pc;
}

vaddr_t user_sp(const struct user_frame *f)
{
	return f->t.sp;
}

void user_sp_set(struct user_frame *f, vaddr_t sp)
{
	f->t.sp = sp;
}

void user_enter(void)
{
	port_frame_leave(&user_frame_of(thread_current())->t);
}
