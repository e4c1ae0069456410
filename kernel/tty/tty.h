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

struct file;
struct tty;

/* What is behind a terminal; write() and room() are called with the terminal's output_lock held. */
struct tty_driver {
	const struct file_ops *ops; /* of files that are the terminal */
	void (*write)(struct tty *tty, const char *text, size_t len); /* as it is; cannot fail */
	size_t (*room)(const struct tty *tty); /* what write() can take without loss; NULL: all */
	void (*taken)(
		struct tty *tty); /* input has more room, perhaps; NULL: all the same. May sleep */
};

/* `lock` is taken before `output_lock`. */
struct tty {
	const struct tty_driver *driver;
	uint64_t device; /* its number */
	struct mutex lock;
	struct linux_termios settings;
	struct linux_winsize size;
	uint16_t input[TTY_INPUT_MAX];
	unsigned head;	    /* next to write, counts up for ever */
	unsigned committed; /* readers may have what is before it */
	unsigned tail;	    /* next to read */
	bool next_is_literal;
	int session, group; /* 0: nobody's */
	bool is_hung_up;    /* there is no terminal any more */
	struct wait_queue readers;

	struct mutex output_lock; /* one writer at a time */
	bool is_stopped;	  /* by VSTOP: output waits */
	struct wait_queue writers;
};

void tty_init(struct tty *tty, const struct tty_driver *driver, uint64_t device);
/* line.c: settings, size and input as after tty_init(). */
void tty_reset(struct tty *tty);

/* file.c: an open terminal; the file's private is the terminal. And /dev/tty: the controlling one. */
extern const struct file_ops tty_file_ops, tty_controlling_ops;

/* pty.c: /dev/ptmx. 0 or a negative errno. */
int pty_init(void);

/* line.c: a byte came from the terminal. A thread; may sleep. */
void tty_input(struct tty *tty, unsigned char byte);

/* line.c: how many bytes may come without one being dropped for want of room, unless a line is too long. */
size_t tty_input_room(const struct tty *tty);
/* line.c: somebody took, or threw away, input. */
void tty_input_taken(struct tty *tty);

/*
 * line.c: bytes from a program, at most TTY_PIECE, with the output settings applied; output_lock held. The driver
 * gets them in one piece: on the console the kernel's lines come between such.
 */
#define TTY_PIECE 256u
void tty_output(struct tty *tty, const char *text, size_t len);

/* line.c: what a reader may have now; lock held. Bytes copied, or -EAGAIN when there is nothing yet. */
long tty_take(struct tty *tty, char *buf, size_t len);
bool tty_is_readable(const struct tty *tty);

/* line.c: output goes on after VSTOP. */
void tty_output_resume(struct tty *tty);

/* ioctl.c */
long tty_ioctl(struct tty *tty, unsigned request, unsigned long arg);

/* job.c: the calling process's controlling terminal, and what its files do; NULL: none, and *ops is as it was. */
struct tty *tty_controlling(const struct file_ops **ops);
/* job.c: make it the calling process's controlling terminal. 0 or -EPERM. */
int tty_become_controlling(struct tty *tty);
/* job.c: likewise, by opening it: if who leads a session without one does, and does not say O_NOCTTY. */
void tty_open_controlling(struct tty *tty, const struct file *file);
/* job.c: the calling process has no controlling terminal any more; nor its session, if it leads it. 0 or -ENOTTY. */
int tty_give_up(struct tty *tty);
/* job.c: the terminal has gone: its session hears of it and has none any more. */
void tty_hang_up(struct tty *tty);

/* job.c: may the calling process read (write) now? 0, -EIO, or -ERESTARTSYS after it was stopped. */
int tty_job_check(struct tty *tty, int signo);

#endif
