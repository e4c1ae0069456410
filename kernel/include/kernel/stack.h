/* stack.h - kernel stacks, each with an unmapped page below and above. */
#ifndef KERNEL_STACK_H
#define KERNEL_STACK_H

#include <kernel/types.h>

/* The lowest byte of a fresh stack of THREAD_STACK_SIZE, or 0 when memory is out. */
vaddr_t stack_alloc(void) __must_check;
void stack_free(vaddr_t base);

/* Give back what is kept of freed stacks for the next ones: when memory is short. */
void stack_stock_free(void);

#endif
