/*
 * instructions.h - trying single instructions, which are their own name in what is printed.
 *
 *     PRIVILEGED("mov %%cr0, " WORD_A);       "mov %cr0, %eax: SIGSEGV code 128 at 0"
 */
#ifndef HOSTILE_INSTRUCTIONS_H
#define HOSTILE_INSTRUCTIONS_H

#include "hostile.h"

#define ASM(text) __asm__ volatile(text ::: SCRATCH, "memory", "cc")
/* The name is the text, in which each percent sign stands twice. */
#define PRIVILEGED(text) TRY(single_percent(text), ASM(text))

static uint8_t ten_bytes[16] __attribute__((used));

static const char *single_percent(const char *text)
{
	static char plain[64];
	char *to = plain;

	for (const char *from = text; *from && to < plain + sizeof(plain) - 1; from++) {
		if (from[0] != '%' || from[1] != '%') {
			*to++ = *from;
		}
	}
	*to = '\0';
	return plain;
}

/* How the loads end differs with the tables; only these signals may come of them. */
#define SWEEP(reg, step)                                                                           \
	do {                                                                                       \
		unsigned odd = 0;                                                                  \
		for (unsigned i = 0; i < 0x10000; i += (step)) {                                   \
			ATTEMPT(__asm__ volatile("movl %0, %%" reg ::"r"(i)));                     \
			odd += attempt_signo && attempt_signo != SIGSEGV &&                        \
				attempt_signo != SIGBUS;                                           \
		}                                                                                  \
		printf(reg ": %u odd ones\n", odd);                                                \
	} while (0)

/* Asked of every selector. */
static void rights_read(void)
{
	unsigned long sum = 0;

	for (unsigned long i = 0; i < 0x10000; i++) {
		unsigned long rights = 0, limit = 0;

		__asm__ volatile("lar %1, %0" : "+r"(rights) : "r"(i) : "cc");
		__asm__ volatile("lsl %1, %0" : "+r"(limit) : "r"(i) : "cc");
		__asm__ volatile("verr %w0\n\tverw %w0" ::"r"(i) : "cc");
		sum += rights + limit;
	}
	printf("lar, lsl, verr, verw: %s\n", sum ? "done" : "nothing seen");
}

#endif
