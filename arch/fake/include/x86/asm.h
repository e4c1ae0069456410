/* x86/asm.h (fake) - as on the machine, but time is the model's. */
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

/* The virtual counter; a due timer may interrupt here. */
uint64_t fake_tsc(void);

static inline uint64_t rdtsc(void)
{
	return fake_tsc();
}

static inline uint64_t rdtsc_ordered(void)
{
	return fake_tsc();
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

static inline uint64_t flags_read(void)
{
	uint64_t flags;

	__asm__ volatile("pushfq; popq %0" : "=r"(flags));
	return flags;
}

#endif
