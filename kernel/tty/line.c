/*
 * line.c - the line discipline: editing, echo, signals, and output processing (POSIX 11.1).
 *
 * Input is a ring of bytes with marks. In canonical mode what lies between
 * `committed` and `head` is the line being edited; its end commits it. In raw
 * mode every byte is committed at once.
 */
#include "tty.h"

#include <kernel/errno.h>
#include <kernel/panic.h>
#include <kernel/process.h>
#include <kernel/string.h>
#include <linux/signal.h>

#define CONTROL(letter) ((letter)&0x1f)
#define DEL		0x7f

void tty_reset(struct tty *tty)
{
	mutex_lock(&tty->lock);
	tty->size = (struct linux_winsize){ .rows = 24, .columns = 80 };
	tty->settings = (struct linux_termios){
		.iflag = ICRNL | IXON,
		.oflag = OPOST | ONLCR,
		.cflag = B38400 | CS8 | CREAD | HUPCL,
		.lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
		.cc = {
			[VINTR] = CONTROL('C'),
			[VQUIT] = CONTROL('\\'),
			[VERASE] = DEL,
			[VKILL] = CONTROL('U'),
			[VEOF] = CONTROL('D'),
			[VMIN] = 1,
			[VSTART] = CONTROL('Q'),
			[VSTOP] = CONTROL('S'),
			[VSUSP] = CONTROL('Z'),
			[VREPRINT] = CONTROL('R'),
			[VDISCARD] = CONTROL('O'),
			[VWERASE] = CONTROL('W'),
			[VLNEXT] = CONTROL('V'),
		},
	};
	tty->head = tty->committed = tty->tail = 0;
	tty->next_is_literal = tty->is_stopped = false;
	mutex_unlock(&tty->lock);
}

void tty_init(struct tty *tty, const struct tty_driver *driver, uint64_t device)
{
	memset(tty, 0, sizeof(*tty));
	mutex_init(&tty->lock, "tty");
	mutex_init(&tty->output_lock, "tty output");
	wait_queue_init(&tty->readers);
	wait_queue_init(&tty->writers);
	tty->driver = driver;
	tty->device = device;
	tty_reset(tty);
}

/* ---- output ------------------------------------------------------------- */

static void send(struct tty *tty, const char *text, size_t len)
{
	if (len) {
		tty->driver->write(tty, text, len);
	}
}

void tty_output(struct tty *tty, const char *text, size_t len)
{
	char out[2 * TTY_PIECE];
	size_t out_len = 0;

	assert_that(len <= TTY_PIECE, "a terminal is given a piece at a time");
	if (!(tty->settings.oflag & OPOST) || !(tty->settings.oflag & ONLCR)) {
		send(tty, text, len);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n') {
			out[out_len++] = '\r';
		}
		out[out_len++] = text[i];
	}
	send(tty, out, out_len);
}

void tty_output_resume(struct tty *tty)
{
	if (tty->is_stopped) {
		tty->is_stopped = false;
		wait_wake_all(&tty->writers);
	}
}

/* ---- echo ----------------------------------------------------------------- */

static bool has(const struct tty *tty, uint32_t lflag)
{
	return tty->settings.lflag & lflag;
}

/* Shown as ^X: columns that a control character takes. */
static bool is_caret(const struct tty *tty, unsigned char c)
{
	return has(tty, ECHOCTL) && (c < ' ' || c == DEL) && c != '\t' && c != '\n';
}

static void echo(struct tty *tty, unsigned char c)
{
	char text[2] = { '^', (char)(c ^ 0x40) };

	if (c == '\n' ? !has(tty, ECHO) && !(has(tty, ECHONL) && has(tty, ICANON))
		      : !has(tty, ECHO)) {
		return;
	}
	if (is_caret(tty, c)) {
		tty_output(tty, text, 2);
	} else {
		tty_output(tty, (const char *)&c, 1);
	}
}

static void echo_erase(struct tty *tty, unsigned char c)
{
	if (has(tty, ECHO) && has(tty, ECHOE)) {
		send(tty, "\b \b\b \b", is_caret(tty, c) ? 6 : 3);
	}
}

/* ---- editing ---------------------------------------------------------------- */

static void put(struct tty *tty, unsigned value)
{
	if (tty->head - tty->tail < TTY_INPUT_MAX) {
		tty->input[tty->head++ % TTY_INPUT_MAX] = (uint16_t)value;
	}
}

static void commit(struct tty *tty)
{
	tty->committed = tty->head;
	wait_wake_all(&tty->readers);
}

static unsigned char last(const struct tty *tty)
{
	return (unsigned char)tty->input[(tty->head - 1) % TTY_INPUT_MAX];
}

/* A character of UTF-8 goes as a whole. */
static void erase_one(struct tty *tty)
{
	unsigned char c;

	while (tty->head != tty->committed) {
		c = last(tty);
		tty->head--;
		if (!(tty->settings.iflag & IUTF8) || (c & 0xc0) != 0x80) {
			echo_erase(tty, c);
			return;
		}
	}
}

static void erase_word(struct tty *tty)
{
	while (tty->head != tty->committed && last(tty) == ' ') {
		erase_one(tty);
	}
	while (tty->head != tty->committed && last(tty) != ' ') {
		erase_one(tty);
	}
}

static void erase_line(struct tty *tty)
{
	while (tty->head != tty->committed) {
		erase_one(tty);
	}
}

/* ---- input ------------------------------------------------------------------ */

static bool is_control(const struct tty *tty, unsigned which, unsigned char c)
{
	return tty->settings.cc[which] && tty->settings.cc[which] == c;
}

static int signal_of(const struct tty *tty, unsigned char c)
{
	if (!has(tty, ISIG)) {
		return 0;
	}
	if (is_control(tty, VINTR, c)) {
		return SIGINT;
	}
	if (is_control(tty, VQUIT, c)) {
		return SIGQUIT;
	}
	return is_control(tty, VSUSP, c) ? SIGTSTP : 0;
}

/* VSTOP and VSTART: true when `c` was one of them. */
static bool flow(struct tty *tty, unsigned char c)
{
	if (!(tty->settings.iflag & IXON)) {
		return false;
	}
	if (is_control(tty, VSTOP, c)) {
		tty->is_stopped = true;
		return true;
	}
	if (is_control(tty, VSTART, c)) {
		tty_output_resume(tty);
		return true;
	}
	return false;
}

static void signal_raise(struct tty *tty, int signo)
{
	struct signal_info info = { .signo = signo, .code = SI_KERNEL };

	tty_output_resume(tty);
	if (!has(tty, NOFLSH)) {
		tty->tail = tty->committed = tty->head;
	}
	if (tty->group) {
		signal_send_group(tty->group, &info);
	}
}

/* Editing keys of canonical mode; false when `c` is none. */
static bool edit(struct tty *tty, unsigned char c)
{
	if (is_control(tty, VERASE, c)) {
		erase_one(tty);
	} else if (is_control(tty, VKILL, c)) {
		erase_line(tty);
	} else if (is_control(tty, VWERASE, c) && has(tty, IEXTEN)) {
		erase_word(tty);
	} else if (is_control(tty, VEOF, c)) {
		put(tty, TTY_LINE_END | TTY_EOF);
		commit(tty);
	} else if (is_control(tty, VLNEXT, c) && has(tty, IEXTEN)) {
		tty->next_is_literal = true;
	} else {
		return false;
	}
	return true;
}

static void take_canonical(struct tty *tty, unsigned char c)
{
	bool is_end = c == '\n' || is_control(tty, VEOL, c) || is_control(tty, VEOL2, c);

	/* One place is kept for the line's end, so that a line that is too long still ends. */
	if (tty->head - tty->tail >= TTY_INPUT_MAX - 1 && !is_end) {
		return;
	}
	echo(tty, c);
	put(tty, is_end ? c | TTY_LINE_END : c);
	if (is_end) {
		commit(tty);
	}
}

/* Carriage returns and newlines as the settings want them; -1 to drop. */
static int translate(const struct tty *tty, unsigned char c)
{
	uint32_t iflag = tty->settings.iflag;

	if (c == '\r') {
		if (iflag & IGNCR) {
			return -1;
		}
		return iflag & ICRNL ? '\n' : c;
	}
	return c == '\n' && iflag & INLCR ? '\r' : c;
}

static void take(struct tty *tty, unsigned char byte)
{
	int c = translate(tty, byte), signo;

	if (c < 0 || flow(tty, (unsigned char)c)) {
		return;
	}
	signo = signal_of(tty, (unsigned char)c);
	if (signo) {
		echo(tty, (unsigned char)c);
		signal_raise(tty, signo);
	} else if (!has(tty, ICANON)) {
		echo(tty, (unsigned char)c);
		put(tty, (unsigned)c);
		commit(tty);
	} else if (!edit(tty, (unsigned char)c)) {
		take_canonical(tty, (unsigned char)c);
	}
}

void tty_input(struct tty *tty, unsigned char byte)
{
	mutex_lock(&tty->lock);
	mutex_lock(&tty->output_lock);
	if (tty->next_is_literal) {
		tty->next_is_literal = false;
		echo(tty, byte);
		put(tty, byte);
		if (!has(tty, ICANON)) {
			commit(tty);
		}
	} else {
		take(tty, byte);
	}
	mutex_unlock(&tty->output_lock);
	mutex_unlock(&tty->lock);
}

size_t tty_input_room(const struct tty *tty)
{
	unsigned head = READ_ONCE(tty->head), used = head - READ_ONCE(tty->tail);

	if (used < TTY_INPUT_MAX - 1) {
		return TTY_INPUT_MAX - 1 - used;
	}
	/* Of a line without an end nobody can take anything. */
	return READ_ONCE(tty->committed) == READ_ONCE(tty->tail);
}

void tty_input_taken(struct tty *tty)
{
	if (tty->driver->taken) {
		tty->driver->taken(tty);
	}
}

/* ---- to the reader ------------------------------------------------------------- */

bool tty_is_readable(const struct tty *tty)
{
	unsigned have = READ_ONCE(tty->committed) - READ_ONCE(tty->tail);

	return has(tty, ICANON) ? have > 0 : have >= MAX(tty->settings.cc[VMIN], 1u);
}

long tty_take(struct tty *tty, char *buf, size_t len)
{
	size_t n = 0;

	if (tty->tail == tty->committed) {
		return -EAGAIN;
	}
	while (n < len && tty->tail != tty->committed) {
		unsigned value = tty->input[tty->tail++ % TTY_INPUT_MAX];

		if (!(value & TTY_EOF)) {
			buf[n++] = (char)value;
		}
		if (value & TTY_LINE_END && has(tty, ICANON)) {
			break;
		}
	}
	return (long)n;
}
