/* hw/interrupt.h - who handles which vector from 32 on. */
#ifndef HW_INTERRUPT_H
#define HW_INTERRUPT_H

#define VECTOR_FIRST	32
#define VECTOR_LEGACY	0x20 /* 8259, masked; its spurious interrupts still come here */
#define VECTOR_UART	0x30
#define VECTOR_SHARED	0x38 /* PCI devices of the bare machine */
#define VECTOR_TIMER	0x40
#define VECTOR_CPU	0x41 /* from another CPU */
#define VECTOR_XEN	0x50
#define VECTOR_SPURIOUS 0xff

#ifndef __ASSEMBLER__
/*
 * `handler` runs with interrupts masked, on the interrupted thread's stack, and
 * acknowledges the interrupt itself; the scheduler may switch after it.
 */
void interrupt_handler_set(unsigned vector, const char *name, void (*handler)(void));

/* For interrupt_source_for_each() of the bare machine: those with handlers. */
struct interrupt_source;
void interrupt_vector_for_each(
	void (*each)(const struct interrupt_source *source, void *arg), void *arg);

/*
 * Have `handler` called, interrupts masked, whenever a device that shares lines interrupts, and
 * open ISA line `irq`. native64 only. Boot, one at a time.
 */
void hw_irq_share(unsigned irq, void (*handler)(void *arg), void *arg);

/* vectors.S: unmask, wait for an interrupt, mask; and in it the hlt, and what is behind it. */
void idle_wait(void);
extern char idle_halt[], idle_halted[];
#endif

#endif
