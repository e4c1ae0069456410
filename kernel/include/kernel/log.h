/*
 * log.h - the kernel log: a ring of text lines that every sink can replay.
 *
 * log_*() may be called from any context, interrupts masked or not, from the
 * first C instruction on. A line is formatted on the caller's stack, given the
 * time since boot, stored in the ring and handed to every registered sink. A
 * sink registered later first receives what the ring still holds, so nothing
 * said before the console came up is lost to it.
 *
 * Format: C's printf without floating point, plus %pS (address as
 * function+offset, by the symbol table).
 */
#ifndef KERNEL_LOG_H
#define KERNEL_LOG_H

#include <kernel/list.h>
#include <stdarg.h>

enum log_level { LOG_ERR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Log one line; no trailing newline. Convention: "subsystem: what happened". */
void log_line(enum log_level level, const char *fmt, ...) __printf(2, 3);

#define log_err(...)   log_line(LOG_ERR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

/*
 * Text for the sinks without a time stamp or a line of its own: command output.
 * Not kept in the ring.
 */
void log_print(const char *fmt, ...) __printf(1, 2);

/* As log_print(), text of any length that is there already. */
void log_text(const char *text, size_t len);

/* What a terminal sends, byte for byte: line ends are its own business. */
void log_bytes(const char *bytes, size_t len);

/* What is printed next begins a line, whatever a program left open. */
void log_fresh_line(void);

/* Of LOG_TEXT a sink that ends at a terminal begins each newline with a carriage return; of LOG_BYTES none does. */
enum log_form { LOG_TEXT, LOG_BYTES };

struct log_sink {
	/*
	 * Takes all of `text`, interrupts masked, never sleeps. A sink that is full
	 * drops or waits by its own rule; it must not log.
	 */
	void (*write)(struct log_sink *sink, const char *text, size_t len, enum log_form form);
	/* Waits until what was written has left the machine; called at panic and power-off. May be NULL. */
	void (*drain)(struct log_sink *sink);
	struct list link;
};

/* Add a sink and replay the ring into it. Remove with log_sink_remove(). */
void log_sink_add(struct log_sink *sink);
void log_sink_remove(struct log_sink *sink);

/* Have every sink drain. */
void log_drain(void);

/* The kernel is about to end: from now on log without the lock, whose holder may be what failed. */
void log_emergency(void);

/* Copy the newest `size - 1` bytes of the ring into `buf`, NUL-terminated; returns the length. */
size_t log_read(char *buf, size_t size);

/* As C's; return what would have been written. */
int fmt_print(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
int fmt_vprint(char *buf, size_t size, const char *fmt, va_list args);

#endif
