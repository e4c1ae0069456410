/* stack_check.h (pv-x86) - stack overflows, reported before they happen; see stack_check.c. */
#ifndef PV_STACK_CHECK_H
#define PV_STACK_CHECK_H

#include <kernel/types.h>

/* Turn the checks on (or off, as the command line says). Boot, while the text is writable, per-CPU base set. */
void stack_check_patch(const char *command_line);

/* The stack that this CPU switches to starts at `stack_base`. Interrupts masked. */
void stack_check_set(vaddr_t stack_base);

#endif
