/* tty.h - the machine's console, and what else drivers have, as terminals of programs. */
#ifndef KERNEL_TTY_H
#define KERNEL_TTY_H

#include <kernel/types.h>

struct tty;

/* Boot, once programs are to run: /dev/console and /dev/tty; typed bytes go there from now on. 0 or a negative errno. */
int tty_console_init(void);

struct tty *tty_console(void);

/* Boot: what Linux calls the console here, below /dev and in /proc/consoles. `name` stays the caller's. 0 or a negative errno. */
int tty_console_name(const char *name, uint64_t device) __must_check;

/* `process` leads a session: the console becomes its controlling terminal. */
struct process;
void tty_console_give(struct process *process);

/* The calling process, which may lead a session, ends. */
void tty_leader_ends(struct process *leader);

/* The device's number, for /proc. */
uint64_t tty_device(const struct tty *tty);
/* The group in the foreground, 0: none. */
int tty_group(const struct tty *tty);

#endif
