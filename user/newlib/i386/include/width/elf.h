/* width/elf.h (i386) - a program header. For <elf.h> only. */
typedef struct {
	uint32_t p_type, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_flags, p_align;
} Elf_Phdr;
