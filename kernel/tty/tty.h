/*
 * tty.h - a terminal: its settings, its input on the way to readers, who it belongs to.
 */
#ifndef TTY_TTY_H
#define TTY_TTY_H

#include <kernel/thread.h>
#include <linux/termios.h>

#define TTY_INPUT_MAX 4096u

/* An input byte and what it stands for beyond itself. */
#define TTY_LINE_END 0x100u /* ends a line */
#define TTY_EOF	     0x200u /* ends a line, and is not part of it */

struct tty {
	struct mutex lock;
	struct linux_termios settings;
	struct linux_winsize size;
	uint16_t input[TTY_INPUT_MAX];
	unsigned head;	    /* next to write, counts up for ever */
	unsigned committed; /* readers may have what is before it */
	unsigned tail;	    /* next to read */
	bool next_is_literal;
	int session, group; /* 0: nobody's */
	struct wait_queue readers;
	void (*write)(const char *text, size_t len); /* to the terminal, as it is */
};

void tty_init(struct tty *tty, void (*write)(const char *text, size_t len));

/* line.c: a byte came from the terminal. A thread; may sleep. */
void tty_input(struct tty *tty, unsigned char byte);

/* line.c: bytes from a program, with the output settings applied. */
void tty_output(struct tty *tty, const char *text, size_t len);

/* line.c: what a reader may have now; lock held. Bytes copied, or -EAGAIN when there is nothing yet. */
long tty_take(struct tty *tty, char *buf, size_t len);
bool tty_is_readable(const struct tty *tty);

/* ioctl.c */
long tty_ioctl(struct tty *tty, unsigned request, unsigned long arg);

/* job.c: may the calling process read (write) now? 0, -EIO, or -ERESTARTSYS after it was stopped. */
int tty_job_check(struct tty *tty, int signo);

#endif
