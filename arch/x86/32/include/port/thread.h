/* port/thread.h (32-bit x86) - the saved context: everything else is on the thread's stack. */
#ifndef PORT_THREAD_H
#define PORT_THREAD_H

#include <kernel/types.h>

struct port_thread {
	unsigned long sp; /* offset 0: switch.S */
};

/* What x86_context_switch() pops, lowest address first. */
struct switch_frame {
	unsigned long di, si, bx, bp, ip;
};

#endif
