/*
 * port.c - terminals that a driver serves: /dev/NAME, from tty_port_add() to tty_port_remove().
 *
 * What comes stays with the driver until somebody has the terminal open and its input has room: nothing is lost that
 * way, and who sends too much is held up, not we. A thread carries it to the line discipline, for all ports. Output
 * goes to the driver at once, as far as it has room; a writer waits for the rest. The first who opens a port finds
 * it with its settings as new.
 *
 * Invariants:
 *   O1  A port is used again only when its driver has left it and nobody has it open; it is never freed, so a process that
 *       still points to it points to a terminal (T1 of pty.c).
 *   O2  The driver is called only while it has not left: its read() under ports_lock, the others under output_lock;
 *       tty_port_remove() holds both. So `room` is what it last said, asked anew after each event and write.
 */
#include "tty.h"

#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/process.h>
#include <kernel/string.h>
#include <kernel/tty.h>
#include <kernel/vfs.h>
#include <linux/fcntl.h>
#include <linux/stat.h>

#define CARRY_BUDGET 64u /* reads of a port before the others' turn */

struct tty_port {
	struct tty tty;
	const struct tty_port_ops *ops;
	void *driver;
	char name[16];
	size_t room;	/* O2 */
	unsigned opens; /* ports_lock */
	bool is_there;	/* the driver has not left; changes under both locks */
	struct list link;
};

static struct mutex ports_lock = MUTEX_INIT(ports_lock, "tty ports");
static struct list ports = LIST_INIT(ports); /* all that ever were */
static bool is_started;			     /* ports_lock */

static struct wait_queue noticed = WAIT_QUEUE_INIT(noticed);
static bool is_noticed; /* atomic */

static struct tty_port *port_of(const struct tty *tty)
{
	return container_of(tty, struct tty_port, tty);
}

/* ---- the driver ---------------------------------------------------------------- */

/* output_lock held. */
static void room_ask(struct tty_port *port)
{
	WRITE_ONCE(port->room, port->is_there ? port->ops->room(port->driver) : 0);
}

static size_t port_room(const struct tty *tty)
{
	return READ_ONCE(port_of(tty)->room);
}

/* Of an echo for which there is no room the rest is lost, as on a line that is too slow. */
static void port_write(struct tty *tty, const char *text, size_t len)
{
	struct tty_port *port = port_of(tty);

	if (port->is_there) {
		port->ops->write(port->driver, text, MIN(len, port->room));
		room_ask(port);
	}
}

static void port_taken(struct tty *tty)
{
	tty_port_notice();
}

static struct file_ops port_file_ops; /* tty_file_ops, and opening and closing: port_start() */
static const struct tty_driver port_driver = {
	.ops = &port_file_ops,
	.write = port_write,
	.room = port_room,
	.taken = port_taken,
};

/* ---- input --------------------------------------------------------------------- */

/*
 * ports_lock held. Who has nothing open reads nothing, but the driver sees what came. Who sends without an end does not keep
 * the others waiting, or the lock held: more than a budget is for the next time.
 */
static void port_carry(struct tty_port *port)
{
	unsigned budget = CARRY_BUDGET;
	char buf[128];
	size_t len;

	do {
		len = port->opens ? MIN(tty_input_room(&port->tty), sizeof(buf)) : 0;
		len = port->ops->read(port->driver, buf, len);
		for (size_t i = 0; i < len; i++) {
			tty_input(&port->tty, (unsigned char)buf[i]);
		}
	} while (len && --budget);
	if (len) {
		tty_port_notice();
	}
	mutex_lock(&port->tty.output_lock);
	room_ask(port);
	mutex_unlock(&port->tty.output_lock);
	wait_wake_all(&port->tty.writers);
}

static void carry(void *arg)
{
	for (;;) {
		wait_until(&noticed, __atomic_exchange_n(&is_noticed, false, __ATOMIC_ACQUIRE),
			WAIT_FOREVER);
		mutex_lock(&ports_lock);
		list_for_each(node, &ports) {
			struct tty_port *port = list_entry(node, struct tty_port, link);

			if (port->is_there) {
				port_carry(port);
			}
		}
		mutex_unlock(&ports_lock);
	}
}

void tty_port_notice(void)
{
	__atomic_store_n(&is_noticed, true, __ATOMIC_RELEASE);
	wait_wake_one(&noticed);
}

/* ---- open files ------------------------------------------------------------------ */

static int port_open(struct file *file)
{
	struct tty_port *port = port_of(file->private);
	int err = 0;

	mutex_lock(&ports_lock);
	if (!port->is_there || port->tty.is_hung_up) {
		err = -EIO;
	} else if (port->opens++ == 0) {
		tty_reset(&port->tty);
	}
	mutex_unlock(&ports_lock);
	if (!err) {
		tty_open_controlling(&port->tty, file);
		tty_port_notice();
	}
	return err;
}

static void port_release(struct file *file)
{
	struct tty_port *port = port_of(file->private);

	mutex_lock(&ports_lock);
	port->opens--;
	mutex_unlock(&ports_lock);
}

/* ---- coming and going ---------------------------------------------------------- */

/* ports_lock held. */
static int port_start(void)
{
	int err = is_started ? 0 : thread_create(NULL, "tty ports", carry, NULL);

	if (!err && !is_started) {
		port_file_ops = tty_file_ops;
		port_file_ops.open = port_open;
		port_file_ops.release = port_release;
		is_started = true;
	}
	return err;
}

/* ports_lock held. O1 */
static struct tty_port *port_find_free(void)
{
	struct tty_port *port;

	list_for_each(node, &ports) {
		port = list_entry(node, struct tty_port, link);
		if (!port->is_there && !port->opens) {
			return port;
		}
	}
	port = heap_alloc(sizeof(*port));
	if (port) {
		list_push_back(&ports, &port->link);
	}
	return port;
}

static int port_take(const char *name, uint64_t device, const struct tty_port_ops *ops,
	void *driver, struct tty_port **found)
{
	struct tty_port *port = NULL;
	int err;

	mutex_lock(&ports_lock);
	err = port_start();
	if (!err) {
		port = port_find_free();
		err = port ? 0 : -ENOMEM;
	}
	if (!err) {
		tty_init(&port->tty, &port_driver, device);
		strlcpy(port->name, name, sizeof(port->name));
		port->ops = ops;
		port->driver = driver;
		port->is_there = true;
		room_ask(port); /* nobody else knows it yet */
	}
	mutex_unlock(&ports_lock);
	*found = port;
	return err;
}

/* O2: when this returns the driver is not called any more. */
static void port_leave(struct tty_port *port)
{
	mutex_lock(&ports_lock);
	mutex_lock(&port->tty.output_lock);
	port->is_there = false;
	room_ask(port);
	mutex_unlock(&port->tty.output_lock);
	mutex_unlock(&ports_lock);
}

int tty_port_add(const char *name, uint64_t device, const struct tty_port_ops *ops, void *driver,
	struct tty_port **added)
{
	struct tty_port *port;
	int err = port_take(name, device, ops, driver, &port);

	if (err) {
		return err;
	}
	err = devfs_add(name, S_IFCHR | 0600, device, &port_file_ops, &port->tty);
	if (err) {
		port_leave(port);
		return err;
	}
	*added = port;
	return 0;
}

void tty_port_remove(struct tty_port *port)
{
	devfs_remove(port->name, S_IFCHR, port->tty.device);
	/* Hung up first: who finds that the driver has left knows why. */
	tty_hang_up(&port->tty);
	port_leave(port);
	wait_wake_all(&port->tty.writers);
}
