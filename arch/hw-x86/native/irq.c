/*
 * irq.c - interrupts of PCI devices, which share lines.
 *
 * All lines come in at one vector: who shares a line has to ask its device anyway. The firmware
 * has chosen the lines; they are level-triggered, so a device that nobody asks would interrupt
 * for ever: a line is opened when its first user is there.
 */
#include <arch/interrupt.h>
#include <hw/interrupt.h>
#include <kernel/log.h>
#include "native.h"

#define USERS_MAX 16u
#define ISA_IRQS  16u

static struct {
	void (*handler)(void *arg);
	void *arg;
} users[USERS_MAX];
static unsigned user_count;

static void shared_interrupt(void)
{
	for (unsigned i = 0; i < user_count; i++) {
		users[i].handler(users[i].arg);
	}
	apic_acknowledge();
}

void interrupt_source_for_each(
	void (*each)(const struct interrupt_source *source, void *arg), void *arg)
{
	interrupt_vector_for_each(each, arg);
}

void hw_irq_share(unsigned irq, void (*handler)(void *arg), void *arg)
{
	if (irq >= ISA_IRQS || user_count == USERS_MAX) {
		log_err("irq: line %u cannot be used", irq);
		return;
	}
	users[user_count].handler = handler;
	users[user_count].arg = arg;
	__atomic_store_n(&user_count, user_count + 1, __ATOMIC_RELEASE);
	interrupt_handler_set(VECTOR_SHARED, "pci", shared_interrupt);
	apic_isa_route(irq, VECTOR_SHARED);
}
