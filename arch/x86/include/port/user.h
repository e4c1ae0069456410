/*
 * port/user.h (x86) - a program's registers, and what else the CPU holds of it.
 */
#ifndef PORT_USER_H
#define PORT_USER_H

#include <kernel/types.h>
#include <x86/frame.h>
#include <x86/tls.h>

/* At the top of the thread's kernel stack, where the CPU or Xen pushes it. */
struct user_frame {
	struct trap_frame t;
};

struct port_user {
	struct port_tls tls;
	void *fpu;	  /* fxsave or xsave image, 64-byte aligned; NULL: a kernel thread */
	void *fpu_memory; /* what to free */
};

#endif
