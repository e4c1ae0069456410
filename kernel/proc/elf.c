/*
 * elf.c - reading ELF files and mapping their segments (System V gABI, chapters 4 and 5).
 *
 * Decode, then perform: elf_read() checks everything that a file can say wrong
 * and changes nothing; elf_map() maps what was read. A file is hostile until
 * checked: sizes are bounded, sums cannot wrap, segments lie below the user's end.
 */
#include "elf.h"

#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/process.h>
#include <kernel/string.h>
#include <arch/user.h>

enum { ET_EXEC = 2, ET_DYN = 3 };
enum { PT_LOAD = 1, PT_INTERP = 3, PT_PHDR = 6, PT_GNU_STACK = 0x6474e551 };
enum { PF_X = 1, PF_W = 2, PF_R = 4 };

/* All of [offset, offset + len); `otherwise`, an error, where the file has less. */
static int read_exactly(struct file *file, void *buf, size_t len, uint64_t offset, int otherwise)
{
	int64_t pos = (int64_t)offset;
	long got;

	if (pos < 0) {
		return otherwise;
	}
	got = vfs_read(file, buf, len, &pos);
	if (got < 0) {
		return (int)got;
	}
	return (size_t)got == len ? 0 : otherwise;
}

static bool header_is_sane(const struct elf_header *h)
{
	return !memcmp(h->ident, "\177ELF", 4) && h->machine == ELF_MACHINE &&
		(h->type == ET_EXEC || h->type == ET_DYN) &&
		h->phentsize == sizeof(struct program_header) && h->phnum > 0;
}

static bool segment_is_sane(const struct program_header *p)
{
	return p->filesz <= p->memsz && p->memsz <= LAYOUT_USER_END &&
		p->vaddr <= LAYOUT_USER_END - p->memsz && p->offset <= INT64_MAX - p->filesz &&
		((p->vaddr ^ p->offset) & ~PAGE_MASK) == 0;
}

static unsigned prot_of(uint32_t flags)
{
	return (flags & PF_R ? MMU_READ : 0) | (flags & PF_W ? MMU_WRITE : 0) |
		(flags & PF_X ? MMU_EXEC : 0);
}

static int segment_take(struct elf_image *image, const struct program_header *p)
{
	struct elf_segment *s;

	if (!p->memsz && !p->filesz) {
		return 0;
	}
	/* gABI: ascending, and here also not overlapping */
	if (!segment_is_sane(p) || (image->segment_count && p->vaddr < image->high)) {
		image->is_unmappable = true;
		return 0;
	}
	if (image->segment_count == ELF_SEGMENTS_MAX) {
		return -ENOEXEC;
	}
	s = &image->segments[image->segment_count++];
	*s = (struct elf_segment){ p->vaddr, p->memsz, p->filesz, p->offset, prot_of(p->flags) };
	if (image->segment_count == 1) {
		image->low = ALIGN_DOWN(p->vaddr, PAGE_SIZE);
	}
	image->high = p->vaddr + p->memsz;
	return 0;
}

/* No file is longer. */
static bool is_position(uint64_t offset)
{
	return offset <= INT64_MAX;
}

static int interpreter_take(
	struct file *file, struct elf_image *image, const struct program_header *p)
{
	int err;

	if (p->filesz < 2 || p->filesz > sizeof(image->interpreter)) {
		return -ENOEXEC;
	}
	if (!is_position(p->offset)) {
		return -EINVAL;
	}
	err = read_exactly(file, image->interpreter, p->filesz, p->offset, -EIO);
	if (!err && image->interpreter[p->filesz - 1]) {
		err = -ENOEXEC;
	}
	return err;
}

/* The program headers lie in memory where a segment shows them. */
static vaddr_t headers_address(const struct elf_image *image, uint64_t offset, size_t len)
{
	for (unsigned i = 0; i < image->segment_count; i++) {
		const struct elf_segment *s = &image->segments[i];

		if (offset >= s->offset && offset + len <= s->offset + s->file_len) {
			return s->address + (offset - s->offset);
		}
	}
	return 0;
}

static int headers_take(struct file *file, struct elf_image *image, const struct elf_header *h,
	struct program_header *headers)
{
	int err = read_exactly(file, headers, h->phnum * sizeof(headers[0]), h->phoff, -ENOEXEC);

	for (unsigned i = 0; !err && i < h->phnum; i++) {
		if (headers[i].type == PT_LOAD) {
			err = segment_take(image, &headers[i]);
		} else if (headers[i].type == PT_INTERP) {
			err = interpreter_take(file, image, &headers[i]);
		}
	}
	return err;
}

int elf_read(struct file *file, struct elf_image *image)
{
	struct program_header *headers;
	struct elf_header h;
	int err = read_exactly(file, &h, sizeof(h), 0, -ENOEXEC);

	memset(image, 0, sizeof(*image));
	if (err) {
		return err;
	}
	if (!header_is_sane(&h) || h.phnum > ELF_HEADERS_MAX) {
		return -ENOEXEC;
	}
	headers = heap_alloc(h.phnum * sizeof(*headers));
	if (!headers) {
		return -ENOMEM;
	}
	err = headers_take(file, image, &h, headers);
	heap_free(headers);
	if (err) {
		return err;
	}
	image->is_unmappable |= !image->segment_count;
	image->is_relocatable = h.type == ET_DYN;
	image->entry = h.entry;
	image->headers = headers_address(image, h.phoff, h.phnum * sizeof(*headers));
	image->header_count = h.phnum;
	return 0;
}

/* ---- mapping ---------------------------------------------------------- */

/* Where a file's pages end inside a page of a writable segment, the rest reads as zero. */
static int tail_clear(struct vm_space *vm, vaddr_t start, vaddr_t end)
{
	static const char zeroes[PAGE_SIZE];

	return start < end ? vm_write(vm, start, zeroes, end - start) : 0;
}

static int segment_map(struct vm_space *vm, struct file *file, struct vm_object *object,
	const struct elf_segment *s, vaddr_t bias)
{
	vaddr_t start = ALIGN_DOWN(s->address + bias, PAGE_SIZE);
	vaddr_t file_end = s->address + bias + s->file_len;
	vaddr_t file_pages_end = ALIGN_UP(file_end, PAGE_SIZE);
	vaddr_t end = ALIGN_UP(s->address + bias + s->len, PAGE_SIZE);
	long at;

	if (s->file_len) {
		at = vm_map_file(vm, start, file_pages_end - start, s->prot, VM_FIXED, object,
			ALIGN_DOWN(s->offset, PAGE_SIZE), file);
		if (is_error(at)) {
			return (int)at;
		}
		if (s->prot & MMU_WRITE && s->len > s->file_len &&
			tail_clear(vm, file_end, file_pages_end)) {
			return -EFAULT;
		}
	} else {
		file_pages_end = start;
	}
	if (end <= file_pages_end) {
		return 0;
	}
	at = vm_map(vm, file_pages_end, end - file_pages_end, s->prot, VM_FIXED, NULL, 0, NULL);
	return is_error(at) ? (int)at : 0;
}

/* A range for a relocatable image: reserved without access, then overmapped segment by segment. */
static long range_reserve(struct vm_space *vm, const struct elf_image *image, vaddr_t hint)
{
	return vm_map(vm, hint, ALIGN_UP(image->high, PAGE_SIZE) - image->low, 0, 0, NULL, 0, NULL);
}

int elf_map(struct vm_space *vm, struct file *file, const struct elf_image *image, vaddr_t hint,
	vaddr_t *bias)
{
	struct vm_object *object;
	int err;

	*bias = 0;
	if (image->is_unmappable) {
		return -EINVAL;
	}
	if (image->is_relocatable) {
		long base = range_reserve(vm, image, hint);

		if (is_error(base)) {
			return (int)base;
		}
		*bias = (vaddr_t)base - image->low;
	}
	if (!file->ops->map) {
		return -ENOEXEC;
	}
	err = file->ops->map(file, &object);
	if (err) {
		return err;
	}
	for (unsigned i = 0; !err && i < image->segment_count; i++) {
		err = segment_map(vm, file, object, &image->segments[i], *bias);
	}
	vm_object_unref(object);
	return err;
}
