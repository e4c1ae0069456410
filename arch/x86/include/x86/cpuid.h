/*
 * x86/cpuid.h - CPU features by name: leaf, register and bit of CPUID (Intel SDM 2A; AMD APM 3, E).
 */
#ifndef X86_CPUID_H
#define X86_CPUID_H

#include <kernel/types.h>

enum cpuid_register { CPUID_EAX, CPUID_EBX, CPUID_ECX, CPUID_EDX };

struct cpuid_bit {
	uint32_t leaf;
	enum cpuid_register reg;
	unsigned bit;
};

#define CPUID_BIT(leaf, reg, bit) ((struct cpuid_bit){ (leaf), (reg), (bit) })

#define CPUID_TSC	    CPUID_BIT(1, CPUID_EDX, 4)
#define CPUID_MCE	    CPUID_BIT(1, CPUID_EDX, 7)
#define CPUID_APIC	    CPUID_BIT(1, CPUID_EDX, 9)
#define CPUID_PGE	    CPUID_BIT(1, CPUID_EDX, 13)
#define CPUID_CLFLUSH	    CPUID_BIT(1, CPUID_EDX, 19)
#define CPUID_SSE2	    CPUID_BIT(1, CPUID_EDX, 26)
#define CPUID_PCID	    CPUID_BIT(1, CPUID_ECX, 17)
#define CPUID_X2APIC	    CPUID_BIT(1, CPUID_ECX, 21)
#define CPUID_TSC_DEADLINE  CPUID_BIT(1, CPUID_ECX, 24)
#define CPUID_XSAVE	    CPUID_BIT(1, CPUID_ECX, 26)
#define CPUID_AVX	    CPUID_BIT(1, CPUID_ECX, 28)
#define CPUID_RDRAND	    CPUID_BIT(1, CPUID_ECX, 30)
#define CPUID_HYPERVISOR    CPUID_BIT(1, CPUID_ECX, 31)
#define CPUID_FSGSBASE	    CPUID_BIT(7, CPUID_EBX, 0)
#define CPUID_SMEP	    CPUID_BIT(7, CPUID_EBX, 7)
#define CPUID_ERMS	    CPUID_BIT(7, CPUID_EBX, 9)
#define CPUID_SMAP	    CPUID_BIT(7, CPUID_EBX, 20)
#define CPUID_UMIP	    CPUID_BIT(7, CPUID_ECX, 2)
#define CPUID_SYSCALL	    CPUID_BIT(0x80000001, CPUID_EDX, 11)
#define CPUID_NX	    CPUID_BIT(0x80000001, CPUID_EDX, 20)
#define CPUID_PAGE_1G	    CPUID_BIT(0x80000001, CPUID_EDX, 26)
#define CPUID_RDTSCP	    CPUID_BIT(0x80000001, CPUID_EDX, 27)
#define CPUID_LONG_MODE	    CPUID_BIT(0x80000001, CPUID_EDX, 29)
#define CPUID_TSC_INVARIANT CPUID_BIT(0x80000007, CPUID_EDX, 8)

/* Whether this CPU says it has the feature; false too when it lacks the leaf. */
bool cpu_has(struct cpuid_bit bit);

/* "GenuineIntel" and the like. */
#define CPU_VENDOR_SIZE 13
void cpu_vendor(char vendor[CPU_VENDOR_SIZE]);

#endif
