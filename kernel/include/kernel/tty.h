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

/* ---- terminals of drivers (kernel/tty/port.c) ---- */

struct tty_port;

/* All are called by threads, may sleep for a short time, and log. */
struct tty_port_ops {
	/* What came: at most `size` bytes, which may be 0. What is not taken stays. */
	size_t (*read)(void *driver, char *buf, size_t size);
	/* Send bytes, no more than room() said last. */
	void (*write)(void *driver, const char *text, size_t len);
	/* How many can be sent. */
	size_t (*room)(void *driver);
};

/* /dev/NAME, open to programs at once: 0 and *added, or a negative errno. A thread. */
int tty_port_add(const char *name, uint64_t device, const struct tty_port_ops *ops, void *driver,
	struct tty_port **added) __must_check;
/* Hang up: programs that have it open lose it. When this returns the driver is not called any more. A thread, not from within ops. */
void tty_port_remove(struct tty_port *port);
/* Something came, or was sent, at one of them. From where one may wake a thread. */
void tty_port_notice(void);

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
