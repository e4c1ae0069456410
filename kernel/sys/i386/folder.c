/* folder.c (i386) - readdir(): one entry of a folder at a time, from before getdents(). */
#include "../file.h"
#include "../user_path.h"

#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/string.h>

struct entry {
	unsigned long ino, next;
	uint16_t name_len;
	char name[NAME_LEN_MAX + 1];
};

/* Takes the first, so that reading ends in front of the second. */
static bool take(void *arg, const struct directory_entry *found, int64_t next)
{
	struct entry *e = arg;

	if (e->name_len) {
		return false;
	}
	e->ino = (unsigned long)found->inode;
	e->next = (unsigned long)next;
	e->name_len = (uint16_t)strlcpy(e->name, found->name, sizeof(e->name));
	return true;
}

static long read_one(struct file *file, struct entry *e, vaddr_t user)
{
	int err = file_listable(file);

	if (err) {
		return err;
	}
	mutex_lock(&file->pos_lock);
	err = file->ops->readdir(file, take, e);
	mutex_unlock(&file->pos_lock);
	if (err || !e->name_len) {
		return err;
	}
	err = user_copy_out(user, e, offsetof(struct entry, name) + e->name_len + 1u);
	return err ? err : 1;
}

long sys_readdir(sys_fd fd, sys_ptr user, sys_uint count)
{
	struct file *file = user_file(fd);
	struct entry *e = heap_alloc(sizeof(*e));
	long result = !file ? -EBADF : -ENOMEM;

	if (file && e) {
		e->name_len = 0;
		result = read_one(file, e, user);
	}
	heap_free(e);
	file_unref(file);
	return result;
}
