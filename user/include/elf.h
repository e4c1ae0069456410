/* elf.h - the part of the format that a program reads of itself (System V ABI, chapter 5). */
#ifndef _ELF_H
#define _ELF_H

#include <stdint.h>

#define PT_LOAD	     1
#define PT_TLS	     7
#define PT_GNU_STACK 0x6474e551

typedef struct {
	uint32_t p_type, p_flags;
	uint64_t p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align;
} Elf64_Phdr;

#endif
