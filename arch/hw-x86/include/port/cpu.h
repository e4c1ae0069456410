/*
 * port/cpu.h (hw-x86) - per-CPU base in GS and the CPU's own interrupt flag.
 *
 * Masking is cli, unmasking sti: what came in meanwhile is pending in the
 * interrupt controller and is taken before the instruction after the next
 * (arch/cpu.h, C1).
 */
#ifndef PORT_CPU_H
#define PORT_CPU_H

/* Offsets from the per-CPU base, for syscall.S; checked in user.c. */
#define PORT_CPU_KERNEL_RSP 16
#define PORT_CPU_USER_RSP   24

#define RFLAGS_IF (1 << 9)

#ifndef __ASSEMBLER__
#include <kernel/types.h>

struct cpu;
struct hw_descriptors;
struct mmu_aspace;

struct port_cpu {
	struct cpu *self; /* offset 0: %gs:0 */
	struct hw_descriptors *descriptors;
	vaddr_t kernel_rsp;	   /* where entries from user mode start, as in the TSS */
	vaddr_t user_rsp;	   /* the program's, while syscall.S has no register for it */
	struct mmu_aspace *loaded; /* NULL: as at boot, mmu_kernel */
};

typedef unsigned long irq_state_t; /* RFLAGS */

static inline struct cpu *cpu_this(void)
{
	struct cpu *self;

	__asm__ volatile("movq %%gs:0, %0" : "=r"(self));
	return self;
}

/* arch/cpu.h; one instruction each, so a thread that is moved reads or writes one CPU's. */
#define PORT_CPU_READ(offset, type)                                                                \
	({                                                                                         \
		type value_;                                                                       \
		__asm__ volatile("mov %%gs:%c1, %0" : "=r"(value_) : "i"(offset));                 \
		value_;                                                                            \
	})
#define PORT_CPU_ADD(offset, n)                                                                    \
	__asm__ volatile("addl %1, %%gs:%c0" : : "i"(offset), "i"(n) : "memory", "cc")

static inline unsigned long port_flags_read(void)
{
	unsigned long flags;

	__asm__ volatile("pushfq; popq %0" : "=r"(flags)::"memory");
	return flags;
}

static inline bool irq_is_enabled(void)
{
	return port_flags_read() & RFLAGS_IF;
}

static inline void irq_disable(void)
{
	__asm__ volatile("cli" ::: "memory");
}

static inline void irq_enable(void)
{
	__asm__ volatile("sti" ::: "memory");
}

static inline irq_state_t irq_save(void)
{
	irq_state_t state = port_flags_read();

	irq_disable();
	return state;
}

static inline void irq_restore(irq_state_t state)
{
	if (state & RFLAGS_IF) {
		irq_enable();
	}
}

static inline void cpu_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

#endif

#endif
