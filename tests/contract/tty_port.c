/* tty_port.c - terminals of a driver: one that sends without an end does not keep the others waiting. */
#include <arch/clock.h>
#include <kernel/thread.h>
#include <kernel/tty.h>
#include "fs.h"

#define BYTES	 (64u << 10)
#define PATIENCE (60 * NSEC_PER_SEC)

/* A line without an end: what does not fit is dropped, so that there is always room for a byte. */
static struct {
	size_t left;
	unsigned reads, most; /* one after the other, without a look at anything else */
} flood;

static size_t flood_read(void *driver, char *buf, size_t size)
{
	size_t len = MIN(size, flood.left);

	memset(buf, 'x', len);
	WRITE_ONCE(flood.left, flood.left - len);
	flood.reads++;
	flood.most = MAX(flood.most, flood.reads);
	return len;
}

static void flood_write(void *driver, const char *text, size_t len)
{
}

static size_t flood_room(void *driver)
{
	flood.reads = 0;
	return 4096;
}

FS_KTEST(tty_port_that_sends_without_end)
{
	static const struct tty_port_ops ops = { flood_read, flood_write, flood_room };
	nsec_t deadline = clock_now() + PATIENCE;
	struct tty_port *port;
	struct file *file;

	flood.left = BYTES;
	flood.most = 0;
	KTEST_REQUIRE(!tty_port_add("ktest-flood", device_number(4, 200), &ops, NULL, &port));
	file = fs_open("/dev/ktest-flood", O_RDWR | O_NOCTTY);
	while (READ_ONCE(flood.left) && clock_now() < deadline) {
		thread_sleep(NSEC_PER_MSEC);
	}
	if (file) {
		file_unref(file);
	}
	tty_port_remove(port);
	KTEST_EXPECT(!flood.left);
	KTEST_EXPECT(flood.most <= 64);
}
