/*
 * port/cpu.h (fake) - the one CPU, and its virtual interrupt flag as on pv64.
 *
 * The mask and pending bytes lie in struct vcpu_info, which the model moves
 * into struct cpu; unmasking takes what came in meanwhile (arch/cpu.h, C1).
 */
#ifndef PORT_CPU_H
#define PORT_CPU_H

/* Offsets, checked in arch/pv-x86/cpu.c as for pv64. */
#define PORT_CPU_SELF	    0
#define PORT_CPU_VCPU_INFO  64
#define PORT_UPCALL_PENDING 64
#define PORT_UPCALL_MASK    65

#include <port/percpu.h>

#ifndef __ASSEMBLER__
#include <kernel/types.h>

struct cpu;
struct mmu_aspace;

struct port_cpu {
	struct cpu *self;
	vaddr_t stack_limit; /* unused: guard pages are enough here */
	unsigned vcpu_id;
	struct mmu_aspace *loaded;
	struct mmu_aspace *leaving; /* while the loading of `loaded` is queued */
	struct port_percpu width;
	volatile uint8_t vcpu_info[64] __aligned(64);
} __aligned(128);

typedef bool irq_state_t; /* true: interrupts were on */

extern struct cpu *const fake_cpu;

static inline struct cpu *cpu_this(void)
{
	return fake_cpu;
}

/* arch/cpu.h */
#define PORT_CPU_READ(offset, type) (*(__typeof__(type) volatile *)((uint8_t *)fake_cpu + (offset)))
#define PORT_CPU_ADD(offset, n)                                                                    \
	(*(volatile unsigned *)((uint8_t *)fake_cpu + (offset)) += (unsigned)(n))

void port_upcall_take(void);

static inline volatile uint8_t *fake_vcpu_info(void)
{
	return ((struct port_cpu *)fake_cpu)->vcpu_info;
}

static inline bool irq_is_enabled(void)
{
	return !fake_vcpu_info()[PORT_UPCALL_MASK - PORT_CPU_VCPU_INFO];
}

static inline void irq_disable(void)
{
	fake_vcpu_info()[PORT_UPCALL_MASK - PORT_CPU_VCPU_INFO] = 1;
	barrier();
}

static inline void irq_enable(void)
{
	barrier();
	fake_vcpu_info()[PORT_UPCALL_MASK - PORT_CPU_VCPU_INFO] = 0;
	barrier();
	if (unlikely(fake_vcpu_info()[0])) {
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

/* Time passes, and whoever the caller waits for gets to act. */
void fake_relax(void);

static inline void cpu_relax(void)
{
	fake_relax();
}
#endif

#endif
