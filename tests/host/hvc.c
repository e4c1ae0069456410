/* hvc.c - a console beyond the first: its back-end comes, works, stands still, lies, goes, and is another after a restore. */
#include "harness.h"

#include <arch/clock.h>
#include <drivers/xen/evtchn.h>
#include <drivers/xen/xenbus.h>
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/poll.h>
#include <kernel/string.h>
#include <kernel/thread.h>
#include <kernel/vfs.h>
#include <linux/fcntl.h>
#include <xen/io/console.h>

#define HOME	"/local/domain/7/"
#define FRONT	HOME "device/console/1"
#define BACKEND "/local/domain/0/backend/console/7/1"
#define BROKEN                                                                                     \
	"xenbus: device/console/1: the back-end's ring indices make no sense; the console is off"

static struct xencons_interface *ring;
static uint32_t port, ref;

static void settle(void)
{
	thread_sleep(50 * NSEC_PER_MSEC);
}

static uint32_t number(const char *path)
{
	uint64_t value;
	const char *text = model_store_get(path);

	EXPECT(text && !xs_wire_number(text, strlen(text), &value));
	return (uint32_t)value;
}

static void back_end(const char *state)
{
	model_store_set(BACKEND "/state", state);
	settle();
}

static void plug(void)
{
	model_store_set(BACKEND "/state", "1");
	model_store_set(FRONT, "");
	model_store_set(FRONT "/name", "org.example.talk");
	model_store_set(FRONT "/state", "1");
	model_store_set(FRONT "/backend-id", "0");
	model_store_set(FRONT "/backend", BACKEND);
	settle();
}

static void map(void)
{
	void *page;

	ref = number(FRONT "/ring-ref");
	port = number(FRONT "/port");
	EXPECT_EQ(model_grant_map(ref, true, &page), 0);
	EXPECT_EQ(model_evtchn_connect(port, NULL), 0);
	ring = page;
}

/* What the front-end offers. */
static void take(void)
{
	EXPECT_STR(model_store_get(FRONT "/state"), "3");
	map();
}

static void connect(void)
{
	plug();
	take();
	back_end("4");
	EXPECT_STR(model_store_get(FRONT "/state"), "4");
}

static struct file *open(unsigned flags)
{
	struct file *file;

	if (!vfs_root) {
		EXPECT_EQ(vfs_init(), 0);
	}
	EXPECT_EQ(vfs_open(NULL, "/dev/hvc1", O_RDWR | O_NOCTTY | flags, 0, &file), 0);
	return file;
}

static int open_error(void)
{
	struct file *file;

	return vfs_open(NULL, "/dev/hvc1", O_RDWR | O_NOCTTY, 0, &file);
}

static void raise(void)
{
	model_evtchn_raise(port);
	settle();
}

/* As many as there is room for. */
static size_t type(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && ring->in_prod - ring->in_cons < sizeof(ring->in)) {
		ring->in[MASK_XENCONS_IDX(ring->in_prod, ring->in)] = text[n++];
		ring->in_prod++;
	}
	raise();
	return n;
}

static char sent[32768];
static size_t sent_len;

/* All that was sent, collected. */
static const char *sent_take(void)
{
	while (ring->out_cons != ring->out_prod) {
		EXPECT(sent_len < sizeof(sent) - 1);
		sent[sent_len++] = ring->out[MASK_XENCONS_IDX(ring->out_cons, ring->out)];
		ring->out_cons++;
	}
	sent[sent_len] = '\0';
	raise();
	return sent;
}

static long put(struct file *file, const char *text)
{
	return vfs_write(file, text, strlen(text), &file->pos);
}

static long get(struct file *file, char *buf, size_t size)
{
	long len = vfs_read(file, buf, size - 1, &file->pos);

	buf[MAX(len, 0L)] = '\0';
	return len;
}

TEST_BOOTED(both_ways, "")
{
	struct file *file;
	char buf[64];

	connect();
	EXPECT_EQ(times_logged("console: hvc1: \"org.example.talk\""), 1);
	file = open(0);
	EXPECT_EQ(put(file, "from inside\n"), 12);
	EXPECT_STR(sent_take(), "from inside\r\n");
	EXPECT_EQ(type("from outside\r", 13), 13);
	EXPECT_EQ(get(file, buf, sizeof(buf)), 13);
	EXPECT_STR(buf, "from outside\n");
	EXPECT_STR(sent_take(), "from inside\r\nfrom outside\r\n"); /* the echo */
	file_unref(file);
}

/* Before the back-end is there, what is written waits for it in the ring. */
TEST_BOOTED(early_words, "")
{
	struct file *file;

	plug();
	file = open(0);
	EXPECT_EQ(put(file, "early\n"), 6);
	take();
	EXPECT_STR(sent_take(), "early\r\n");
	file_unref(file);
}

/* Nothing waits for a back-end that does not come. */
TEST_BOOTED(boot_does_not_wait, "")
{
	plug();
	EXPECT(xenbus_wait_settled(&xenbus_main, clock_now()));
}

/* Nobody has it open, then nobody reads: the other side has to wait, and finds nothing lost. */
TEST_BOOTED(input_is_held_up, "")
{
	static char typed[20000], got[20000];
	size_t out = 0, in = 0;
	struct file *file;
	long len;

	connect();
	for (size_t i = 0; i < sizeof(typed); i++) {
		typed[i] = i % 50 == 49 ? '\n' : (char)('a' + i % 23);
	}
	out = type(typed, sizeof(typed));
	EXPECT_EQ(out, sizeof(ring->in));
	EXPECT_EQ(ring->in_cons, 0);
	EXPECT_EQ(ring->out_prod, 0); /* no echo either */
	file = open(O_NONBLOCK);
	settle();
	EXPECT_EQ(ring->in_cons, sizeof(ring->in));
	for (unsigned i = 0; i < 20; i++) {
		out += type(typed + out, sizeof(typed) - out);
		(void)sent_take();
	}
	EXPECT(out < 8000);
	while (in < sizeof(got)) {
		len = vfs_read(file, got + in, sizeof(got) - in, &file->pos);
		EXPECT(len > 0);
		in += (size_t)len;
		settle();
		out += type(typed + out, sizeof(typed) - out);
		(void)sent_take();
	}
	EXPECT(!memcmp(typed, got, sizeof(got)));
	EXPECT_EQ(get(file, got, sizeof(got)), -EAGAIN);
	file_unref(file);
}

/* A line without an end does not hold up its end. */
TEST_BOOTED(endless_line_ends, "")
{
	static char typed[6000], got[8000];
	size_t out = 0;
	struct file *file;

	connect();
	file = open(O_NONBLOCK);
	memset(typed, 'x', sizeof(typed));
	for (unsigned i = 0; out < sizeof(typed); i++) {
		EXPECT(i < 100);
		out += type(typed + out, sizeof(typed) - out);
		(void)sent_take();
		sent_len = 0;
	}
	type("\r", 1);
	EXPECT_EQ(get(file, got, sizeof(got)), 4096);
	EXPECT_EQ(got[4095], '\n');
	file_unref(file);
}

static struct file *writer_file;
static long written;

static void writer(void *arg)
{
	static char text[10001];

	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		text[i] = (char)('0' + i % 10);
	}
	written = put(writer_file, text);
}

/* The ring is full: who may not wait hears so, who may waits, and all arrives. */
TEST_BOOTED(output_waits, "")
{
	static char text[3001];
	struct thread *thread;
	struct file *file;
	long len;

	connect();
	file = open(O_NONBLOCK);
	memset(text, '-', sizeof(text) - 1);
	len = put(file, text);
	EXPECT(len > 1000 && len <= 2048);
	EXPECT_EQ(put(file, text), -EAGAIN);
	EXPECT_EQ(strlen(sent_take()), len);
	writer_file = open(0);
	EXPECT_EQ(thread_create(&thread, "writer", writer, NULL), 0);
	for (unsigned i = 0; i < 200 && !written; i++) {
		(void)sent_take();
	}
	(void)thread_join(thread);
	EXPECT_EQ(written, 10000);
	EXPECT_EQ(strlen(sent_take()), len + 10000);
	for (long i = 0; i < 10000; i++) {
		EXPECT_EQ(sent[len + i], '0' + i % 10);
	}
	file_unref(writer_file);
	file_unref(file);
}

/* For ever full: memory does not grow, the writer alone waits, until the terminal is hung up. */
TEST_BOOTED(never_emptied, "")
{
	struct thread *thread;

	connect();
	writer_file = open(0);
	EXPECT_EQ(thread_create(&thread, "writer", writer, NULL), 0);
	thread_sleep(100 * NSEC_PER_SEC);
	EXPECT_EQ(written, 0);
	EXPECT(ring->out_prod - ring->out_cons <= sizeof(ring->out));
	back_end("5");
	(void)thread_join(thread);
	EXPECT(written > 0 && written <= 2048);
	file_unref(writer_file);
}

static void is_hung_up(struct file *file)
{
	char buf[8];

	EXPECT_EQ(get(file, buf, sizeof(buf)), 0);
	EXPECT_EQ(put(file, "x"), -EIO);
	EXPECT(open_error() == -ENOENT || open_error() == -ENXIO);
}

/* It closes, and another one comes: another terminal of that name. */
TEST_BOOTED(comes_again, "")
{
	static const char *const ends[] = { "5", "6", "0", NULL };
	char buf[64];

	connect();
	for (unsigned i = 0; i < 2 * ARRAY_SIZE(ends); i++) {
		struct file *old = open(0), *file;

		back_end(ends[i / 2]);
		EXPECT_STR(model_store_get(FRONT "/state"), "6");
		EXPECT(!model_evtchn_is_open(port));
		is_hung_up(old);
		EXPECT_EQ(model_grant_unmap(ref), 0);
		back_end("2");
		take();
		back_end("4");
		file = open(0);
		type("again\r", 6);
		EXPECT_EQ(get(file, buf, sizeof(buf)), 6);
		EXPECT_EQ(get(old, buf, sizeof(buf)), 0);
		file_unref(i % 2 ? old : file);
		file_unref(i % 2 ? file : old);
	}
	model_store_set(FRONT, NULL);
	settle();
	EXPECT_EQ(open_error(), -ENOENT);
}

/* It started over without a word: it has to begin after us. */
TEST_BOOTED(starts_over, "")
{
	connect();
	EXPECT_EQ(model_grant_unmap(ref), 0);
	back_end("2");
	EXPECT_STR(model_store_get(FRONT "/state"), "5");
	back_end("6");
	EXPECT_STR(model_store_get(FRONT "/state"), "6");
	back_end("2");
	take();
	back_end("4");
	EXPECT_STR(model_store_get(FRONT "/state"), "4");
}

/* Taken away and made anew before anybody looked: the terminal of before is hung up, another is there. */
TEST_BOOTED(comes_again_unseen, "")
{
	struct file *old, *file;
	char buf[64];

	connect();
	old = open(0);
	model_store_set(FRONT, NULL);
	model_store_set(BACKEND, NULL);
	plug();
	EXPECT_EQ(get(old, buf, sizeof(buf)), 0);
	EXPECT_EQ(put(old, "x"), -EIO);
	EXPECT_EQ(times_logged("xenbus: device/console/1: gone"), 1);
	EXPECT_EQ(model_grant_unmap(ref), 0);
	take();
	back_end("4");
	file = open(0);
	type("again\r", 6);
	EXPECT_EQ(get(file, buf, sizeof(buf)), 6);
	file_unref(file);
	file_unref(old);
}

TEST_BOOTED(states_in_any_order, "")
{
	static const char *const states[] = { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" };

	test_seed(4);
	plug();
	for (unsigned i = 0; i < 300; i++) {
		back_end(states[test_random_below(ARRAY_SIZE(states))]);
	}
	back_end("6");
	back_end("2");
	take();
	back_end("4");
	EXPECT_STR(model_store_get(FRONT "/state"), "4");
}

static void is_over(struct file *file)
{
	settle();
	EXPECT_EQ(times_logged(BROKEN), 1);
	EXPECT_STR(model_store_get(FRONT "/state"), "5");
	EXPECT(model_store_get(HOME "error/device/console/1/error"));
	is_hung_up(file);
	back_end("6");
	back_end("2");
	back_end("4");
	EXPECT_EQ(open_error(), -ENOENT); /* until it is plugged anew */
	EXPECT_EQ(times_logged(BROKEN), 1);
	file_unref(file);
}

TEST_BOOTED(input_too_far, "")
{
	struct file *file;

	connect();
	file = open(0);
	ring->in_prod = ring->in_cons + sizeof(ring->in) + 1;
	raise();
	is_over(file);
}

/* Though nobody has it open. */
TEST_BOOTED(input_goes_back, "")
{
	connect();
	ring->in_prod = ring->in_cons - 1;
	raise();
	EXPECT_EQ(times_logged(BROKEN), 1);
	EXPECT_STR(model_store_get(FRONT "/state"), "5");
}

/* Without an event: who writes finds out. */
TEST_BOOTED(output_taken_too_far, "")
{
	struct file *file;

	connect();
	file = open(0);
	ring->out_cons = ring->out_prod + 100;
	EXPECT_EQ(put(file, "x"), 1);
	is_over(file);
}

TEST_BOOTED(output_taken_goes_back, "")
{
	struct file *file;

	connect();
	file = open(0);
	ring->out_cons = ring->out_prod - sizeof(ring->out) - 1;
	EXPECT_EQ(put(file, "x"), 1);
	is_over(file);
}

/* Our own indices are ours. */
TEST_BOOTED(ours_are_never_read_back, "")
{
	struct file *file;
	char buf[64];

	connect();
	file = open(0);
	EXPECT_EQ(put(file, "one\n"), 4);
	(void)sent_take();
	ring->out_prod = ring->in_cons = 0x80000000;
	EXPECT_EQ(put(file, "two\n"), 4);
	EXPECT_EQ(ring->out_prod, 10);
	ring->in[0] = '\r';
	ring->in_prod = 1;
	raise();
	EXPECT_EQ(get(file, buf, sizeof(buf)), 1);
	EXPECT_EQ(ring->in_cons, 1);
	file_unref(file);
}

/* Events that bring nothing, be the indices moved to and fro, are throttled. */
TEST_BOOTED(storm, "")
{
	struct evtchn_counts counts;

	connect();
	for (unsigned i = 0; i < 1000; i++) {
		ring->in_prod = i % 2;
		model_evtchn_raise(port);
		thread_yield();
	}
	EXPECT_EQ(evtchn_counts(port, &counts), 0);
	EXPECT(counts.throttled > 0);
	settle();
	EXPECT_EQ(times_logged(BROKEN), 0);
}

static void save(enum model_saved how)
{
	model_on_suspend(how);
	model_store_set(HOME "control/shutdown", "suspend");
	thread_sleep(100 * NSEC_PER_MSEC);
	EXPECT_STR(model_store_get(HOME "control/shutdown"), "");
}

/* The program that has it open notices nothing; what was not yet taken is there. */
TEST_BOOTED(restored, "")
{
	struct file *file;
	char buf[64];

	connect();
	file = open(0);
	EXPECT_EQ(put(file, "before\n"), 7);
	save(MODEL_RUNS_ON);
	EXPECT_STR(model_store_get(FRONT "/state"), "4");
	type("runs on\r", 8);
	EXPECT_EQ(get(file, buf, sizeof(buf)), 8);
	for (unsigned i = 0; i < 3; i++) {
		save(MODEL_RESTORED);
		EXPECT_EQ(put(file, "meanwhile\n"), 10);
		map();
		EXPECT_STR(
			model_store_get(FRONT "/state"), "4"); /* the back-end there says so, too */
		type("after\r", 6);
		EXPECT_EQ(get(file, buf, sizeof(buf)), 6);
		EXPECT_STR(buf, "after\n");
	}
	EXPECT(strstr(sent_take(), "before\r\nruns on\r\nmeanwhile\r\nafter\r\nmeanwhile\r\n"));
	file_unref(file);
}

TEST_BOOTED(names_that_are_none, "")
{
	static const char *const names[] = { "0", "256", "x", "-1", "99999999999999999999" };
	char path[80];

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		fmt_print(path, sizeof(path), HOME "device/console/%s/backend-id", names[i]);
		model_store_set(path, "0");
		fmt_print(path, sizeof(path), HOME "device/console/%s/backend", names[i]);
		model_store_set(path, BACKEND);
		settle();
		fmt_print(path, sizeof(path), HOME "error/device/console/%s/error", names[i]);
		EXPECT(model_store_get(path));
	}
}
