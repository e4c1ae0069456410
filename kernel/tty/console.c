/*
 * console.c - the machine's console as a terminal: /dev/console, and /dev/tty for
 * whoever has it as controlling terminal.
 *
 * A thread carries what is typed from the console's input to the line
 * discipline, so that nothing of it runs in interrupt context. Output goes to the
 * log's sinks, between its lines.
 */
#include "tty.h"

#include <arch/clock.h>
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/monitor.h>
#include <kernel/poll.h>
#include <kernel/process.h>
#include <kernel/tty.h>
#include <kernel/vfs.h>
#include <linux/fcntl.h>
#include <linux/signal.h>
#include <linux/stat.h>

#define DEV_CONSOLE (5u << 8 | 1)
#define DEV_TTY	    (5u << 8 | 0)
#define TENTH	    (NSEC_PER_SEC / 10)

static struct tty console;

struct tty *tty_console(void)
{
	return &console;
}

static struct tty *tty_of(const struct file *file)
{
	return file->private ? file->private : process_current()->tty;
}

/* How long a reader waits: for ever, but in raw mode VTIME may say otherwise. */
static nsec_t read_deadline(const struct tty *tty)
{
	const struct linux_termios *s = &tty->settings;

	if (s->lflag & ICANON || (!s->cc[VTIME] && s->cc[VMIN])) {
		return WAIT_FOREVER;
	}
	return clock_now() + s->cc[VTIME] * TENTH;
}

static long tty_read(struct file *file, void *buf, size_t len, int64_t *pos)
{
	struct tty *tty = tty_of(file);
	long got;
	int err;

	if (!tty) {
		return -EIO;
	}
	err = tty_job_check(tty, SIGTTIN);
	if (err) {
		return err;
	}
	if (!tty_is_readable(tty) && !(file->flags & O_NONBLOCK)) {
		bool in_time = wait_until(&tty->readers,
			tty_is_readable(tty) || signal_is_pending(), read_deadline(tty));

		if (in_time && !tty_is_readable(tty)) {
			return -ERESTARTSYS;
		}
	}
	mutex_lock(&tty->lock);
	got = tty_take(tty, buf, len);
	mutex_unlock(&tty->lock);
	return got == -EAGAIN && !(file->flags & O_NONBLOCK) ? 0 : got;
}

static long tty_write(struct file *file, const void *buf, size_t len, int64_t *pos)
{
	struct tty *tty = tty_of(file);
	int err = 0;

	if (!tty) {
		return -EIO;
	}
	if (tty->settings.lflag & TOSTOP) {
		err = tty_job_check(tty, SIGTTOU);
	}
	if (err) {
		return err;
	}
	tty_output(tty, buf, len);
	return (long)len;
}

static unsigned tty_poll(struct file *file, struct poll_table *table)
{
	struct tty *tty = tty_of(file);

	if (!tty) {
		return POLLERR | POLLHUP;
	}
	poll_wait(table, &tty->readers);
	return POLLOUT | POLLWRNORM | (tty_is_readable(tty) ? POLLIN | POLLRDNORM : 0);
}

static long file_ioctl(struct file *file, unsigned request, unsigned long arg)
{
	struct tty *tty = tty_of(file);

	return tty ? tty_ioctl(tty, request, arg) : -EIO;
}

static const struct file_ops tty_ops = {
	.read = tty_read,
	.write = tty_write,
	.poll = tty_poll,
	.ioctl = file_ioctl,
};

static void input_carry(void *arg)
{
	for (;;) {
		int byte = console_input_read(WAIT_FOREVER);

		if (byte >= 0) {
			tty_input(&console, (unsigned char)byte);
		}
	}
}

int tty_console_init(void)
{
	int err;

	tty_init(&console, log_write);
	err = devfs_add("console", S_IFCHR | 0600, DEV_CONSOLE, &tty_ops, &console);
	if (!err) {
		err = devfs_add("tty", S_IFCHR | 0666, DEV_TTY, &tty_ops, NULL);
	}
	return err ? err : thread_create(NULL, "tty", input_carry, NULL);
}

void tty_console_give(struct process *process)
{
	process->tty = &console;
	console.session = process->sid;
	console.group = process->pgid;
}
