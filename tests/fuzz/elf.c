/*
 * elf.c - an ELF file that a program executes, or names as its loader.
 *
 * Refusing is fine. What is mapped must lie where programs may lie, page by page, with
 * nothing written but the tail of a page that was mapped writable.
 */
#include "kernel/proc/elf.c"

#include "shim.h"

static const uint8_t *content;
static size_t content_len;
static vaddr_t mapped_start, mapped_end;
static unsigned mapped_prot;
static struct vm_object object;

static int object_of(struct file *f, struct vm_object **made)
{
	*made = &object;
	return 0;
}

long vfs_read(struct file *f, void *buf, size_t len, int64_t *pos)
{
	size_t n;

	REQUIRE(*pos >= 0);
	if ((uint64_t)*pos >= content_len) {
		return 0;
	}
	n = MIN(len, content_len - (size_t)*pos);
	memcpy(buf, content + *pos, n);
	*pos += (int64_t)n;
	return (long)n;
}

long vm_map_file(struct vm_space *vm, vaddr_t address, size_t len, unsigned prot, unsigned flags,
	struct vm_object *of, uint64_t offset, struct file *f)
{
	REQUIRE(of == &object && f);
	return vm_map(vm, address, len, prot, flags, of, offset, NULL);
}

/* A range without a place of its own is put where it was wished, or somewhere. */
long vm_map(struct vm_space *vm, vaddr_t address, size_t len, unsigned prot, unsigned flags,
	struct vm_object *of, uint64_t offset, const char *name)
{
	if (!(flags & VM_FIXED) &&
		(!address || address + ALIGN_UP(len, PAGE_SIZE) > VM_ADDRESS_END)) {
		address = VM_ADDRESS_MIN;
	}
	REQUIRE(len > 0 && len <= LAYOUT_USER_END);
	REQUIRE(address % PAGE_SIZE == 0 && offset % PAGE_SIZE == 0);
	REQUIRE(!(prot & ~(unsigned)(MMU_READ | MMU_WRITE | MMU_EXEC)));
	if (address < VM_ADDRESS_MIN) {
		return -EPERM;
	}
	if (len > VM_ADDRESS_END || address > VM_ADDRESS_END - ALIGN_UP(len, PAGE_SIZE)) {
		return -ENOMEM;
	}
	mapped_start = address;
	mapped_end = address + ALIGN_UP(len, PAGE_SIZE);
	mapped_prot = prot;
	return (long)address;
}

void vm_object_unref(struct vm_object *o)
{
	REQUIRE(o == &object);
}

int vm_write(struct vm_space *vm, vaddr_t start, const void *src, size_t len)
{
	REQUIRE(start >= mapped_start && start <= mapped_end && len <= mapped_end - start);
	REQUIRE(len < PAGE_SIZE && mapped_prot & MMU_WRITE);
	return 0;
}

static void image_check(const struct elf_image *image)
{
	vaddr_t end = 0;

	REQUIRE(image->segment_count <= ELF_SEGMENTS_MAX);
	REQUIRE(image->segment_count > 0 || image->is_unmappable);
	REQUIRE(strnlen(image->interpreter, sizeof(image->interpreter)) <
		sizeof(image->interpreter));
	for (unsigned i = 0; i < image->segment_count; i++) {
		const struct elf_segment *s = &image->segments[i];

		REQUIRE(s->address >= end);
		end = s->address + s->len;
		REQUIRE(end >= s->address && end <= LAYOUT_USER_END && s->file_len <= s->len);
	}
	REQUIRE(!image->segment_count || image->high == end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct file_ops ops = { .map = object_of };
	struct elf_image *image = host_alloc(sizeof(*image));
	struct file file = { .ops = &ops };
	vaddr_t bias;

	content = data;
	content_len = size;
	if (!elf_read(&file, image)) {
		image_check(image);
		(void)!elf_map(NULL, &file, image, 0x555555554000, &bias);
	}
	host_free(image);
	return 0;
}
