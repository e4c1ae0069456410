/* fs_pipe.c - pipes and fifos. */
#include <kernel/pipe.h>
#include <kernel/poll.h>
#include <kernel/thread.h>
#include "fs.h"
#include "memory.h"

static char block[PIPE_SIZE + PAGE_SIZE];

static long put(struct file *file, const char *text)
{
	return vfs_write(file, text, strlen(text), NULL);
}

static long take(struct file *file, char *buf, size_t size)
{
	return vfs_read(file, buf, size, NULL);
}

static void ends_close(struct file *ends[2])
{
	file_unref(ends[0]);
	file_unref(ends[1]);
}

FS_KTEST(pipe_in_order)
{
	struct file *ends[2];
	char buf[16];

	KTEST_REQUIRE(!pipe_create(ends, 0));
	KTEST_EXPECT(put(ends[1], "one ") == 4 && put(ends[1], "two") == 3);
	KTEST_EXPECT(pipe_unread(ends[0]) == 7);
	KTEST_EXPECT(take(ends[0], buf, 5) == 5 && !memcmp(buf, "one t", 5));
	KTEST_EXPECT(take(ends[0], buf, sizeof(buf)) == 2 && !memcmp(buf, "wo", 2));
	KTEST_EXPECT(put(ends[0], "x") == -EBADF && take(ends[1], buf, 1) == -EBADF);
	KTEST_EXPECT(!file_is_seekable(ends[0]) && file_seek(ends[0], 0, 0) == -ESPIPE);
	KTEST_EXPECT(put(ends[1], "end") == 3);
	file_unref(ends[1]);
	KTEST_EXPECT(take(ends[0], buf, sizeof(buf)) == 3);
	KTEST_EXPECT(take(ends[0], buf, sizeof(buf)) == 0);
	file_unref(ends[0]);
}

FS_KTEST(pipe_nonblocking)
{
	struct file *ends[2];
	char c;

	KTEST_REQUIRE(!pipe_create(ends, O_NONBLOCK));
	KTEST_EXPECT(take(ends[0], &c, 1) == -EAGAIN);
	KTEST_EXPECT(vfs_write(ends[1], block, PIPE_SIZE - 100, NULL) == PIPE_SIZE - 100);
	KTEST_EXPECT(vfs_write(ends[1], block, PIPE_ATOMIC, NULL) == -EAGAIN); /* all or nothing */
	KTEST_EXPECT(vfs_write(ends[1], block, 100, NULL) == 100);
	KTEST_EXPECT(vfs_write(ends[1], block, 1, NULL) == -EAGAIN);
	KTEST_EXPECT(take(ends[0], block, 50) == 50);
	KTEST_EXPECT(vfs_write(ends[1], block, PIPE_ATOMIC + 1, NULL) == 50); /* may be in parts */
	file_unref(ends[0]);
	KTEST_EXPECT(put(ends[1], "x") == -EPIPE);
	file_unref(ends[1]);
}

FS_KTEST(pipe_readiness)
{
	struct file *ends[2];
	char c;

	KTEST_REQUIRE(!pipe_create(ends, O_NONBLOCK));
	KTEST_EXPECT(!ends[0]->ops->poll(ends[0], NULL));
	KTEST_EXPECT(ends[1]->ops->poll(ends[1], NULL) == (POLLOUT | POLLWRNORM));
	KTEST_EXPECT(put(ends[1], "x") == 1);
	KTEST_EXPECT(ends[0]->ops->poll(ends[0], NULL) == (POLLIN | POLLRDNORM));
	KTEST_EXPECT(vfs_write(ends[1], block, PIPE_SIZE - 1, NULL) == PIPE_SIZE - 1);
	KTEST_EXPECT(!ends[1]->ops->poll(ends[1], NULL));
	KTEST_EXPECT(take(ends[0], &c, 1) == 1 && !ends[1]->ops->poll(ends[1], NULL));
	KTEST_EXPECT(take(ends[0], block, PIPE_ATOMIC) == PIPE_ATOMIC);
	KTEST_EXPECT(ends[1]->ops->poll(ends[1], NULL) == (POLLOUT | POLLWRNORM));
	file_unref(ends[1]);
	KTEST_EXPECT(ends[0]->ops->poll(ends[0], NULL) == (POLLIN | POLLRDNORM | POLLHUP));
	file_unref(ends[0]);
}

FS_KTEST(pipe_resizing)
{
	unsigned long before = frames_free();
	struct file *ends[2];

	KTEST_REQUIRE(!pipe_create(ends, O_NONBLOCK));
	KTEST_EXPECT(pipe_size(ends[0]) == PIPE_SIZE);
	for (unsigned i = 0; i < 3000; i++) {
		block[i] = (char)(i * 7);
	}
	/* Start in the middle, so that what is in it wraps. */
	KTEST_EXPECT(vfs_write(ends[1], block, 60000, NULL) == 60000);
	KTEST_EXPECT(take(ends[0], block + 3000, 59999) == 59999);
	KTEST_EXPECT(vfs_write(ends[1], block, 3000, NULL) == 3000);
	KTEST_EXPECT(pipe_resize(ends[1], 1) == PAGE_SIZE && pipe_unread(ends[0]) == 3001);
	KTEST_EXPECT(pipe_resize(ends[1], 5000) == 2 * PAGE_SIZE);
	KTEST_EXPECT(take(ends[0], block + 10000, 4000) == 3001);
	KTEST_EXPECT(!memcmp(block, block + 10001, 3000));
	KTEST_EXPECT(vfs_write(ends[1], block, 6000, NULL) == 6000);
	KTEST_EXPECT(pipe_resize(ends[1], 4096) == -EBUSY && pipe_resize(ends[1], 0) == -EBUSY);
	ends_close(ends);
	KTEST_EXPECT(frames_free() == before);
}

/* ---- two threads ------------------------------------------------------------------------- */

#define STREAM 300000u

static void write_stream(void *arg)
{
	struct file *file = arg;
	unsigned char chunk[64];
	unsigned at = 0;

	while (at < STREAM) {
		unsigned len = MIN(1 + at % sizeof(chunk), STREAM - at);

		for (unsigned i = 0; i < len; i++) {
			chunk[i] = (unsigned char)((at + i) * 13);
		}
		if (vfs_write(file, chunk, len, NULL) != (long)len) {
			thread_exit(1);
		}
		at += len;
	}
	file_unref(file);
	thread_exit(0);
}

FS_KTEST(pipe_stream)
{
	static unsigned char buf[5000];
	struct file *ends[2];
	struct thread *writer;
	unsigned at = 0, wrong = 0;
	long len;

	KTEST_REQUIRE(!pipe_create(ends, 0));
	KTEST_REQUIRE(!thread_create(&writer, "ktest", write_stream, ends[1]));
	while ((len = vfs_read(ends[0], buf, 1 + at % sizeof(buf), NULL)) > 0) {
		for (long i = 0; i < len; i++, at++) {
			wrong += buf[i] != (unsigned char)(at * 13);
		}
	}
	KTEST_EXPECT(len == 0 && at == STREAM && !wrong);
	KTEST_EXPECT(thread_join(writer) == 0);
	file_unref(ends[0]);
}

#define WRITERS 4
#define LINES	200
#define LINE	700

static void write_lines(void *arg)
{
	struct file *file = arg;
	char line[LINE];

	memset(line, 'a' + (int)(thread_current()->id % 26), sizeof(line));
	line[LINE - 1] = '\n';
	for (unsigned i = 0; i < LINES; i++) {
		if (vfs_write(file, line, sizeof(line), NULL) != LINE) {
			thread_exit(1);
		}
	}
	thread_exit(0);
}

/* Lines of several writers come whole. */
FS_KTEST(pipe_atomic_writes)
{
	struct thread *writers[WRITERS];
	struct file *ends[2];
	unsigned torn = 0;
	char line[LINE];

	KTEST_REQUIRE(!pipe_create(ends, 0));
	for (unsigned i = 0; i < WRITERS; i++) {
		KTEST_REQUIRE(!thread_create(&writers[i], "ktest", write_lines, ends[1]));
	}
	for (unsigned i = 0; i < WRITERS * LINES; i++) {
		size_t len = 0;

		while (len < LINE) {
			long part = vfs_read(ends[0], line + len, LINE - len, NULL);

			KTEST_REQUIRE(part > 0);
			len += (size_t)part;
		}
		for (unsigned c = 1; c < LINE - 1; c++) {
			torn += line[c] != line[0];
		}
		torn += line[LINE - 1] != '\n';
	}
	KTEST_EXPECT(torn == 0);
	for (unsigned i = 0; i < WRITERS; i++) {
		KTEST_EXPECT(thread_join(writers[i]) == 0);
	}
	ends_close(ends);
}

static void close_later(void *arg)
{
	thread_sleep(5 * NSEC_PER_MSEC);
	file_unref(arg);
}

/* Whoever waits learns that the other side has gone. */
FS_KTEST(pipe_other_side_goes)
{
	struct file *ends[2];
	struct thread *closer;
	char c;

	KTEST_REQUIRE(!pipe_create(ends, 0));
	KTEST_REQUIRE(!thread_create(&closer, "ktest", close_later, ends[1]));
	KTEST_EXPECT(take(ends[0], &c, 1) == 0);
	thread_join(closer);
	file_unref(ends[0]);
	KTEST_REQUIRE(!pipe_create(ends, 0));
	KTEST_REQUIRE(!thread_create(&closer, "ktest", close_later, ends[0]));
	KTEST_EXPECT(vfs_write(ends[1], block, PIPE_SIZE + 1, NULL) == PIPE_SIZE);
	KTEST_EXPECT(vfs_write(ends[1], block, 1, NULL) == -EPIPE);
	thread_join(closer);
	file_unref(ends[1]);
}

/* ---- fifos ----------------------------------------------------------------------------------- */

static void open_and_write(void *arg)
{
	struct file *file;

	if (vfs_open(NULL, "/ktest/fifo", O_WRONLY, 0, &file)) {
		thread_exit(1);
	}
	put(file, "through");
	file_unref(file);
	thread_exit(0);
}

FS_KTEST(fifo)
{
	struct thread *writer;
	struct file *file;
	char buf[16];

	KTEST_REQUIRE(!vfs_mknod(NULL, "/ktest/fifo", S_IFIFO | 0600, 0));
	KTEST_EXPECT(S_ISFIFO(fs_attr("/ktest/fifo", 0).mode));
	KTEST_EXPECT(fs_try_open("/ktest/fifo", O_WRONLY | O_NONBLOCK) == -ENXIO);
	KTEST_EXPECT(!fs_try_open("/ktest/fifo", O_RDONLY | O_NONBLOCK));
	KTEST_REQUIRE(!thread_create(&writer, "ktest", open_and_write, NULL));
	file = fs_open("/ktest/fifo", O_RDONLY);
	KTEST_REQUIRE(file);
	KTEST_EXPECT(take(file, buf, sizeof(buf)) == 7 && !memcmp(buf, "through", 7));
	KTEST_EXPECT(thread_join(writer) == 0 && take(file, buf, sizeof(buf)) == 0);
	file_unref(file);
	file = fs_open("/ktest/fifo", O_RDWR);
	KTEST_EXPECT(put(file, "self") == 4 && take(file, buf, sizeof(buf)) == 4);
	file_unref(file);
}
