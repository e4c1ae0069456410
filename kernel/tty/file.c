/*
 * file.c - a terminal as programs have it open: reading, writing, waiting for either.
 */
#include "tty.h"

#include <arch/clock.h>
#include <kernel/errno.h>
#include <kernel/poll.h>
#include <kernel/process.h>
#include <kernel/vfs.h>
#include <linux/fcntl.h>
#include <linux/signal.h>

#define TENTH (NSEC_PER_SEC / 10)

static struct tty *tty_of(const struct file *file)
{
	return file->private;
}

/* ---- reading --------------------------------------------------------------- */

static bool has_input(const struct tty *tty)
{
	return READ_ONCE(tty->committed) != READ_ONCE(tty->tail);
}

/*
 * Wait as VMIN and VTIME of raw mode say (POSIX 11.1.7): 0, after whatever time there is to wait;
 * -ERESTARTSYS.
 */
static int input_await(struct tty *tty)
{
	const struct linux_termios *s = &tty->settings;
	bool is_raw = !(s->lflag & ICANON);
	nsec_t span = s->cc[VTIME] * TENTH;

	if (!is_raw || s->cc[VMIN]) {
		/* The time begins with the first byte. */
		wait_until(&tty->readers,
			(is_raw && span ? has_input(tty) : tty_is_readable(tty)) ||
				tty->is_hung_up || signal_is_pending(),
			WAIT_FOREVER);
	}
	if (is_raw && !tty->is_hung_up && (span || !s->cc[VMIN])) {
		wait_until(&tty->readers,
			tty_is_readable(tty) || tty->is_hung_up || signal_is_pending(),
			clock_now() + span);
	}
	return !has_input(tty) && !tty->is_hung_up && signal_is_pending() ? -ERESTARTSYS : 0;
}

static long take(struct tty *tty, void *buf, size_t len)
{
	long got;

	mutex_lock(&tty->lock);
	got = tty_take(tty, buf, len);
	mutex_unlock(&tty->lock);
	if (got >= 0) {
		tty_input_taken(tty);
	}
	return got;
}

/* Whether a reader who finds nothing is answered so at once, or after VTIME. */
static bool is_patient(const struct tty *tty)
{
	return tty->settings.lflag & ICANON || tty->settings.cc[VMIN];
}

static long tty_read(struct file *file, void *buf, size_t len, int64_t *pos)
{
	struct tty *tty = tty_of(file);
	bool may_wait = !(file->flags & O_NONBLOCK);
	long got;

	do {
		got = tty_job_check(tty, SIGTTIN);
		if (!got && may_wait && !tty_is_readable(tty)) {
			got = input_await(tty);
		}
		if (got) {
			return got;
		}
		got = take(tty, buf, len);
		/* Another reader may have been quicker. */
	} while (got == -EAGAIN && may_wait && is_patient(tty) && !tty->is_hung_up);
	return got == -EAGAIN && (may_wait || tty->is_hung_up) ? 0 : got;
}

/* ---- writing --------------------------------------------------------------- */

static bool has_room(const struct tty *tty, size_t len)
{
	return !READ_ONCE(tty->is_stopped) && (!tty->driver->room || tty->driver->room(tty) >= len);
}

/* One chunk, if there is room for it. */
static bool chunk_write(struct tty *tty, const char *text, size_t len)
{
	bool is_done;

	mutex_lock(&tty->output_lock);
	is_done = has_room(tty, 2 * len); /* every character may be a newline */
	if (is_done) {
		tty_output(tty, text, len);
	}
	mutex_unlock(&tty->output_lock);
	return is_done;
}

static int room_await(struct tty *tty, size_t len)
{
	wait_until(&tty->writers, has_room(tty, len) || tty->is_hung_up || signal_is_pending(),
		WAIT_FOREVER);
	return has_room(tty, len) || tty->is_hung_up ? 0 : -ERESTARTSYS;
}

/* What is written at once: whole lines, if there are such, so that on the console nothing else comes into one. */
static size_t piece_len(const char *text, size_t len)
{
	size_t whole = TTY_PIECE;

	if (len <= TTY_PIECE) {
		return len;
	}
	while (whole && text[whole - 1] != '\n') {
		whole--;
	}
	return whole ? whole : TTY_PIECE;
}

static long write_all(struct tty *tty, const char *text, size_t len, bool may_wait)
{
	size_t done = 0;
	int err = 0;

	while (!err && done < len) {
		size_t n = piece_len(text + done, len - done);

		if (READ_ONCE(tty->is_hung_up)) {
			err = -EIO;
		} else if (chunk_write(tty, text + done, n)) {
			done += n;
		} else {
			err = may_wait ? room_await(tty, 2 * n) : -EAGAIN;
		}
	}
	return done ? (long)done : err;
}

static long tty_write(struct file *file, const void *buf, size_t len, int64_t *pos)
{
	struct tty *tty = tty_of(file);
	int err = 0;

	if (tty->settings.lflag & TOSTOP) {
		err = tty_job_check(tty, SIGTTOU);
	}
	return err ? err : write_all(tty, buf, len, !(file->flags & O_NONBLOCK));
}

/* ---- the rest ---------------------------------------------------------------- */

static unsigned tty_poll(struct file *file, struct poll_table *table)
{
	struct tty *tty = tty_of(file);
	unsigned events = 0;

	poll_wait(table, &tty->readers);
	poll_wait(table, &tty->writers);
	if (tty_is_readable(tty)) {
		events |= POLLIN | POLLRDNORM;
	}
	if (has_room(tty, 2 * TTY_PIECE)) {
		events |= POLLOUT | POLLWRNORM;
	}
	return READ_ONCE(tty->is_hung_up) ? POLLIN | POLLOUT | POLLHUP : events;
}

static long file_ioctl(struct file *file, unsigned request, unsigned long arg)
{
	struct tty *tty = tty_of(file);

	return !tty->is_hung_up ? tty_ioctl(tty, request, arg) : -EIO;
}

const struct file_ops tty_file_ops = {
	.read = tty_read,
	.write = tty_write,
	.poll = tty_poll,
	.ioctl = file_ioctl,
};

/* ---- /dev/tty ------------------------------------------------------------------ */

/* From here on the file is one of the terminal that the process has now. */
static int controlling_open(struct file *file)
{
	const struct file_ops *ops = NULL;
	struct tty *tty = tty_controlling(&ops);
	int err;

	if (!tty) {
		return -ENXIO;
	}
	file->private = tty;
	file->ops = ops;
	file->flags |= O_NOCTTY; /* it is that already */
	err = ops->open ? ops->open(file) : 0;
	if (!err && tty_controlling(&ops) != tty) {
		/* It has gone meanwhile; what we opened may be somebody else's. */
		if (ops->release) {
			ops->release(file);
		}
		err = -EIO;
	}
	return err;
}

const struct file_ops tty_controlling_ops = { .open = controlling_open };
