/* log.c - the ring and its sinks. */
#include <kernel/ktest.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/panic.h>
#include <kernel/string.h>

#define RECORD_SIZE 40000

struct recorder {
	struct log_sink sink;
	size_t len;
	unsigned drained;
	char text[RECORD_SIZE];
};

static struct recorder *recorder;

static void record(struct log_sink *sink, const char *text, size_t len, enum log_form form)
{
	struct recorder *r = container_of(sink, struct recorder, sink);

	len = MIN(len, RECORD_SIZE - 1 - r->len);
	memcpy(r->text + r->len, text, len);
	r->len += len;
	r->text[r->len] = '\0';
}

static void count_drain(struct log_sink *sink)
{
	container_of(sink, struct recorder, sink)->drained++;
}

static bool recorder_start(void)
{
	recorder = heap_alloc(sizeof(*recorder));
	if (!recorder) {
		ktest_verdict(KTEST_ERROR, "no memory for the recorder");
		return false;
	}
	recorder->sink = (struct log_sink){ .write = record, .drain = count_drain };
	log_sink_add(&recorder->sink);
	return true;
}

static void recorder_stop(void)
{
	log_sink_remove(&recorder->sink);
	heap_free(recorder);
}

static bool is_digits(const char *p, size_t count)
{
	for (; count > 0; count--, p++) {
		if (*p < '0' || *p > '9') {
			return false;
		}
	}
	return true;
}

/* "[    0.012345] text\n" */
static bool is_stamped(const char *line, const char *text)
{
	size_t len = strlen(text);

	return line[0] == '[' && line[6] == '.' && is_digits(line + 7, 6) && line[13] == ']' &&
		line[14] == ' ' && !strncmp(line + 15, text, len) && line[15 + len] == '\n' &&
		!line[16 + len];
}

KTEST(log_replays)
{
	log_info("ktest: a line from before there was this sink");
	if (!recorder_start()) {
		return;
	}
	KTEST_EXPECT(strstr(recorder->text, "before there was this sink\n"));
	recorder_stop();
}

KTEST(log_lines)
{
	if (!recorder_start()) {
		return;
	}
	recorder->len = 0;
	log_info("ktest: %d and %s", 1, "two");
	KTEST_EXPECT(is_stamped(recorder->text, "ktest: 1 and two"));
	recorder->len = 0;
	log_warn("ktest: careful");
	KTEST_EXPECT(is_stamped(recorder->text, "warning: ktest: careful"));
	recorder->len = 0;
	log_err("ktest: not an error, a test of one");
	KTEST_EXPECT(is_stamped(recorder->text, "error: ktest: not an error, a test of one"));
	recorder_stop();
}

/* Command output is not replayed, and a line does not start in the middle of one. */
KTEST(log_prints)
{
	if (!recorder_start()) {
		return;
	}
	recorder->len = 0;
	log_print("half a ");
	log_print("line %d\n", 7);
	KTEST_EXPECT(!strcmp(recorder->text, "half a line 7\n"));
	log_print("unfinished");
	recorder->len = 0;
	log_info("ktest: after it");
	KTEST_EXPECT(
		recorder->text[0] == '\n' && is_stamped(recorder->text + 1, "ktest: after it"));
	recorder_stop();
	if (recorder_start()) {
		KTEST_EXPECT(!strstr(recorder->text, "half a line"));
		recorder_stop();
	}
}

/* Whoever reads what comes next may count on the start of a line, and gets no empty one for it. */
KTEST(log_fresh_line)
{
	if (!recorder_start()) {
		return;
	}
	log_print("a prompt");
	recorder->len = 0;
	log_fresh_line();
	log_fresh_line();
	log_print("a line\n");
	log_fresh_line();
	KTEST_EXPECT(!strcmp(recorder->text, "\na line\n"));
	recorder_stop();
}

KTEST(log_long_lines)
{
	size_t len;

	if (!recorder_start()) {
		return;
	}
	recorder->len = 0;
	log_info("ktest: %0500d", 1);
	len = recorder->len;
	KTEST_EXPECT(len > 200 && len < 500 && !strcmp(recorder->text + len - 4, "...\n"));
	recorder->len = 0;
	log_print("%0500d", 1);
	len = recorder->len;
	KTEST_EXPECT(len > 200 && len < 500 && !strcmp(recorder->text + len - 4, "...\n"));
	recorder_stop();
}

KTEST(log_reads_newest)
{
	char text[64];

	log_info("ktest: the newest line is this");
	KTEST_EXPECT(log_read(text, 21) == 20);
	KTEST_EXPECT(!strcmp(text, "newest line is this\n"));
	KTEST_EXPECT(log_read(text, 1) == 0 && !text[0]);
	text[0] = 'x';
	KTEST_EXPECT(log_read(text, 0) == 0 && text[0] == 'x');
}

KTEST(log_drains)
{
	if (!recorder_start()) {
		return;
	}
	log_drain();
	KTEST_EXPECT(recorder->drained == 1);
	recorder_stop();
}
