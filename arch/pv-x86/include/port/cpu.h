/*
 * port/cpu.h (pv-x86) - per-CPU base and the virtual interrupt flag.
 *
 * Xen's interrupt flag is a byte in memory it shares with us: the second byte of
 * the vCPU's struct vcpu_info, which we place inside struct cpu, so that one
 * store relative to the per-CPU segment (<port/percpu.h>) masks. Unmasking must look whether something came in
 * meanwhile and, if so, take it (arch/cpu.h, C1).
 */
#ifndef PORT_CPU_H
#define PORT_CPU_H

#include <port/percpu.h>

/* Offsets from the per-CPU base; checked in cpu.c. */
#define PORT_CPU_SELF	    0
#define PORT_CPU_VCPU_INFO  64
#define PORT_UPCALL_PENDING 64
#define PORT_UPCALL_MASK    65

#ifndef __ASSEMBLER__
#include <arch/plain.h>
#include <kernel/types.h>

struct cpu;
struct mmu_aspace;

struct port_cpu {
	struct cpu *self;
	vaddr_t stack_limit;	    /* stack_check.c, S1 */
	unsigned vcpu_id;	    /* Xen's number of this vCPU */
	struct mmu_aspace *loaded;  /* address space, NULL: the boot tables */
	struct mmu_aspace *leaving; /* while the loading of `loaded` is queued */
	struct port_percpu width;   /* what this width keeps besides */
	/* Xen's struct vcpu_info: must not cross a page, hence the alignment. */
	uint8_t vcpu_info[64] __aligned(64);
} __aligned(128);

typedef bool irq_state_t; /* true: interrupts were on */

static inline struct cpu *cpu_this(void)
{
	struct cpu *self;

	__asm__ volatile("mov " PORT_PERCPU "%c1, %0" : "=r"(self) : "i"(PORT_CPU_SELF));
	return self;
}

/* arch/cpu.h; one instruction each, so a thread that is moved reads or writes one CPU's. */
#define PORT_CPU_READ(offset, type)                                                                \
	({                                                                                         \
		type value_;                                                                       \
		__asm__ volatile("mov " PORT_PERCPU "%c1, %0" : "=r"(value_) : "i"(offset));       \
		value_;                                                                            \
	})
#define PORT_CPU_ADD(offset, n)                                                                    \
	__asm__ volatile("addl %1, " PORT_PERCPU "%c0" : : "i"(offset), "i"(n) : "memory", "cc")

/* Handle what became pending while interrupts were masked, as the upcall would. */
void port_upcall_take(void);

static inline bool irq_is_enabled(void)
{
	uint8_t mask;

	__asm__ volatile("movb " PORT_PERCPU "%c1, %0" : "=q"(mask) : "i"(PORT_UPCALL_MASK));
	return !mask;
}

static inline void irq_disable(void)
{
	plain_count(PLAIN_MASK);
	__asm__ volatile("movb $1, " PORT_PERCPU "%c0" : : "i"(PORT_UPCALL_MASK) : "memory");
}

/* Unmask; whether something came in meanwhile, which Xen then does not tell. */
static inline bool port_upcall_unmask(void)
{
	uint8_t pending;

	plain_count(PLAIN_MASK);
	__asm__ volatile("movb $0, " PORT_PERCPU "%c0" : : "i"(PORT_UPCALL_MASK) : "memory");
	__asm__ volatile("movb " PORT_PERCPU "%c1, %0"
			 : "=q"(pending)
			 : "i"(PORT_UPCALL_PENDING)
			 : "memory");
	return pending;
}

static inline void irq_enable(void)
{
	if (unlikely(port_upcall_unmask())) {
		port_upcall_take();
	}
}

static inline irq_state_t irq_save(void)
{
	irq_state_t state = irq_is_enabled();

	irq_disable();
	return state;
}

static inline void irq_restore(irq_state_t state)
{
	if (state) {
		irq_enable();
	}
}

static inline void cpu_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}
#endif

#endif
