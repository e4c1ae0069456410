/* no_programs.c - arch/user.h while there are no programs: nothing can come from user mode. */
#include <arch/user.h>
#include <kernel/panic.h>

void user_syscall(struct user_frame *f)
{
	panic("user: a system call, but there are no programs");
}

void user_page_fault(struct user_frame *f, vaddr_t address, unsigned access, bool was_present)
{
	panic("user: a page fault at %#lx, but there are no programs", address);
}

void user_exception(struct user_frame *f, int signo, int code, vaddr_t address)
{
	panic("user: signal %d, but there are no programs", signo);
}

void user_leave(struct user_frame *f)
{
}

bool user_fault_resolve(vaddr_t address, unsigned access)
{
	return false;
}
