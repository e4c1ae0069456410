/*
 * folder.c - reading folders.
 *
 * An entry's position is where it stands in the folder's bytes, plus two for the dots: entries do not
 * move while others come and go.
 */
#include "ext4.h"

#include <linux/dirent.h>

#define POSITION_FIRST 2

struct listing {
	int64_t from, next; /* positions */
	int64_t block_start;
	bool is_started;
	bool (*emit)(void *arg, const struct directory_entry *entry, int64_t next);
	void *arg;
};

static bool is_dots(const struct ext2_dir_entry *d)
{
	unsigned len = (unsigned)ext2fs_dirent_name_len(d);

	return (len == 1 || (len == 2 && d->name[1] == '.')) && d->name[0] == '.';
}

static unsigned char type_of(const struct ext2_dir_entry *d)
{
	static const unsigned char types[] = {
		[EXT2_FT_REG_FILE] = DT_REG,
		[EXT2_FT_DIR] = DT_DIR,
		[EXT2_FT_CHRDEV] = DT_CHR,
		[EXT2_FT_BLKDEV] = DT_BLK,
		[EXT2_FT_FIFO] = DT_FIFO,
		[EXT2_FT_SOCK] = DT_SOCK,
		[EXT2_FT_SYMLINK] = DT_LNK,
	};
	unsigned type = (unsigned)ext2fs_dirent_file_type(d);

	return type < ARRAY_SIZE(types) ? types[type] : DT_UNKNOWN;
}

static int list_one(ext2_ino_t dir, int kind, struct ext2_dir_entry *d, int offset, int block_size,
	char *buf, void *arg)
{
	struct listing *l = arg;
	char name[NAME_LEN_MAX + 1];
	unsigned len = MIN((unsigned)ext2fs_dirent_name_len(d), (unsigned)NAME_LEN_MAX);
	struct directory_entry entry = { name, d->inode, type_of(d) };
	unsigned rec_len;
	int64_t position;

	if (offset == 0 && l->is_started) {
		l->block_start += block_size;
	}
	l->is_started = true;
	position = POSITION_FIRST + l->block_start + offset;
	if (position < l->from || !d->inode || is_dots(d)) {
		return 0;
	}
	memcpy(name, d->name, len);
	name[len] = '\0';
	rec_len = d->rec_len ? d->rec_len : (unsigned)block_size;
	if (!l->emit(l->arg, &entry, position + rec_len)) {
		return DIRENT_ABORT;
	}
	l->next = position + rec_len;
	return 0;
}

static int readdir(struct file *file,
	bool (*emit)(void *arg, const struct directory_entry *entry, int64_t next), void *arg)
{
	struct ext4 *fs = ext4_of(file->inode);
	struct listing l = { .emit = emit, .arg = arg };
	int err;

	if (!file_emit_dots(file, emit, arg)) {
		return 0;
	}
	l.from = l.next = file->pos;
	mutex_lock(&fs->lock);
	/* Empty ones too: each block then has an entry at 0, by which blocks are counted. */
	err = ext4_errno(ext2fs_dir_iterate2(
		fs->lib, ext4_number(file->inode), DIRENT_FLAG_INCLUDE_EMPTY, NULL, list_one, &l));
	mutex_unlock(&fs->lock);
	file->pos = l.next;
	return err;
}

static int empty_look(ext2_ino_t dir, int kind, struct ext2_dir_entry *d, int offset,
	int block_size, char *buf, void *arg)
{
	bool *is_empty = arg;

	if (d->inode && !is_dots(d)) {
		*is_empty = false;
		return DIRENT_ABORT;
	}
	return 0;
}

int ext4_folder_is_empty(struct ext4 *fs, ext2_ino_t number, bool *is_empty)
{
	*is_empty = true;
	return ext4_errno(ext2fs_dir_iterate2(fs->lib, number, 0, NULL, empty_look, is_empty));
}

const struct file_ops ext4_folder_file_ops = {
	.readdir = readdir,
};
