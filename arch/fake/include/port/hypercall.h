/* port/hypercall.h (fake) - the way into the model of Xen. */
#ifndef PORT_HYPERCALL_H
#define PORT_HYPERCALL_H

#include <kernel/types.h>

#define PORT_NAME	      "fake"
#define HYPERCALL_INSTRUCTION "call"

/* On the model's own stack, as Xen has its own; a wanted upcall is taken on the way back. */
long fake_hypercall(unsigned nr, unsigned long a1, unsigned long a2, unsigned long a3,
	unsigned long a4, unsigned long a5);

static inline long hypercall_enter(unsigned nr, unsigned long a1, unsigned long a2,
	unsigned long a3, unsigned long a4, unsigned long a5)
{
	return fake_hypercall(nr, a1, a2, a3, a4, a5);
}

#endif
