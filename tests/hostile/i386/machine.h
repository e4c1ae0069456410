/*
 * machine.h - what hostile programs know of i386: registers, and addresses that are none of theirs.
 *
 * A 64-bit Linux gives programs for i386 nearly all of 4 GiB, others 3 or 2; so what shall be nobody's is
 * at the very end, or where neither maps anything.
 */
#ifndef HOSTILE_MACHINE_H
#define HOSTILE_MACHINE_H

#include <elf.h>
#include <stdint.h>

/* Which of the calls takes the locks that <fcntl.h> knows. */
#define FCNTL_NUMBER SYS_fcntl64

#define REG_PC REG_EIP

static unsigned kept_gs;

/* What an attempt may have bent is made right again: the C library's data is behind GS. */
static inline void registers_repair(void)
{
	__asm__ volatile("mov %%ss, %%eax\n\tmov %%eax, %%ds\n\tmov %%eax, %%es\n\t"
			 "mov %0, %%gs\n\tpush $0x202\n\tpopf"
			 :
			 : "m"(kept_gs)
			 : "eax", "memory", "cc");
}

/* Once, before the first attempt. */
static inline void registers_keep(void)
{
	__asm__ volatile("mov %%gs, %0" : "=r"(kept_gs));
}

/* ---- pointers that lead nowhere ---------------------------------------------------- */

#define WILD_NAMES    "null low hole kernel last-page minus-8"
#define WILD_POINTERS 0, 1, 0x60000000, 0xffffe000, 0xfffff000, -8ul

/* ---- ELF ---------------------------------------------------------------------------- */

#define ELF_CLASS   ELFCLASS32
#define ELF_MACHINE EM_386
#define ELF_PHDR    32 /* bytes */
#define WORD_MAX    UINT32_MAX
#define SIGNED_MAX  INT32_MAX
#define BASE	    0x400000ul
#define HUGE_SIZE   0xffefffffu
#define TOO_LARGE   0xffaff000ul /* behind BASE + 1 MiB */
#define USER_LAST   0xfffff000ul /* where a page of no program's is, and the next */
#define USER_END    0xfffff000ul
#define KERNEL	    0xfffff000ul

typedef Elf32_Ehdr elf_header;
typedef Elf32_Phdr elf_segment;
typedef Elf32_Addr elf_word;

/* exit(7), and ud2 */
#define EXIT_7 0xb8, 1, 0, 0, 0, 0xbb, 7, 0, 0, 0, 0xcd, 0x80, 0x0f, 0x0b

#endif
