/*
 * foreign.c - pvh64 started without Xen: say so on the PC's first serial port.
 *
 * The image has no drivers for a bare machine, so the port is used as the
 * firmware or QEMU left it, and the machine ends by QEMU's debug-exit device or
 * the chipset's reset register.
 */
#include <kernel/log.h>
#include <kernel/machine.h>
#include <hw/control.h>
#include <hw/io.h>
#include "pvh.h"

#define COM1_DATA	0x3f8
#define COM1_STATUS	0x3fd
#define STATUS_ROOM	(1 << 5)
#define WAIT_POLLS	100000
#define DEBUG_EXIT_PORT 0xf4
#define RESET_PORT	0xcf9
#define RESET_HARD	0x0e

static bool is_foreign;

static void put(char c)
{
	for (unsigned i = 0; i < WAIT_POLLS && !(inb(COM1_STATUS) & STATUS_ROOM); i++) {
	}
	outb(COM1_DATA, (uint8_t)c);
}

static void bare_write(struct log_sink *sink, const char *text, size_t len, enum log_form form)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n' && form == LOG_TEXT) {
			put('\r');
		}
		put(text[i]);
	}
}

static struct log_sink bare_sink = { .write = bare_write };

void foreign_bare_init(void)
{
	is_foreign = true;
	log_sink_add(&bare_sink);
}

void foreign_bare_end(void)
{
	if (is_foreign) {
		outl(DEBUG_EXIT_PORT, MACHINE_POWEROFF);
		outb(RESET_PORT, RESET_HARD);
		cpu_stop();
	}
}
