/* machine.h - what hostile programs know of x86-64: registers, and addresses that are none of theirs. */
#ifndef HOSTILE_MACHINE_H
#define HOSTILE_MACHINE_H

#include <elf.h>
#include <stdint.h>

/* Which of the calls takes the locks that <fcntl.h> knows. */
#define FCNTL_NUMBER SYS_fcntl

#define REG_PC REG_RIP

/* The flags that an attempt may have bent are made right again. */
static inline void registers_repair(void)
{
	__asm__ volatile("pushq $0x202\n\tpopfq" ::: "memory", "cc");
}

/* The handler needs nothing to be there but what its frame has. */
static inline void registers_keep(void)
{
}

/* ---- pointers that lead nowhere ---------------------------------------------------- */

#define WILD_NAMES                                                                                 \
	"null low hole no-address top-bit last-page end hypervisor direct vmap image minus-8"
#define WILD_POINTERS                                                                              \
	0, 1, 0x100000000000, 0x800000000000, 0x8000000000000000, 0x7ffffffff000, 0x7fffffffffff,  \
		0xffff800000000000, 0xffff888000001000, 0xffffc90000000000, 0xffffffff80100000,    \
		-8ul

/* ---- ELF ---------------------------------------------------------------------------- */

#define ELF_CLASS   ELFCLASS64
#define ELF_MACHINE EM_X86_64
#define ELF_PHDR    56 /* bytes */
#define WORD_MAX    UINT64_MAX
#define SIGNED_MAX  INT64_MAX
#define BASE	    0x400000ul
#define HUGE_SIZE   INT64_MAX
#define TOO_LARGE   0x7fffff700000ul /* behind BASE + 1 MiB */
#define USER_LAST   0x7ffffffff000ul /* where a page of the program's own could be, and the next */
#define USER_END    0x800000000000ul
#define KERNEL	    0xffffffff80000000ul

typedef Elf64_Ehdr elf_header;
typedef Elf64_Phdr elf_segment;
typedef Elf64_Addr elf_word;

/* exit(7), and ud2 */
#define EXIT_7 0xb8, 60, 0, 0, 0, 0xbf, 7, 0, 0, 0, 0x0f, 0x05, 0x0f, 0x0b

#endif
