/*
 * uart.c - 16550 serial port (National Semiconductor PC16550D data sheet).
 *
 * Output is polled: it has to work with interrupts masked and in a panic.
 * Input interrupts. A port that stops taking bytes costs the log bytes, not the kernel
 * its life: every wait is bounded.
 */
#include <kernel/log.h>
#include <kernel/monitor.h>
#include <drivers/hw/uart.h>
#include <hw/io.h>

enum {
	DATA = 0,
	INTERRUPT_ENABLE = 1,
	FIFO_CONTROL = 2,
	LINE_CONTROL = 3,
	MODEM_CONTROL = 4,
	LINE_STATUS = 5,
	SCRATCH = 7,
	DIVISOR_LOW = 0, /* while LINE_DIVISOR is set */
	DIVISOR_HIGH = 1,
};

#define INTERRUPT_RECEIVED (1 << 0)
#define FIFO_ENABLE_CLEAR  0x07
#define FIFO_SIZE	   16
#define LINE_8N1	   0x03
#define LINE_DIVISOR	   (1 << 7)
#define MODEM_DTR_RTS_OUT2 0x0b /* OUT2 lets the interrupt through */
#define STATUS_RECEIVED	   (1 << 0)
#define STATUS_ROOM	   (1 << 5)
#define STATUS_IDLE	   (1 << 6)
#define WAIT_POLLS	   10000000 /* seconds: QEMU's reader may be kept waiting */
#define STUCK_POLLS	   1000	    /* once a wait was in vain, until one is not */
#define INPUT_AT_ONCE	   256	    /* bytes of one interrupt, against a stuck status */

static uint16_t port;

static bool wait_for(uint8_t status)
{
	static bool is_stuck;

	for (unsigned i = 0; i < (is_stuck ? STUCK_POLLS : WAIT_POLLS); i++) {
		if (inb(port + LINE_STATUS) & status) {
			is_stuck = false;
			return true;
		}
	}
	is_stuck = true;
	return false;
}

/* Send through the FIFO: when it is empty it takes FIFO_SIZE bytes without another look. */
static void put(char c)
{
	static unsigned room;

	if (!room) {
		room = wait_for(STATUS_ROOM) ? FIFO_SIZE : 1;
	}
	room--;
	outb(port + DATA, (uint8_t)c);
}

static void uart_write(struct log_sink *sink, const char *text, size_t len, enum log_form form)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n' && form == LOG_TEXT) {
			put('\r');
		}
		put(text[i]);
	}
}

static void uart_drain(struct log_sink *sink)
{
	(void)wait_for(STATUS_IDLE);
}

static struct log_sink uart_sink = { .write = uart_write, .drain = uart_drain };

bool uart_console_init(uint16_t base)
{
	outb(base + SCRATCH, 0x5a);
	if (inb(base + SCRATCH) != 0x5a) {
		return false;
	}
	port = base;
	outb(port + INTERRUPT_ENABLE, 0);
	outb(port + LINE_CONTROL, LINE_DIVISOR);
	outb(port + DIVISOR_LOW, 1);
	outb(port + DIVISOR_HIGH, 0);
	outb(port + LINE_CONTROL, LINE_8N1);
	outb(port + FIFO_CONTROL, FIFO_ENABLE_CLEAR);
	outb(port + MODEM_CONTROL, MODEM_DTR_RTS_OUT2);
	log_sink_add(&uart_sink);
	return true;
}

void uart_input_enable(void)
{
	if (port) {
		outb(port + INTERRUPT_ENABLE, INTERRUPT_RECEIVED);
	}
}

void uart_interrupt(void)
{
	for (unsigned i = 0; i < INPUT_AT_ONCE && inb(port + LINE_STATUS) & STATUS_RECEIVED; i++) {
		char c = (char)inb(port + DATA);

		console_input_push(&c, 1);
	}
}
