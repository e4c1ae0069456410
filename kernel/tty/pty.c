/*
 * pty.c - pseudo terminals: /dev/ptmx, and a /dev/pts/N for each that is open (pty(7)).
 *
 * What a program writes to the slave goes through the terminal's output settings
 * into a ring, from which the master reads; what is written to the master is
 * typed. The slave's name exists as long as the master is open.
 *
 * Invariants:
 *   T1  A pty is used again only when its master is closed and so is every slave;
 *       it is never freed, so a process that still points to it points to a terminal.
 *   T2  ring_head - ring_tail is at most RING_SIZE; both change under the
 *       terminal's output_lock.
 */
#include "tty.h"

#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/poll.h>
#include <kernel/process.h>
#include <kernel/string.h>
#include <kernel/tty.h>
#include <kernel/vfs.h>
#include <linux/fcntl.h>
#include <linux/stat.h>

#define PTY_MAX	  64u
#define RING_SIZE 4096u
#define DEV_PTMX  (5u << 8 | 2)
#define DEV_PTS	  (136u << 8)

struct pty {
	struct tty tty; /* what the slaves see */
	unsigned number;

	/* under ptys_lock */
	bool has_master;
	bool is_locked;	 /* until the master's owner has unlocked it */
	unsigned slaves; /* open files */

	char ring[RING_SIZE];
	unsigned ring_head, ring_tail;	 /* T2 */
	bool was_opened;		 /* a slave, ever */
	struct wait_queue master_events; /* something to read, the last slave closed */
};

static struct mutex ptys_lock = MUTEX_INIT(ptys_lock, "ptys");
static struct pty *ptys[PTY_MAX];

static struct pty *pty_of(const struct tty *tty)
{
	return container_of(tty, struct pty, tty);
}

/* ---- the ring ------------------------------------------------------------ */

static size_t ring_room(const struct tty *tty)
{
	const struct pty *pty = pty_of(tty);

	return RING_SIZE - (READ_ONCE(pty->ring_head) - READ_ONCE(pty->ring_tail));
}

/* Of an echo for which there is no room the rest is lost, as on a line that is too slow. */
static void ring_write(struct tty *tty, const char *text, size_t len)
{
	struct pty *pty = pty_of(tty);

	len = MIN(len, ring_room(tty));
	for (size_t i = 0; i < len; i++) {
		pty->ring[pty->ring_head++ % RING_SIZE] = text[i];
	}
	wait_wake_all(&pty->master_events);
}

static struct file_ops slave_ops; /* tty_file_ops, and opening and closing: pty_init() */
static const struct tty_driver pty_driver = {
	.ops = &slave_ops,
	.write = ring_write,
	.room = ring_room,
};

static bool ring_is_empty(const struct pty *pty)
{
	return READ_ONCE(pty->ring_head) == READ_ONCE(pty->ring_tail);
}

static size_t ring_read(struct pty *pty, char *buf, size_t len)
{
	size_t n = 0;

	mutex_lock(&pty->tty.output_lock);
	while (n < len && !ring_is_empty(pty)) {
		buf[n++] = pty->ring[pty->ring_tail++ % RING_SIZE];
	}
	mutex_unlock(&pty->tty.output_lock);
	if (n) {
		wait_wake_all(&pty->tty.writers);
	}
	return n;
}

/* ---- the master ------------------------------------------------------------ */

static bool has_lost_slaves(const struct pty *pty)
{
	return READ_ONCE(pty->was_opened) && !READ_ONCE(pty->slaves);
}

static long master_read(struct file *file, void *buf, size_t len, int64_t *pos)
{
	struct pty *pty = file->private;
	/* Looked at before the ring: what the last of them wrote is read first. */
	bool is_over = has_lost_slaves(pty);
	size_t n;

	while (!(n = ring_read(pty, buf, len))) {
		if (is_over) {
			return -EIO;
		}
		if (file->flags & O_NONBLOCK) {
			return -EAGAIN;
		}
		wait_until(&pty->master_events,
			!ring_is_empty(pty) || has_lost_slaves(pty) || signal_is_pending(),
			WAIT_FOREVER);
		if (ring_is_empty(pty) && signal_is_pending()) {
			return -ERESTARTSYS;
		}
		is_over = has_lost_slaves(pty);
	}
	return (long)n;
}

static long master_write(struct file *file, const void *buf, size_t len, int64_t *pos)
{
	struct pty *pty = file->private;

	for (size_t i = 0; i < len; i++) {
		tty_input(&pty->tty, ((const unsigned char *)buf)[i]);
	}
	return (long)len;
}

static unsigned master_poll(struct file *file, struct poll_table *table)
{
	struct pty *pty = file->private;
	unsigned events = POLLOUT | POLLWRNORM;

	poll_wait(table, &pty->master_events);
	events |= has_lost_slaves(pty) ? POLLHUP : 0; /* before the ring, as in master_read() */
	if (!ring_is_empty(pty)) {
		events |= POLLIN | POLLRDNORM;
	}
	return events;
}

static long lock_set(struct pty *pty, unsigned long arg)
{
	int locked;

	if (user_copy_in(&locked, arg, sizeof(locked))) {
		return -EFAULT;
	}
	mutex_lock(&ptys_lock);
	pty->is_locked = locked;
	mutex_unlock(&ptys_lock);
	return 0;
}

/* Of others the terminal's: the master's own settings are the slave's. */
static long master_ioctl(struct file *file, unsigned request, unsigned long arg)
{
	struct pty *pty = file->private;
	int number = (int)pty->number, locked = pty->is_locked, group = pty->tty.group;

	switch (request) {
	case TIOCGPTN:
		return user_copy_out(arg, &number, sizeof(number));
	case TIOCGPTLCK:
		return user_copy_out(arg, &locked, sizeof(locked));
	case TIOCSPTLCK:
		return lock_set(pty, arg);
	case TIOCGPGRP:
		return user_copy_out(arg, &group, sizeof(group));
	case FIONREAD:
		number = (int)(RING_SIZE - ring_room(&pty->tty));
		return user_copy_out(arg, &number, sizeof(number));
	default:
		return tty_ioctl(&pty->tty, request, arg);
	}
}

static const char *name_of(const struct pty *pty, char *buf, size_t size)
{
	fmt_print(buf, size, "pts/%u", pty->number);
	return buf;
}

static void master_release(struct file *file)
{
	struct pty *pty = file->private;
	char name[16];

	tty_hang_up(&pty->tty);
	devfs_remove(name_of(pty, name, sizeof(name)), S_IFCHR, pty->tty.device);
	mutex_lock(&ptys_lock);
	pty->has_master = false; /* T1 */
	mutex_unlock(&ptys_lock);
}

static const struct file_ops master_ops = {
	.read = master_read,
	.write = master_write,
	.poll = master_poll,
	.ioctl = master_ioctl,
	.release = master_release,
};

/* ---- the slave --------------------------------------------------------------- */

static int slave_open(struct file *file)
{
	struct pty *pty = pty_of(file->private);
	int err = 0;

	mutex_lock(&ptys_lock);
	if (!pty->has_master || pty->is_locked || pty->tty.is_hung_up) {
		err = -EIO;
	} else {
		pty->slaves++;
		WRITE_ONCE(pty->was_opened, true);
	}
	mutex_unlock(&ptys_lock);
	if (!err) {
		tty_open_controlling(&pty->tty, file);
	}
	return err;
}

static void slave_release(struct file *file)
{
	struct pty *pty = pty_of(file->private);

	mutex_lock(&ptys_lock);
	pty->slaves--;
	mutex_unlock(&ptys_lock);
	wait_wake_all(&pty->master_events);
}

/* ---- opening ------------------------------------------------------------------ */

static struct pty *pty_find_free(void)
{
	for (unsigned i = 0; i < PTY_MAX; i++) {
		if (!ptys[i]) {
			ptys[i] = heap_alloc(sizeof(*ptys[i]));
			if (ptys[i]) {
				ptys[i]->number = i;
			}
			return ptys[i];
		}
		if (!ptys[i]->has_master && !ptys[i]->slaves) {
			return ptys[i];
		}
	}
	return NULL;
}

/* A pty that is nobody else's, as new. */
static int pty_take(struct pty **found)
{
	struct pty *pty;

	mutex_lock(&ptys_lock);
	pty = pty_find_free();
	if (pty) {
		tty_init(&pty->tty, &pty_driver, DEV_PTS + pty->number);
		pty->tty.size = (struct linux_winsize){ .rows = 0 }; /* nobody has said */
		pty->has_master = pty->is_locked = true;
		pty->was_opened = false;
		pty->ring_head = pty->ring_tail = 0;
		wait_queue_init(&pty->master_events);
	}
	mutex_unlock(&ptys_lock);
	*found = pty;
	return pty ? 0 : -ENOSPC;
}

static int ptmx_open(struct file *file)
{
	struct pty *pty;
	char name[16];
	int err = pty_take(&pty);

	if (err) {
		return err;
	}
	err = devfs_add(name_of(pty, name, sizeof(name)), S_IFCHR | 0620, pty->tty.device,
		&slave_ops, &pty->tty);
	if (err) {
		mutex_lock(&ptys_lock);
		pty->has_master = false;
		mutex_unlock(&ptys_lock);
		return err;
	}
	file->ops = &master_ops;
	file->private = pty;
	return 0;
}

static const struct file_ops ptmx_ops = { .open = ptmx_open };

int pty_init(void)
{
	slave_ops = tty_file_ops;
	slave_ops.open = slave_open;
	slave_ops.release = slave_release;
	return devfs_add("ptmx", S_IFCHR | 0666, DEV_PTMX, &ptmx_ops, NULL);
}
