/* x86/word.h (64-bit) - how the assembler calls a word that holds an address. */
#ifndef X86_WORD_H
#define X86_WORD_H

#ifdef __ASSEMBLER__
#define X86_WORD      .quad
#define X86_WORD_SIZE 8
#else
#define X86_WORD      ".quad"
#define X86_WORD_SIZE "8"
#define X86_SP	      "%%rsp"
/* Of an instruction that saves or loads more in 64-bit mode. */
#define X86_WIDE      "q"
#endif

#endif
