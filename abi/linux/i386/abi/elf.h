/* abi/elf.h (i386) - headers of ELF files of 32 bits (System V gABI, chapters 4 and 5). */
#ifndef ABI_ELF_H
#define ABI_ELF_H

#include <stdint.h>

#define ELF_MACHINE 3 /* EM_386 */

struct elf_header {
	unsigned char ident[16];
	uint16_t type, machine;
	uint32_t version;
	uint32_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
_Static_assert(sizeof(struct elf_header) == 52, "gABI: Elf32_Ehdr");

struct program_header {
	uint32_t type, offset, vaddr, paddr, filesz, memsz, flags, align;
};
_Static_assert(sizeof(struct program_header) == 32, "gABI: Elf32_Phdr");

#endif
