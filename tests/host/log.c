/* log.c - the log ring: replay, overflow, sinks. */
#include "harness.h"

#include <kernel/log.h>
#include <kernel/string.h>

static char seen[400000];
static size_t seen_len;
static unsigned drained;

static enum log_form form_seen;

static void sink_write(struct log_sink *sink, const char *text, size_t len, enum log_form form)
{
	form_seen = form;
	EXPECT(seen_len + len < sizeof(seen));
	memcpy(seen + seen_len, text, len);
	seen_len += len;
	seen[seen_len] = '\0';
}

static void sink_drain(struct log_sink *sink)
{
	drained++;
}

static struct log_sink sink = { .write = sink_write, .drain = sink_drain };

TEST_MACHINE(late_sink_gets_the_past)
{
	log_info("before %d", 1);
	log_sink_add(&sink);
	log_info("after %d", 2);
	EXPECT(strstr(seen, "before 1"));
	EXPECT(strstr(seen, "after 2"));
	EXPECT(strstr(seen, "before 1") < strstr(seen, "after 2"));
	log_drain();
	EXPECT_EQ(drained, 1);
	log_sink_remove(&sink);
	log_info("gone");
	EXPECT(!strstr(seen, "gone"));
}

/* The ring overflows: what is left are the newest whole bytes, in order. */
TEST_MACHINE(overflow_keeps_the_newest)
{
	static char read[4096];
	size_t n;

	for (unsigned i = 0; i < 20000; i++) {
		log_info("line number %u", i);
	}
	log_sink_add(&sink);
	EXPECT(strstr(seen, "line number 19999\n"));
	EXPECT(!strstr(seen, "line number 1\n"));
	n = log_read(read, sizeof(read));
	EXPECT_EQ(n, sizeof(read) - 1);
	EXPECT_EQ(strlen(read), n);
	EXPECT(strstr(read, "line number 19999\n"));
	EXPECT(strstr(read, "line number 19990\n"));
	EXPECT_EQ(log_read(read, 1), 0);
	EXPECT_EQ(read[0], '\0');
}

TEST_MACHINE(a_long_line_is_cut)
{
	static char text[9000];

	memset(text, 'y', sizeof(text) - 1);
	log_sink_add(&sink);
	log_info("%s", text);
	log_info("next");
	EXPECT(strstr(seen, "next\n"));
	EXPECT(strstr(seen, "yyyyyyyyyyyyyyyyyyyyyyyy"));
}

TEST_MACHINE(print_has_no_time)
{
	log_sink_add(&sink);
	seen_len = 0;
	log_print("a%db\n", 5);
	EXPECT_EQ(form_seen, LOG_TEXT);
	log_bytes("raw", 3);
	EXPECT_EQ(form_seen, LOG_BYTES);
	EXPECT_STR(seen, "a5b\nraw");
}
