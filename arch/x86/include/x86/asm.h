/* x86/asm.h - instructions without a C spelling, one inline function each. */
#ifndef X86_ASM_H
#define X86_ASM_H

#include <kernel/types.h>

static inline void cpuid(
	uint32_t leaf, uint32_t subleaf, uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
	__asm__ volatile("cpuid"
			 : "=a"(*a), "=b"(*b), "=c"(*c), "=d"(*d)
			 : "a"(leaf), "c"(subleaf));
}

static inline uint64_t rdtsc(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return ((uint64_t)hi << 32) | lo;
}

/* As rdtsc(), not executed before earlier loads. */
static inline uint64_t rdtsc_ordered(void)
{
	__asm__ volatile("lfence" ::: "memory");
	return rdtsc();
}

/* No later load is executed before earlier instructions are through. */
static inline void load_fence(void)
{
	__asm__ volatile("lfence" ::: "memory");
}

static inline unsigned cs_read(void)
{
	unsigned cs;

	__asm__ volatile("mov %%cs, %0" : "=r"(cs));
	return cs;
}

static inline unsigned long flags_read(void)
{
	unsigned long flags;

	__asm__ volatile("pushf; pop %0" : "=r"(flags));
	return flags;
}

#endif
