/* fs_lock.c - advisory locks on files. */
#include <kernel/file_lock.h>
#include <kernel/thread.h>
#include "fs.h"

static const char alice, bob;

static int lock(struct file *f, const void *owner, enum lock_type type, int64_t start, int64_t last)
{
	struct lock_range range = { type, start, last, owner == &alice ? 1 : 2 };

	return file_range_lock(f, owner, &range, false);
}

/* What `owner` would be told about the byte. */
static struct lock_range at(struct file *f, const void *owner, int64_t byte)
{
	struct lock_range range = { LOCK_EXCLUSIVE, byte, byte, 0 };

	file_range_query(f, owner, &range);
	return range;
}

FS_KTEST(lock_ranges)
{
	struct file *f = fs_open("/ktest/f", O_RDWR | O_CREAT);
	struct lock_range r;

	KTEST_REQUIRE(f);
	KTEST_EXPECT(!lock(f, &alice, LOCK_EXCLUSIVE, 0, 99));
	KTEST_EXPECT(lock(f, &bob, LOCK_SHARED, 50, 50) == -EAGAIN);
	KTEST_EXPECT(!lock(f, &bob, LOCK_EXCLUSIVE, 100, INT64_MAX));
	KTEST_EXPECT(!lock(f, &alice, LOCK_NONE, 40, 59)); /* splits hers */
	r = at(f, &bob, 39);
	KTEST_EXPECT(r.type == LOCK_EXCLUSIVE && r.start == 0 && r.last == 39 && r.pid == 1);
	KTEST_EXPECT(at(f, &bob, 40).type == LOCK_NONE && at(f, &bob, 59).type == LOCK_NONE);
	KTEST_EXPECT(at(f, &bob, 60).start == 60 && at(f, &bob, 60).last == 99);
	KTEST_EXPECT(!lock(f, &bob, LOCK_SHARED, 40, 59) && !lock(f, &alice, LOCK_SHARED, 0, 59));
	KTEST_EXPECT(lock(f, &alice, LOCK_EXCLUSIVE, 59, 59) == -EAGAIN);
	KTEST_EXPECT(at(f, &alice, 0).type == LOCK_NONE && at(f, &bob, 0).type == LOCK_SHARED);
	KTEST_EXPECT(!lock(f, &alice, LOCK_NONE, 0, INT64_MAX));
	KTEST_EXPECT(at(f, &bob, 0).type == LOCK_NONE && at(f, &bob, 99).type == LOCK_NONE);
	KTEST_EXPECT(!lock(f, &bob, LOCK_NONE, 0, INT64_MAX));
	file_unref(f);
}

static void unlock_later(void *arg)
{
	thread_sleep(5 * NSEC_PER_MSEC);
	if (lock(arg, &alice, LOCK_NONE, 0, 9)) {
		thread_exit(1);
	}
}

FS_KTEST(lock_waits)
{
	struct lock_range range = { LOCK_SHARED, 5, 5, 2 };
	struct file *f = fs_open("/ktest/f", O_RDWR | O_CREAT);
	struct thread *t;

	KTEST_REQUIRE(f && !lock(f, &alice, LOCK_EXCLUSIVE, 0, 9));
	KTEST_REQUIRE(!thread_create(&t, "ktest", unlock_later, f));
	KTEST_EXPECT(!file_range_lock(f, &bob, &range, true));
	KTEST_EXPECT(thread_join(t) == 0 && !lock(f, &bob, LOCK_NONE, 0, 9));
	file_unref(f);
}

/* Of the open file, not of its descriptors; gone with it. */
FS_KTEST(lock_of_open_files)
{
	struct file *f = fs_open("/ktest/f", O_RDWR | O_CREAT), *g = fs_open("/ktest/f", O_RDWR);

	KTEST_REQUIRE(f && g);
	KTEST_EXPECT(!file_flock(f, LOCK_SHARED, false) && !file_flock(g, LOCK_SHARED, false));
	KTEST_EXPECT(file_flock(f, LOCK_EXCLUSIVE, false) == -EAGAIN);
	KTEST_EXPECT(!lock(f, &alice, LOCK_EXCLUSIVE, 0, 9)); /* another world */
	KTEST_EXPECT(!lock(f, &alice, LOCK_NONE, 0, 9));
	file_unref(g);
	KTEST_EXPECT(!file_flock(f, LOCK_EXCLUSIVE, false));
	g = fs_open("/ktest/f", O_RDWR);
	KTEST_EXPECT(file_flock(g, LOCK_SHARED, false) == -EAGAIN);
	KTEST_EXPECT(!file_flock(f, LOCK_NONE, false) && !file_flock(g, LOCK_EXCLUSIVE, false));
	file_unref(f);
	file_unref(g);
}
