/*
 * linux/word.h - what a structure needs that has words (long, pointers) beside narrower numbers.
 */
#ifndef ABI_LINUX_WORD_H
#define ABI_LINUX_WORD_H

/* In front of a word: the four bytes of padding that there are where words have eight. They have a name so
 * that initializers clear them. */
#define WORD_PAD(name) , name[sizeof(long) / 8]

#define ALIGNED_TO_WORD(n) (((n) + sizeof(long) - 1) & ~(sizeof(long) - 1))

#endif
