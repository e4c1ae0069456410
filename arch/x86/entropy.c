/* entropy.c - RDSEED and RDRAND, where the processor has them (Intel SDM 1, 7.3.17; AMD APM 3). */
#include <arch/entropy.h>
#include <kernel/string.h>
#include <x86/cpuid.h>

#define CPUID_RDSEED CPUID_BIT(7, CPUID_EBX, 18)
#define TRIES	     10 /* Intel: RDRAND that fails ten times in a row is broken */

static bool rdrand(unsigned long *value)
{
	bool ok;

	__asm__ volatile("rdrand %0" : "=r"(*value), "=@ccc"(ok));
	return ok;
}

static bool rdseed(unsigned long *value)
{
	bool ok;

	__asm__ volatile("rdseed %0" : "=r"(*value), "=@ccc"(ok));
	return ok;
}

/* All ones or all zeros is what broken processors say with success. */
static bool word_get(bool (*source)(unsigned long *value), unsigned long *value)
{
	for (unsigned i = 0; i < TRIES; i++) {
		if (source(value) && *value != 0 && *value != ~0ul) {
			return true;
		}
	}
	return false;
}

size_t arch_entropy(void *buf, size_t len)
{
	bool has_seed = cpu_has(CPUID_RDSEED), has_rand = cpu_has(CPUID_RDRAND);
	size_t done = 0;

	while (done < len) {
		unsigned long value;
		size_t part = MIN(len - done, sizeof(value));

		if (!(has_seed && word_get(rdseed, &value)) &&
			!(has_rand && word_get(rdrand, &value))) {
			break;
		}
		memcpy((char *)buf + done, &value, part);
		done += part;
	}
	return done;
}
