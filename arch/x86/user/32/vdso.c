/* vdso.c (32-bit) - there is none: programs make system calls by `int $0x80`, and ask the kernel for the time. */
#include <arch/vdso.h>

int port_vdso_map(struct vm_space *space, vaddr_t *base)
{
	*base = 0;
	return 0;
}
