/* interrupt.c - interrupts through the IDT of ports that own one. */
#include <arch/cpu.h>
#include <kernel/ktest.h>
#include <hw/interrupt.h>

#define VECTOR_TEST 0x60 /* nobody else's */

static unsigned count;

static void counting_handler(void)
{
	count++;
}

static void interrupt_raise(void)
{
	__asm__ volatile("int %0" : : "i"(VECTOR_TEST) : "memory");
}

/* None comes while they are masked: one that says so is the echo of another (vectors.S). */
KTEST(hw_interrupt_while_masked_is_an_echo)
{
	irq_state_t state;

	count = 0;
	interrupt_handler_set(VECTOR_TEST, counting_handler);
	interrupt_raise();
	KTEST_EXPECT(count == 1);
	state = irq_save();
	interrupt_raise();
	irq_restore(state);
	KTEST_EXPECT(count == 1);
	interrupt_raise();
	KTEST_EXPECT(count == 2);
}
