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

#endif
