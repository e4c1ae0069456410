/* gunzip.c - one member of a gzip file (RFC 1952) through zlib, with a bounded amount of memory. */
#include "solo.h"
#include <kernel/errno.h>
#include <kernel/gunzip.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <zlib/zlib.h>

#define WINDOW_BITS_GZIP (15 + 16) /* zlib.h: 16 more is gzip's header and trailer */
#define OUTPUT_LEN	 (32 * 1024u)

static void *memory_get(void *unused, unsigned count, unsigned size)
{
	return heap_alloc((size_t)count * size);
}

static void memory_put(void *unused, void *memory)
{
	heap_free(memory);
}

static int errno_of(z_stream *stream, int result)
{
	switch (result) {
	case Z_OK:
	case Z_STREAM_END:
		return 0;
	case Z_MEM_ERROR:
		return -ENOMEM;
	default:
		log_err("gunzip: %s", stream->msg ? stream->msg : "the data is cut short");
		return -EINVAL;
	}
}

/* All of the member goes to the sink, a buffer at a time. */
static int inflate_all(z_stream *stream, unsigned char *output, gunzip_sink *sink, void *arg)
{
	int result = Z_OK, err = 0;

	while (!err && result != Z_STREAM_END) {
		stream->next_out = output;
		stream->avail_out = OUTPUT_LEN;
		result = inflate(stream, Z_NO_FLUSH);
		err = errno_of(stream, result);
		if (!err && stream->avail_out < OUTPUT_LEN) {
			err = sink(arg, output, OUTPUT_LEN - stream->avail_out);
		}
	}
	return err;
}

long gunzip_member(const void *data, size_t len, gunzip_sink *sink, void *arg)
{
	z_stream stream = { .zalloc = memory_get,
		.zfree = memory_put,
		.next_in = (unsigned char *)(vaddr_t)data,
		.avail_in = (unsigned)MIN(len, UINT32_MAX) };
	unsigned char *output = heap_alloc(OUTPUT_LEN);
	int err = -ENOMEM;

	if (output && inflateInit2(&stream, WINDOW_BITS_GZIP) == Z_OK) {
		err = inflate_all(&stream, output, sink, arg);
		(void)inflateEnd(&stream);
	}
	heap_free(output);
	return err ? err : (long)stream.total_in;
}
