/*
 * machine.h - the end of the machine, and who is told how it went.
 */
#ifndef KERNEL_MACHINE_H
#define KERNEL_MACHINE_H

#include <kernel/types.h>

/*
 * Orderly end: prints "verdict: STATUS" as the last line, drains the log and
 * ends the machine. STATUS is what `make run` exits with.
 */
enum machine_end { MACHINE_POWEROFF, MACHINE_REBOOT, MACHINE_HALT, MACHINE_CRASH };
void machine_shutdown(enum machine_end how, int status) __noreturn;

/*
 * Have `call` called, once and by a thread, before an orderly end, if that comes from where one may
 * sleep; asking again for the same one does nothing.
 */
void machine_before_end(void (*call)(void));

/* Remember a failure: the verdict of an end that nobody gives a status for (toolstack's poweroff). */
void machine_status_set(int status);
int machine_status(void);

#endif
