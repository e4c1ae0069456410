/*
 * console.c - the machine's console as a terminal: /dev/console, and /dev/tty for
 * whoever has it as controlling terminal.
 *
 * A thread carries what is typed from the console's input to the line
 * discipline, so that nothing of it runs in interrupt context. Output goes to the
 * log's sinks, between its lines.
 */
#include "tty.h"

#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/monitor.h>
#include <kernel/option.h>
#include <kernel/process.h>
#include <kernel/procfs.h>
#include <kernel/tty.h>
#include <kernel/vfs.h>
#include <linux/stat.h>

#define DEV_CONSOLE (5u << 8 | 1)
#define DEV_TTY	    (5u << 8 | 0)

static struct tty console;

static unsigned rows = 24, columns = 80;
OPTION_UINT(rows, "rows", rows, 1, 1000, "lines of the console's terminal");
OPTION_UINT(columns, "columns", columns, 1, 1000, "and characters in each");

struct tty *tty_console(void)
{
	return &console;
}

static void console_write(struct tty *tty, const char *text, size_t len)
{
	log_bytes(text, len);
}

static const struct tty_driver console_driver = { .ops = &tty_file_ops, .write = console_write };

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

	tty_init(&console, &console_driver, DEV_CONSOLE);
	console.size =
		(struct linux_winsize){ .rows = (uint16_t)rows, .columns = (uint16_t)columns };
	err = devfs_add("console", S_IFCHR | 0600, DEV_CONSOLE, &tty_file_ops, &console);
	if (!err) {
		err = devfs_add("tty", S_IFCHR | 0666, DEV_TTY, &tty_controlling_ops, NULL);
	}
	if (!err) {
		err = pty_init();
	}
	return err ? err : thread_create(NULL, "tty", input_carry, NULL);
}

static int named_open(struct file *file)
{
	tty_open_controlling(&console, file);
	return 0;
}

static struct file_ops named_ops; /* tty_file_ops, and opening */
static const char *console_name;
static uint64_t console_device;

/* Its flags: it can be written, is in use, is /dev/console, got what was said before. */
static void show_consoles(struct proc_text *text)
{
	proc_print(text, "%-20s -W- (EC p  ) %4u:%u\n", console_name, device_major(console_device),
		device_minor(console_device));
}

int tty_console_name(const char *name, uint64_t device)
{
	int err;

	named_ops = tty_file_ops;
	named_ops.open = named_open;
	console_name = name;
	console_device = device;
	err = devfs_add(name, S_IFCHR | 0600, device, &named_ops, &console);
	return err ? err : procfs_add("consoles", show_consoles, NULL);
}

void tty_console_give(struct process *process)
{
	process->tty = &console;
	console.session = process->sid;
	console.group = process->pgid;
}

uint64_t tty_device(const struct tty *tty)
{
	return tty->device;
}

int tty_group(const struct tty *tty)
{
	return tty->group;
}
