/*
 * log.c - the log ring and its sinks.
 *
 * A line is made on the caller's stack without any lock; the lock covers the
 * ring and the hand-over to the sinks, so lines of different CPUs never mix.
 * Command output (log_print) goes to the sinks only: replaying the ring of a
 * session that printed the ring would show everything twice.
 *
 * Invariants:
 *   L1  The ring holds the last RING_SIZE bytes of all lines: byte number n of
 *       the log stands at ring[n % RING_SIZE].
 *   L2  The lock is the innermost of the kernel but for a sink's own.
 *   L3  After log_emergency() the lock counts for nothing: who holds it may
 *       be the code that just failed.
 */
#include <arch/clock.h>
#include <kernel/log.h>
#include <kernel/option.h>
#include <kernel/spinlock.h>
#include <kernel/string.h>

#define RING_SIZE 32768u
#define LINE_SIZE 384

static struct spinlock log_lock = SPINLOCK_INIT("log");
static char ring[RING_SIZE];
static uint64_t ring_end; /* bytes ever logged */
static struct list sinks = LIST_INIT(sinks);
static bool is_line_open; /* the last text to the sinks did not end its line */
static bool is_emergency;

static bool show_debug;
OPTION_FLAG(debug, "debug", show_debug, "log debug messages too");

/* ---- lock ------------------------------------------------------------- */

struct log_hold {
	irq_state_t irq;
	bool is_locked;
};

static struct log_hold log_hold(void)
{
	struct log_hold hold = { .is_locked = !is_emergency };

	if (hold.is_locked) {
		hold.irq = spin_lock_irqsave(&log_lock);
	} else {
		hold.irq = irq_save();
	}
	return hold;
}

static void log_release(struct log_hold hold)
{
	if (hold.is_locked) {
		spin_unlock_irqrestore(&log_lock, hold.irq);
	} else {
		irq_restore(hold.irq);
	}
}

void log_emergency(void)
{
	is_emergency = true;
}

/* ---- ring ------------------------------------------------------------- */

static void ring_add(const char *text, size_t len)
{
	while (len > 0) {
		size_t at = ring_end % RING_SIZE;
		size_t part = MIN(len, RING_SIZE - at);

		memcpy(ring + at, text, part);
		ring_end += part;
		text += part;
		len -= part;
	}
}

/* Of the newest `len` bytes the piece from `done` on that lies contiguously. */
static const char *ring_piece(size_t len, size_t done, size_t *piece_len)
{
	size_t at = (ring_end - len + done) % RING_SIZE;

	*piece_len = MIN(len - done, RING_SIZE - at);
	return ring + at;
}

static size_t ring_len(void)
{
	return MIN(ring_end, RING_SIZE);
}

/* ---- sinks ------------------------------------------------------------ */

static void sinks_write(const char *text, size_t len, enum log_form form)
{
	list_for_each(node, &sinks) {
		struct log_sink *sink = list_entry(node, struct log_sink, link);

		sink->write(sink, text, len, form);
	}
	if (len > 0) {
		is_line_open = text[len - 1] != '\n';
	}
}

void log_sink_add(struct log_sink *sink)
{
	struct log_hold hold = log_hold();
	size_t len = ring_len(), piece_len;

	for (size_t done = 0; done < len; done += piece_len) {
		const char *piece = ring_piece(len, done, &piece_len);

		sink->write(sink, piece, piece_len, LOG_TEXT);
	}
	list_push_back(&sinks, &sink->link);
	log_release(hold);
}

void log_sink_remove(struct log_sink *sink)
{
	struct log_hold hold = log_hold();

	list_remove(&sink->link);
	log_release(hold);
}

void log_drain(void)
{
	struct log_hold hold = log_hold();

	list_for_each(node, &sinks) {
		struct log_sink *sink = list_entry(node, struct log_sink, link);

		if (sink->drain) {
			sink->drain(sink);
		}
	}
	log_release(hold);
}

/* ---- text ------------------------------------------------------------- */

/* Text that did not fit ends in dots; room for the newline stays. Returns the length. */
static size_t line_end(char line[LINE_SIZE], size_t wanted)
{
	size_t len = MIN(wanted, (size_t)LINE_SIZE - 2);

	if (wanted > len) {
		memcpy(line + len - 3, "...", 3);
	}
	line[len] = '\n';
	return len + 1;
}

static size_t line_start(char line[LINE_SIZE], enum log_level level)
{
	static const char *const marks[] = {
		[LOG_ERR] = "error: ",
		[LOG_WARN] = "warning: ",
		[LOG_INFO] = "",
		[LOG_DEBUG] = "",
	};
	nsec_t now = clock_now();

	return (size_t)fmt_print(line, LINE_SIZE, "[%5lu.%06lu] %s",
		(unsigned long)(now / NSEC_PER_SEC),
		(unsigned long)(now % NSEC_PER_SEC / NSEC_PER_USEC), marks[level]);
}

void log_line(enum log_level level, const char *fmt, ...)
{
	char line[LINE_SIZE];
	struct log_hold hold;
	va_list args;
	size_t len;

	if (level == LOG_DEBUG && !show_debug) {
		return;
	}
	len = line_start(line, level);
	va_start(args, fmt);
	len += (size_t)fmt_vprint(line + len, LINE_SIZE - len, fmt, args);
	va_end(args);
	len = line_end(line, len);
	hold = log_hold();
	ring_add(line, len);
	if (is_line_open) {
		sinks_write("\n", 1, LOG_TEXT);
	}
	sinks_write(line, len, LOG_TEXT);
	log_release(hold);
}

void log_print(const char *fmt, ...)
{
	char text[LINE_SIZE];
	va_list args;
	size_t wanted, len;

	va_start(args, fmt);
	wanted = (size_t)fmt_vprint(text, sizeof(text), fmt, args);
	va_end(args);
	len = wanted < sizeof(text) ? wanted : line_end(text, wanted);
	log_text(text, len);
}

void log_text(const char *text, size_t len)
{
	struct log_hold hold = log_hold();

	sinks_write(text, len, LOG_TEXT);
	log_release(hold);
}

void log_bytes(const char *bytes, size_t len)
{
	struct log_hold hold = log_hold();

	sinks_write(bytes, len, LOG_BYTES);
	log_release(hold);
}

void log_fresh_line(void)
{
	struct log_hold hold = log_hold();

	if (is_line_open) {
		sinks_write("\n", 1, LOG_TEXT);
	}
	log_release(hold);
}

size_t log_read(char *buf, size_t size)
{
	struct log_hold hold;
	size_t len, piece_len;

	if (!size) {
		return 0;
	}
	hold = log_hold();
	len = MIN(ring_len(), size - 1);
	for (size_t done = 0; done < len; done += piece_len) {
		const char *piece = ring_piece(len, done, &piece_len);

		memcpy(buf + done, piece, piece_len);
	}
	log_release(hold);
	buf[len] = '\0';
	return len;
}
