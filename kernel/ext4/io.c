/* io.c - the library's way to the disk: blocks of the disk's page cache; its errors as errnos. */
#include "ext4.h"

#include <kernel/heap.h>
#include <kernel/log.h>

static struct struct_io_manager manager;
io_manager ext4_io_manager = &manager;

struct blk_node *ext4_io_disk(io_channel channel)
{
	return channel->private_data;
}

int ext4_errno(errcode_t err)
{
	switch (err) {
	case 0:
		return 0;
	case EXT2_ET_NO_MEMORY:
		return -ENOMEM;
	case EXT2_ET_BLOCK_ALLOC_FAIL:
	case EXT2_ET_INODE_ALLOC_FAIL:
	case EXT2_ET_DIR_NO_SPACE:
		return -ENOSPC;
	case EXT2_ET_FILE_NOT_FOUND:
		return -ENOENT;
	case EXT2_ET_DIR_EXISTS:
	case EXT2_ET_FILE_EXISTS:
		return -EEXIST;
	case EXT2_ET_RO_FILSYS:
		return -EROFS;
	case EXT2_ET_FILE_TOO_BIG:
		return -EFBIG;
	case EXT2_ET_NO_DIRECTORY:
		return -ENOTDIR;
	default:
		/* errnos of ours come through as they are; all else says that the disk's content is wrong */
		return err > 0 && err < 4096 ? -(int)err : -EIO;
	}
}

static errcode_t io_open(const char *name, int flags, io_channel *channel)
{
	io_channel io = heap_alloc(sizeof(*io));
	struct blk_node *disk;
	int err = io ? blk_node_open(name, flags & IO_FLAG_RW, &disk) : -ENOMEM;

	if (err) {
		heap_free(io);
		return -err;
	}
	io->magic = EXT2_ET_MAGIC_IO_CHANNEL;
	io->manager = &manager;
	io->block_size = 1024;
	io->refcount = 1;
	io->flags = CHANNEL_FLAGS_BLOCK_DEVICE;
	io->private_data = disk;
	*channel = io;
	return 0;
}

static errcode_t io_close(io_channel io)
{
	if (--io->refcount == 0) {
		blk_node_close(ext4_io_disk(io));
		heap_free(io);
	}
	return 0;
}

static errcode_t io_set_block_size(io_channel io, int size)
{
	io->block_size = size;
	return 0;
}

/* A negative count is one of bytes. */
static size_t len_of(io_channel io, int count)
{
	return count < 0 ? (size_t)-count : (size_t)count * (size_t)io->block_size;
}

static errcode_t io_read(io_channel io, unsigned long long block, int count, void *data)
{
	size_t len = len_of(io, count);
	long done = page_cache_read(
		&ext4_io_disk(io)->cache, data, len, (int64_t)(block * (unsigned)io->block_size));

	return done == (long)len ? 0 : done < 0 ? -done : EXT2_ET_SHORT_READ;
}

static errcode_t io_write(io_channel io, unsigned long long block, int count, const void *data)
{
	size_t len = len_of(io, count);
	long done = page_cache_write(
		&ext4_io_disk(io)->cache, data, len, (int64_t)(block * (unsigned)io->block_size));

	return done == (long)len ? 0 : done < 0 ? -done : EXT2_ET_SHORT_WRITE;
}

static errcode_t io_read_short(io_channel io, unsigned long block, int count, void *data)
{
	return io_read(io, block, count, data);
}

static errcode_t io_write_short(io_channel io, unsigned long block, int count, const void *data)
{
	return io_write(io, block, count, data);
}

static errcode_t io_write_byte(io_channel io, unsigned long offset, int count, const void *data)
{
	long done =
		page_cache_write(&ext4_io_disk(io)->cache, data, (size_t)count, (int64_t)offset);

	return done == count ? 0 : EXT2_ET_SHORT_WRITE;
}

/* When it is kept is decided by ext4_sync(). */
static errcode_t io_flush(io_channel io)
{
	return 0;
}

static errcode_t io_set_option(io_channel io, const char *option, const char *arg)
{
	return EXT2_ET_INVALID_ARGUMENT;
}

static struct struct_io_manager manager = {
	.magic = EXT2_ET_MAGIC_IO_MANAGER,
	.name = "paravane",
	.open = io_open,
	.close = io_close,
	.set_blksize = io_set_block_size,
	.read_blk = io_read_short,
	.write_blk = io_write_short,
	.flush = io_flush,
	.write_byte = io_write_byte,
	.set_option = io_set_option,
	.read_blk64 = io_read,
	.write_blk64 = io_write,
};
