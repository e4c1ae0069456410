/*
 * port/cpu.h (pv-x86) - per-CPU base and the virtual interrupt flag.
 *
 * Xen's interrupt flag is a byte in shared memory, vcpu_info.evtchn_upcall_mask;
 * masking is a plain store. Unmasking must look whether something came in
 * meanwhile and, if so, ask for the upcall (arch/cpu.h, C1).
 */
#ifndef PORT_CPU_H
#define PORT_CPU_H

#include <kernel/types.h>

struct cpu;

/* The two bytes of Xen's struct vcpu_info that masking needs; checked against <xen/xen.h> in cpu.c. */
struct port_vcpu_flags {
	volatile uint8_t upcall_pending;
	volatile uint8_t upcall_mask;
};

struct port_cpu {
	struct cpu *self; /* offset 0: %gs:0 */
	struct port_vcpu_flags *vcpu;
	unsigned vcpu_id; /* Xen's number of this vCPU */
};

typedef bool irq_state_t; /* true: interrupts were on */

static inline struct cpu *cpu_this(void)
{
	struct cpu *self;

	__asm__("movq %%gs:0, %0" : "=r"(self));
	return self;
}

static inline struct port_vcpu_flags *port_vcpu_flags(void)
{
	struct port_vcpu_flags *flags;

	__asm__("movq %%gs:8, %0" : "=r"(flags));
	return flags;
}

/* Take the upcall that became pending while masked: the kernel enters its own upcall handler. */
void port_upcall_pending(void);

static inline bool irq_is_enabled(void)
{
	return !port_vcpu_flags()->upcall_mask;
}

static inline void irq_disable(void)
{
	port_vcpu_flags()->upcall_mask = 1;
	barrier();
}

static inline void irq_enable(void)
{
	struct port_vcpu_flags *flags = port_vcpu_flags();

	barrier();
	flags->upcall_mask = 0;
	barrier();
	if (unlikely(flags->upcall_pending)) {
		port_upcall_pending();
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
