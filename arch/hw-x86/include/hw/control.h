/* hw/control.h - control registers and MSRs; ring 0 only (Intel SDM 3A, 2.5; AMD APM 2, 3). */
#ifndef HW_CONTROL_H
#define HW_CONTROL_H

#define CR0_PE		   (1 << 0)
#define CR0_MP		   (1 << 1)
#define CR0_NE		   (1 << 5)
#define CR0_WP		   (1 << 16)
#define CR0_AM		   (1 << 18)
#define CR0_PG		   (1 << 31)
#define DR6_STEP	   (1 << 14)
#define CR4_PAE		   (1 << 5)
#define CR4_MCE		   (1 << 6)
#define CR4_PGE		   (1 << 7)
#define CR4_UMIP	   (1 << 11)
#define CR4_SMEP	   (1 << 20)
#define CR4_SMAP	   (1 << 21)
#define EFER_SCE	   (1 << 0)
#define EFER_LME	   (1 << 8)
#define EFER_LMA	   (1 << 10)
#define EFER_NXE	   (1 << 11)
#define MSR_APIC_BASE	   0x1b
#define MSR_TSC_DEADLINE   0x6e0
#define CR0_EM		   (1 << 2)
#define CR0_TS		   (1 << 3)
#define CR4_OSFXSR	   (1 << 9)
#define CR4_OSXMMEXCPT	   (1 << 10)
#define CR4_OSXSAVE	   (1 << 18)
#define MSR_EFER	   0xc0000080
#define MSR_STAR	   0xc0000081
#define MSR_LSTAR	   0xc0000082
#define MSR_CSTAR	   0xc0000083
#define MSR_SFMASK	   0xc0000084
#define MSR_FS_BASE	   0xc0000100
#define MSR_KERNEL_GS_BASE 0xc0000102
#define MSR_GS_BASE	   0xc0000101

#ifndef __ASSEMBLER__
#include <kernel/types.h>

static inline uint64_t msr_read(uint32_t msr)
{
	uint32_t lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (uint64_t)hi << 32 | lo;
}

static inline void msr_write(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr" ::"c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
			 : "memory");
}

static inline uint64_t cr2_read(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr2, %0" : "=r"(value));
	return value;
}

static inline uint64_t cr3_read(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr3, %0" : "=r"(value)::"memory");
	return value;
}

static inline void cr3_write(uint64_t value)
{
	__asm__ volatile("movq %0, %%cr3" ::"r"(value) : "memory");
}

static inline uint64_t cr0_read(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr0, %0" : "=r"(value));
	return value;
}

static inline void cr0_write(uint64_t value)
{
	__asm__ volatile("movq %0, %%cr0" ::"r"(value) : "memory");
}

static inline uint64_t dr6_read(void)
{
	uint64_t value;

	__asm__ volatile("movq %%dr6, %0" : "=r"(value));
	return value;
}

static inline void dr6_write(uint64_t value)
{
	__asm__ volatile("movq %0, %%dr6" ::"r"(value));
}

static inline uint64_t cr4_read(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr4, %0" : "=r"(value));
	return value;
}

static inline void cr4_write(uint64_t value)
{
	__asm__ volatile("movq %0, %%cr4" ::"r"(value) : "memory");
}

static inline void tlb_drop_page(uint64_t va)
{
	__asm__ volatile("invlpg (%0)" ::"r"(va) : "memory");
}

/* Global entries included: toggling CR4.PGE drops them (SDM 3A, 4.10.4.1). */
static inline void tlb_drop_all(void)
{
	uint64_t cr4 = cr4_read();

	cr4_write(cr4 & ~(uint64_t)CR4_PGE);
	cr4_write(cr4);
}

/* Mask interrupts and stop for good. */
static inline void __noreturn cpu_stop(void)
{
	for (;;) {
		__asm__ volatile("cli; hlt" ::: "memory");
	}
}
#endif

#endif
