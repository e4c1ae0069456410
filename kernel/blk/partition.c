/*
 * partition.c - tables of partitions: MBR with its chain of extended ones, GPT (UEFI 2.10, 5.3).
 *
 * The disk's content is anybody's: every number is bounded by the disk, chains by a count,
 * GPT's tables by their checksums; a table that makes no sense is no table. What lies beyond
 * the end, or does not start on a sector of the disk, is left out.
 */
#include <kernel/blk.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/string.h>
#include "blk.h"

#define MBR_SIGNATURE	   0xaa55
#define MBR_FIRST	   446 /* of four entries of 16 bytes */
#define TYPE_PROTECTIVE	   0xee
#define LOGICAL_FIRST	   5
#define GPT_ENTRIES_MAX	   128u
#define GPT_ENTRY_SIZE_MAX 4096u

struct mbr_entry {
	uint8_t status, first_chs[3], type, last_chs[3];
	uint32_t start, count; /* logical sectors */
} __packed;

struct gpt_header {
	char signature[8]; /* "EFI PART" */
	uint32_t revision, header_len, header_crc, reserved;
	uint64_t here, other, first_usable, last_usable;
	uint8_t disk_guid[16];
	uint64_t entries;
	uint32_t entry_count, entry_len, entries_crc;
} __packed;

struct gpt_entry {
	uint8_t type_guid[16], guid[16];
	uint64_t first, last;
	uint64_t attributes;
} __packed;

_Static_assert(sizeof(struct mbr_entry) == 16, "MBR: partition record");
_Static_assert(sizeof(struct gpt_header) == 92, "UEFI 5.3.2: GPT header");

/* What is found, before nodes are made of it. */
struct table {
	struct blk_device *dev;
	unsigned sector_len; /* bytes of a logical sector */
	struct {
		uint64_t start, count;
	} parts[BLK_NODES_MAX]; /* by number; sectors of 512 */
	unsigned found;
};

static void part_found(struct table *t, unsigned number, uint64_t first, uint64_t count)
{
	uint64_t factor = t->sector_len >> BLK_SECTOR_SHIFT;
	uint64_t end = t->dev->limits.sectors / factor;

	if (number >= MIN(t->dev->minors, BLK_NODES_MAX) || !count || !first || first >= end) {
		return;
	}
	t->parts[number].start = first * factor;
	t->parts[number].count = MIN(count, end - first) * factor;
	t->found++;
}

/* `len` bytes at logical sector `at`. */
static int sector_read(const struct table *t, uint64_t at, void *buf, size_t len)
{
	uint64_t end = t->dev->limits.sectors / (t->sector_len >> BLK_SECTOR_SHIFT);
	long done;

	if (at >= end) {
		return -EINVAL;
	}
	done = page_cache_read(&t->dev->nodes[0].cache, buf, len, (int64_t)(at * t->sector_len));
	return done == (long)len ? 0 : done < 0 ? (int)done : -EINVAL;
}

/* ---- MBR ------------------------------------------------------------------------------------------- */

static int mbr_read(const struct table *t, uint64_t at, struct mbr_entry entries[4])
{
	uint8_t sector[BLK_SECTOR_SIZE];
	int err = sector_read(t, at, sector, sizeof(sector));

	if (!err && (sector[510] | sector[511] << 8) != MBR_SIGNATURE) {
		err = -ENOENT;
	}
	memcpy(entries, sector + MBR_FIRST, 4 * sizeof(*entries));
	return err;
}

static bool is_extended(const struct mbr_entry *e)
{
	return e->type == 0x05 || e->type == 0x0f || e->type == 0x85;
}

/* A chain of tables, each with a partition, relative to itself, and the next table, relative to the first. */
static void extended_read(struct table *t, uint64_t first)
{
	uint64_t at = first;

	for (unsigned number = LOGICAL_FIRST; number < BLK_NODES_MAX; number++) {
		struct mbr_entry entries[4];

		if (mbr_read(t, at, entries)) {
			return;
		}
		if (entries[0].type) {
			part_found(t, number, at + entries[0].start, entries[0].count);
		}
		if (!is_extended(&entries[1]) || !entries[1].start) {
			return;
		}
		at = first + entries[1].start;
	}
}

/* A boot sector of a file system also ends in the signature: its "table" is no table. */
static bool is_sane(const struct mbr_entry entries[4])
{
	for (unsigned i = 0; i < 4; i++) {
		if (entries[i].status & 0x7f) {
			return false;
		}
	}
	return true;
}

static void mbr_apply(struct table *t, const struct mbr_entry entries[4])
{
	for (unsigned i = 0; i < 4; i++) {
		if (is_extended(&entries[i])) {
			part_found(t, i + 1, entries[i].start, 2);
			extended_read(t, entries[i].start);
		} else if (entries[i].type) {
			part_found(t, i + 1, entries[i].start, entries[i].count);
		}
	}
}

/* ---- GPT -------------------------------------------------------------------------------------------- */

/* UEFI's CRC32: polynomial 0x04c11db7, reflected, bit by bit: it is done once in a disk's life. */
static uint32_t crc32(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t crc = ~0u;

	while (len--) {
		crc ^= *p++;
		for (unsigned bit = 0; bit < 8; bit++) {
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
		}
	}
	return ~crc;
}

static bool header_is_sane(const struct gpt_header *h, uint64_t at)
{
	struct gpt_header zeroed = *h;

	zeroed.header_crc = 0;
	return !memcmp(h->signature, "EFI PART", 8) && h->header_len == sizeof(*h) &&
		crc32(&zeroed, sizeof(zeroed)) == h->header_crc && h->here == at &&
		h->entry_len >= sizeof(struct gpt_entry) && h->entry_len <= GPT_ENTRY_SIZE_MAX &&
		h->entry_count >= 1 && h->entry_count <= GPT_ENTRIES_MAX;
}

static void entries_apply(struct table *t, const struct gpt_header *h, const uint8_t *entries)
{
	static const uint8_t unused[16];

	for (unsigned i = 0; i < h->entry_count; i++) {
		struct gpt_entry e;

		memcpy(&e, entries + (size_t)i * h->entry_len, sizeof(e));
		if (memcmp(e.type_guid, unused, sizeof(unused)) && e.last >= e.first) {
			part_found(t, i + 1, e.first, e.last - e.first + 1);
		}
	}
}

/* The table whose header is at logical sector `at`. */
static int gpt_read(struct table *t, uint64_t at)
{
	struct gpt_header h;
	uint8_t *entries;
	size_t len;
	int err = sector_read(t, at, &h, sizeof(h));

	if (err || !header_is_sane(&h, at)) {
		return err ? err : -EINVAL;
	}
	len = (size_t)h.entry_count * h.entry_len;
	entries = heap_alloc(len);
	if (!entries) {
		return -ENOMEM;
	}
	err = sector_read(t, h.entries, entries, len);
	if (!err && crc32(entries, len) != h.entries_crc) {
		err = -EINVAL;
	}
	if (!err) {
		entries_apply(t, &h, entries);
	}
	heap_free(entries);
	return err;
}

static int gpt_read_either(struct table *t)
{
	uint64_t last = t->dev->limits.sectors / (t->sector_len >> BLK_SECTOR_SHIFT) - 1;
	int err = gpt_read(t, 1);

	if (err) {
		log_warn("blk: %s: the first GPT makes no sense, trying the second", t->dev->name);
		err = gpt_read(t, last);
	}
	return err;
}

/* ---- the disk's nodes ----------------------------------------------------------------------------------- */

static int table_read(struct table *t)
{
	struct mbr_entry entries[4];
	int err = mbr_read(t, 0, entries);

	if (err == -ENOENT || (!err && !is_sane(entries))) {
		return 0; /* no table */
	}
	if (err) {
		return err;
	}
	if (entries[0].type == TYPE_PROTECTIVE) {
		return gpt_read_either(t);
	}
	mbr_apply(t, entries);
	return 0;
}

/* open_lock held. */
static int nodes_replace(struct blk_device *dev, const struct table *t)
{
	int err = 0;

	for (unsigned i = 1; i < BLK_NODES_MAX; i++) {
		if (dev->nodes[i].dev) {
			node_remove(&dev->nodes[i]);
		}
	}
	for (unsigned i = 1; !err && i < BLK_NODES_MAX; i++) {
		if (t->parts[i].count) {
			err = node_add(dev, i, t->parts[i].start, t->parts[i].count);
		}
	}
	return err;
}

int blk_partitions_read(struct blk_device *dev)
{
	struct table t = { .dev = dev, .sector_len = dev->limits.logical_size };
	int err = table_read(&t);

	if (err) {
		return err;
	}
	mutex_lock(&dev->open_lock);
	if (dev->is_dead) {
		err = -ENXIO;
	} else if (dev->opens > 1) {
		err = -EBUSY; /* more than who asks */
	} else {
		err = nodes_replace(dev, &t);
	}
	mutex_unlock(&dev->open_lock);
	if (!err && t.found) {
		log_info("blk: %s: %u partition(s)", dev->name, t.found);
	}
	return err;
}
