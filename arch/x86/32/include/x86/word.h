/* x86/word.h (32-bit) - how the assembler calls a word that holds an address. */
#ifndef X86_WORD_H
#define X86_WORD_H

#ifdef __ASSEMBLER__
#define X86_WORD      .long
#define X86_WORD_SIZE 4
#else
#define X86_WORD      ".long"
#define X86_WORD_SIZE "4"
#define X86_SP	      "%%esp"
/* Of an instruction that saves or loads more in 64-bit mode. */
#define X86_WIDE      ""
#endif

#endif
