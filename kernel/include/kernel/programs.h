/* programs.h - whether and how the machine runs programs; see kernel/proc/start.c. */
#ifndef KERNEL_PROGRAMS_H
#define KERNEL_PROGRAMS_H

#include <kernel/types.h>

/* An image of programs was given at boot. */
bool programs_are_there(void);

/*
 * Files, terminal, process 1; the calling thread sleeps from then on. The
 * machine ends with a message when that fails.
 */
void programs_start(void) __noreturn;

#endif
