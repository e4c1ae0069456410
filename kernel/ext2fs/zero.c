/* zero.c - what libext2fs has beside its making of journals: blocks of zeroes. */
#include "solo.h"
#include <ext2fs/ext2_fs.h>
#include <ext2fs/ext2fs.h>
#include <kernel/page.h>

static errcode_t write_zeroes(ext2_filsys fs, blk64_t first, int count, void *zeroes, blk64_t *at)
{
	errcode_t err = 0;

	for (*at = first; !err && *at < first + (blk64_t)count; ++*at) {
		err = io_channel_write_blk64(fs->io, *at, -(int)fs->blocksize, zeroes);
	}
	return err;
}

/* Without a file system it shall let go of what it kept, which is nothing. */
errcode_t ext2fs_zero_blocks2(
	ext2_filsys fs, blk64_t first, int count, blk64_t *failed, int *failed_count)
{
	void *zeroes;
	blk64_t at;
	errcode_t err;

	if (!fs || count <= 0) {
		return 0;
	}
	zeroes = ext2_malloc(fs->blocksize);
	if (!zeroes) {
		return EXT2_ET_NO_MEMORY;
	}
	err = write_zeroes(fs, first, count, zeroes, &at);
	if (err && failed) {
		*failed = at;
	}
	if (err && failed_count) {
		*failed_count = (int)(first + (blk64_t)count - at);
	}
	ext2_free(zeroes);
	return err;
}
