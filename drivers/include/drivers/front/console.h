/*
 * drivers/front/console.h - the domain's console: the log goes out, what is typed comes in.
 *
 * The bytes on the ring are a terminal's: each '\n' is sent as "\r\n", since
 * the daemon on the other side copies them to a pseudo-terminal in raw mode.
 */
#ifndef DRIVERS_FRONT_CONSOLE_H
#define DRIVERS_FRONT_CONSOLE_H

#include <kernel/types.h>

/*
 * Make the console a sink of the log, as soon as xen_platform names its ring; no
 * interrupts needed. The ring's address may change later (it is looked up at
 * each use). Nothing happens when the domain has no console.
 */
void console_front_early(void);

/* Take input, and notice protocol errors: bind the event channel. Logs what is missing. */
void console_front_start(void);

/* After a restore: ring and port are the toolstack's new ones. */
void console_front_resume(void);

struct console_stats {
	uint64_t written; /* bytes put on the ring */
	uint64_t lost;	  /* bytes dropped because nobody emptied it */
	uint64_t read;	  /* bytes taken from it */
	bool is_broken;	  /* the other side's indices made no sense; the console is off */
};
void console_front_stats(struct console_stats *stats);

#endif
