/* port/thread.h (64-bit x86) - the saved context: everything else is on the thread's stack. */
#ifndef PORT_THREAD_H
#define PORT_THREAD_H

#include <kernel/types.h>

struct port_thread {
	uint64_t rsp; /* offset 0: switch.S */
};

#endif
