/* elf.h - ELF files for exec; see elf.c. */
#ifndef PROC_ELF_H
#define PROC_ELF_H

#include <abi/elf.h>
#include <kernel/vfs.h>
#include <kernel/vm.h>

#define ELF_HEADER_LEN	 sizeof(struct elf_header) /* a file shorter than that is none */
#define ELF_HEADERS_MAX	 16
#define ELF_SEGMENTS_MAX 12

struct elf_segment {
	vaddr_t address;
	size_t len, file_len;
	uint64_t offset;
	unsigned prot; /* enum mmu_prot */
};

struct elf_image {
	struct elf_segment segments[ELF_SEGMENTS_MAX];
	unsigned segment_count;
	vaddr_t low, high; /* first page's start, last byte's end */
	vaddr_t entry;
	vaddr_t headers; /* address of the program headers, 0: not mapped */
	unsigned header_count;
	bool is_relocatable;
	bool is_unmappable;    /* no segments, or such as no program can have */
	char interpreter[256]; /* "" for none */
};

/*
 * Read and check: 0, -ENOEXEC, or what reading the file gave. Changes nothing else.
 * As on Linux, segments that cannot be mapped are found out when they are mapped.
 */
int elf_read(struct file *file, struct elf_image *image) __must_check;

/*
 * Map the image into a space, or -EINVAL when it is unmappable. *bias is what was added to its addresses; `hint` is
 * where a relocatable image would like to go.
 */
int elf_map(struct vm_space *vm, struct file *file, const struct elf_image *image, vaddr_t hint,
	vaddr_t *bias) __must_check;

#endif
