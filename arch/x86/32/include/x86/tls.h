/* x86/tls.h (32-bit) - where a program's thread-local data is: its own segments. For <port/user.h> only. */
#ifndef X86_TLS_H
#define X86_TLS_H

#include <kernel/types.h>

#define TLS_DESCRIPTORS 3

/* As the CPU has them; 0: none. What GS and FS select is in the frame. */
struct port_tls {
	uint64_t descriptors[TLS_DESCRIPTORS];
};

#endif
