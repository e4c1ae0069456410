/*
 * fd.c - descriptors: numbers of a process for its open files.
 *
 * Invariants:
 *   F1  A slot's file is a reference of the table.
 *   F2  All slots below `least_free` are taken.
 *   F3  A file's last reference is never dropped with the lock held: that may sleep.
 *   F4  A table is empty when its last user has gone, and goes when nobody looks at it any
 *       more either: all users together are one that looks.
 */
#include <kernel/errno.h>
#include <kernel/file_lock.h>
#include <kernel/heap.h>
#include <kernel/process.h>
#include <kernel/string.h>
#include "fs.h"

#define FD_COUNT_FIRST 64u
#define FD_COUNT_MAX   65536u
#define FD_LIMIT       1024u /* without a process to ask */
#define RLIMIT_NOFILE  7

struct slot {
	struct file *file;
	bool close_on_exec;
};

struct fd_table {
	unsigned users; /* threads whose it is; atomic */
	unsigned looks; /* F4; atomic */
	struct spinlock lock;
	unsigned count;
	unsigned least_free;
	struct slot *slots;
};

static struct fd_table *table_alloc(unsigned count)
{
	struct fd_table *table = heap_alloc(sizeof(*table));

	if (table) {
		table->users = table->looks = 1;
		table->count = count;
		table->slots = heap_alloc(count * sizeof(*table->slots));
		spin_init(&table->lock, "descriptors");
	}
	if (table && !table->slots) {
		heap_free(table);
		return NULL;
	}
	return table;
}

struct fd_table *fd_table_create(void)
{
	return table_alloc(FD_COUNT_FIRST);
}

void fd_table_ref(struct fd_table *table)
{
	__atomic_add_fetch(&table->users, 1, __ATOMIC_RELAXED);
}

unsigned fd_table_room(const struct fd_table *table)
{
	return READ_ONCE(table->count);
}

void fd_table_look(struct fd_table *table)
{
	__atomic_add_fetch(&table->looks, 1, __ATOMIC_RELAXED);
}

void fd_table_look_end(struct fd_table *table)
{
	if (table && !__atomic_sub_fetch(&table->looks, 1, __ATOMIC_ACQ_REL)) {
		heap_free(table->slots);
		heap_free(table);
	}
}

/* F4 */
void fd_table_unref(struct fd_table *table)
{
	if (!table || __atomic_sub_fetch(&table->users, 1, __ATOMIC_ACQ_REL) > 0) {
		return;
	}
	for (int fd = fd_next(table, 0); fd >= 0; fd = fd_next(table, fd + 1)) {
		(void)!fd_close(table, fd);
	}
	fd_table_look_end(table);
}

/* The lock held; both have room for it. */
static void slots_copy(struct fd_table *to, const struct fd_table *from)
{
	memcpy(to->slots, from->slots, from->count * sizeof(*from->slots));
	for (unsigned fd = 0; fd < from->count; fd++) {
		if (to->slots[fd].file) {
			file_ref(to->slots[fd].file);
		}
	}
	to->least_free = from->least_free;
}

bool fd_table_is_shared(const struct fd_table *table)
{
	return READ_ONCE(table->users) > 1;
}

struct fd_table *fd_table_copy(struct fd_table *table)
{
	for (;;) {
		unsigned count = READ_ONCE(table->count);
		struct fd_table *copy = table_alloc(count);
		bool has_room;

		if (!copy) {
			return NULL;
		}
		spin_lock(&table->lock);
		has_room = count == table->count;
		if (has_room) {
			slots_copy(copy, table);
		}
		spin_unlock(&table->lock);
		if (has_room) {
			return copy;
		}
		fd_table_unref(copy); /* another thread made it grow */
	}
}

/* ---- numbers ----------------------------------------------------------------------------- */

static unsigned fd_limit(void)
{
	struct process *process = process_current();
	uint64_t limit = process ? READ_ONCE(process->limits[RLIMIT_NOFILE].soft) : FD_LIMIT;

	return (unsigned)MIN(limit, FD_COUNT_MAX);
}

/* Room for `fd`: 0 or -ENOMEM. */
static int grow(struct fd_table *table, unsigned fd)
{
	unsigned count = READ_ONCE(table->count), old_count;
	struct slot *slots, *old;

	while (count <= fd) {
		count *= 2;
	}
	slots = heap_alloc(count * sizeof(*slots));
	if (!slots) {
		return -ENOMEM;
	}
	spin_lock(&table->lock);
	old = slots;
	old_count = table->count;
	if (old_count < count) {
		old = table->slots;
		memcpy(slots, old, old_count * sizeof(*slots));
		table->slots = slots;
		table->count = count;
	}
	spin_unlock(&table->lock);
	heap_free(old);
	return 0;
}

static unsigned free_from(const struct fd_table *table, unsigned least)
{
	unsigned fd = MAX(least, table->least_free);

	while (fd < table->count && table->slots[fd].file) {
		fd++;
	}
	return fd;
}

static void slot_fill(struct fd_table *table, unsigned fd, struct file *file, bool close_on_exec)
{
	table->slots[fd] = (struct slot){ file, close_on_exec };
	if (fd == table->least_free) {
		table->least_free = fd + 1;
	}
}

static struct file *slot_empty(struct fd_table *table, unsigned fd)
{
	struct file *file = table->slots[fd].file;

	table->slots[fd] = (struct slot){ NULL, false };
	table->least_free = MIN(table->least_free, fd);
	return file;
}

int fd_install(struct fd_table *table, struct file *file, int least, bool close_on_exec)
{
	unsigned limit = fd_limit(), fd;
	int err = 0;

	if (least < 0 || (unsigned)least >= limit) {
		return -EINVAL;
	}
	while (!err) {
		spin_lock(&table->lock);
		fd = free_from(table, (unsigned)least);
		if (fd < limit && fd < table->count) {
			slot_fill(table, fd, file, close_on_exec);
			spin_unlock(&table->lock);
			return (int)fd;
		}
		spin_unlock(&table->lock);
		err = fd < limit ? grow(table, fd) : -EMFILE;
	}
	return err;
}

static bool is_open(const struct fd_table *table, int fd)
{
	return fd >= 0 && (unsigned)fd < table->count && table->slots[fd].file;
}

struct file *fd_get(struct fd_table *table, int fd)
{
	struct file *file = NULL;

	spin_lock(&table->lock);
	if (is_open(table, fd)) {
		file = table->slots[fd].file;
		file_ref(file);
	}
	spin_unlock(&table->lock);
	return file;
}

struct file *fd_peek(const struct fd_table *table, int fd)
{
	if (READ_ONCE(table->users) != 1) {
		return NULL;
	}
	return is_open(table, fd) ? table->slots[fd].file : NULL;
}

int fd_next(struct fd_table *table, int from)
{
	int found = -1;

	spin_lock(&table->lock);
	for (unsigned fd = (unsigned)MAX(from, 0); fd < table->count; fd++) {
		if (table->slots[fd].file) {
			found = (int)fd;
			break;
		}
	}
	spin_unlock(&table->lock);
	return found;
}

static void dropped(struct fd_table *table, struct file *file)
{
	if (file) {
		file_locks_close(file, table);
		file_unref(file);
	}
}

int fd_close(struct fd_table *table, int fd)
{
	struct file *file = NULL;

	spin_lock(&table->lock);
	if (is_open(table, fd)) {
		file = slot_empty(table, (unsigned)fd);
	}
	spin_unlock(&table->lock);
	dropped(table, file);
	return file ? 0 : -EBADF;
}

/* Puts it where the caller wants it; what was there is the caller's to drop. */
static struct file *slot_replace(
	struct fd_table *table, unsigned fd, struct file *file, bool close_on_exec)
{
	struct file *old = table->slots[fd].file;

	slot_fill(table, fd, file, close_on_exec);
	return old;
}

int fd_dup_to(struct fd_table *table, int from, int to, bool close_on_exec)
{
	struct file *file, *old;

	if (to < 0 || (unsigned)to >= fd_limit()) {
		return -EBADF;
	}
	file = fd_get(table, from);
	if (!file) {
		return -EBADF;
	}
	if ((unsigned)to >= READ_ONCE(table->count) && grow(table, (unsigned)to)) {
		file_unref(file);
		return -ENOMEM;
	}
	spin_lock(&table->lock);
	old = slot_replace(table, (unsigned)to, file, close_on_exec);
	spin_unlock(&table->lock);
	dropped(table, old);
	return to;
}

bool fd_close_on_exec(struct fd_table *table, int fd)
{
	bool result;

	spin_lock(&table->lock);
	result = is_open(table, fd) && table->slots[fd].close_on_exec;
	spin_unlock(&table->lock);
	return result;
}

int fd_close_on_exec_set(struct fd_table *table, int fd, bool on)
{
	int err = -EBADF;

	spin_lock(&table->lock);
	if (is_open(table, fd)) {
		table->slots[fd].close_on_exec = on;
		err = 0;
	}
	spin_unlock(&table->lock);
	return err;
}

void fd_table_exec(struct fd_table *table)
{
	for (int fd = fd_next(table, 0); fd >= 0; fd = fd_next(table, fd + 1)) {
		if (fd_close_on_exec(table, fd)) {
			(void)!fd_close(table, fd);
		}
	}
}
