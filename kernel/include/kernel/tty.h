/* tty.h - the machine's console as a terminal of programs. */
#ifndef KERNEL_TTY_H
#define KERNEL_TTY_H

struct tty;

/* Boot, once programs are to run: /dev/console and /dev/tty; typed bytes go there from now on. 0 or a negative errno. */
int tty_console_init(void);

struct tty *tty_console(void);

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
