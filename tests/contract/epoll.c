/* epoll.c - epoll inside the kernel: items end with the file or the epoll, whichever goes first. */
#include <kernel/epoll.h>
#include <kernel/errno.h>
#include <kernel/ktest.h>
#include <kernel/pipe.h>
#include <kernel/poll.h>
#include <kernel/thread.h>

static int note(void *arg, unsigned events, uint64_t data)
{
	*(uint64_t *)arg = data;
	return 0;
}

static long look(struct file *ep, uint64_t *data)
{
	return epoll_wait(ep, 1, 0, note, data);
}

KTEST(epoll_item_ends_with_the_file)
{
	struct file *ep = epoll_create(), *ends[2];
	uint64_t data = 0;

	KTEST_REQUIRE(ep && !pipe_create(ends, 0));
	KTEST_EXPECT(!epoll_add(ep, ends[0], 3, POLLIN, 77));
	KTEST_EXPECT(vfs_write(ends[1], "x", 1, NULL) == 1);
	KTEST_EXPECT(look(ep, &data) == 1 && data == 77);
	file_unref(ends[0]);
	KTEST_EXPECT(look(ep, &data) == 0);
	file_unref(ends[1]);
	file_unref(ep);
}

KTEST(epoll_item_ends_with_the_epoll)
{
	struct file *ep = epoll_create(), *ends[2];

	KTEST_REQUIRE(ep && !pipe_create(ends, 0));
	KTEST_EXPECT(!epoll_add(ep, ends[0], 3, POLLIN, 77));
	KTEST_EXPECT(!list_is_empty(&ends[0]->watchers));
	file_unref(ep);
	KTEST_EXPECT(list_is_empty(&ends[0]->watchers));
	KTEST_EXPECT(vfs_write(ends[1], "x", 1, NULL) == 1); /* wakes nobody that is gone */
	file_unref(ends[0]);
	file_unref(ends[1]);
}

static int refuse(void *arg, unsigned events, uint64_t data)
{
	return -EFAULT;
}

KTEST(epoll_keeps_what_could_not_be_told)
{
	struct file *ep = epoll_create(), *ends[2];
	uint64_t data = 0;

	KTEST_REQUIRE(ep && !pipe_create(ends, 0));
	KTEST_EXPECT(!epoll_add(ep, ends[1], 3, POLLOUT | 1u << 31, 5)); /* edge-triggered */
	KTEST_EXPECT(epoll_wait(ep, 1, 0, refuse, NULL) == -EFAULT);
	KTEST_EXPECT(look(ep, &data) == 1 && data == 5);
	KTEST_EXPECT(look(ep, &data) == 0);
	file_unref(ends[0]);
	file_unref(ends[1]);
	file_unref(ep);
}

static void wait_for_one(void *arg)
{
	uint64_t data;

	thread_exit((int)epoll_wait(arg, 1, WAIT_FOREVER, note, &data));
}

/* One wake-up, two events, two sleepers: the first passes the rest on. */
KTEST(epoll_wakes_a_waiter_for_each_event)
{
	struct file *ep = epoll_create(), *ends[2];
	struct thread *threads[2];

	KTEST_REQUIRE(ep && !pipe_create(ends, 0));
	for (int i = 0; i < 2; i++) {
		KTEST_REQUIRE(!thread_create(&threads[i], "epoll waiter", wait_for_one, ep));
	}
	thread_sleep(2 * NSEC_PER_MSEC); /* both wait */
	KTEST_EXPECT(!epoll_add(ep, ends[1], 4, POLLOUT, 1));
	KTEST_EXPECT(thread_join(threads[0]) == 1);
	KTEST_EXPECT(thread_join(threads[1]) == 1); /* level-triggered: still an event */
	file_unref(ends[0]);
	file_unref(ends[1]);
	file_unref(ep);
}
