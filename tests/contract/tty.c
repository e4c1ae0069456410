/* tty.c - what a terminal hands to its driver: whole lines, in one piece with their ends. */
#include "../../kernel/tty/tty.h"

#include <kernel/ktest.h>
#include <kernel/string.h>
#include <kernel/vfs.h>
#include <linux/fcntl.h>

static char seen[2048];
static size_t seen_len;
static unsigned pieces, open_pieces; /* open: without the end of their last line */

static void piece_take(struct tty *tty, const char *text, size_t len)
{
	len = MIN(len, sizeof(seen) - 1 - seen_len);
	memcpy(seen + seen_len, text, len);
	seen_len += len;
	seen[seen_len] = '\0';
	pieces++;
	open_pieces += len && text[len - 1] != '\n';
}

static const struct tty_driver driver = { .ops = &tty_file_ops, .write = piece_take };
static struct tty tty;

static long say(const char *text, size_t len)
{
	struct file *file = file_create(&tty_file_ops, O_WRONLY, &tty);
	long written = file ? vfs_write(file, text, len, NULL) : -1;

	if (file) {
		file_unref(file);
	}
	return written;
}

KTEST(tty_lines_are_whole)
{
	char lines[600];

	tty_init(&tty, &driver, 0);
	seen_len = pieces = open_pieces = 0;
	KTEST_EXPECT(say("one\ntwo\nthree", 13) == 13);
	KTEST_EXPECT(!strcmp(seen, "one\r\ntwo\r\nthree") && pieces == 1);
	for (size_t i = 0; i < sizeof(lines); i++) {
		lines[i] = i % 60 == 59 ? '\n' : 'x';
	}
	pieces = open_pieces = 0;
	KTEST_EXPECT(say(lines, sizeof(lines)) == sizeof(lines));
	KTEST_EXPECT(pieces > 2 && !open_pieces);
}

/* A line that is longer than a piece comes in several, and loses nothing. */
KTEST(tty_long_line)
{
	char line[600];

	memset(line, 'x', sizeof(line));
	tty_init(&tty, &driver, 0);
	seen_len = 0;
	KTEST_EXPECT(say(line, sizeof(line)) == sizeof(line));
	KTEST_EXPECT(seen_len == sizeof(line) && !memcmp(seen, line, sizeof(line)));
}
