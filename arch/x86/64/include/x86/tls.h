/* x86/tls.h (64-bit) - where a program's thread-local data is: two bases. For <port/user.h> only. */
#ifndef X86_TLS_H
#define X86_TLS_H

#include <kernel/types.h>

struct port_tls {
	vaddr_t fs_base, gs_base;
};

#endif
