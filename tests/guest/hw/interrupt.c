/* interrupt.c - interrupts through the IDT of ports that own one. */
#include <arch/clock.h>
#include <arch/cpu.h>
#include <kernel/ktest.h>
#include <kernel/timer.h>
#include <hw/descriptors.h>
#include <hw/interrupt.h>

#define VECTOR_TEST 0x60 /* nobody else's */
#define WAITS	    1000

static volatile unsigned count;

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
	interrupt_handler_set(VECTOR_TEST, "test", counting_handler);
	interrupt_raise();
	KTEST_EXPECT(count == 1);
	state = irq_save();
	interrupt_raise();
	irq_restore(state);
	KTEST_EXPECT(count == 1);
	interrupt_raise();
	KTEST_EXPECT(count == 2);
}

static volatile bool timer_is_over;

static void timer_over(struct timer *timer)
{
	timer_is_over = true;
}

/* As the CPU does for an interrupt of VECTOR_TEST that comes before the idle wait's hlt; then the rest of that wait. */
static void interrupt_before_halt(void)
{
	__asm__ volatile("leaq 1f(%%rip), %%rax\n\t"
			 "pushq %%rax\n\t" /* where idle_wait() returns to */
			 "movq %%rsp, %%rax\n\t"
			 "pushq %0\n\t"
			 "pushq %%rax\n\t"
			 "pushfq\n\t"
			 "orq $0x200, (%%rsp)\n\t"
			 "pushq %1\n\t"
			 "pushq $idle_halt\n\t"
			 "jmp vector_stubs + 16 * %c2\n"
			 "1:"
			 :
			 : "i"(SELECTOR_KERNEL_DATA), "i"(SELECTOR_KERNEL_CODE), "i"(VECTOR_TEST)
			 : "rax", "memory", "cc");
}

/* An interrupt that comes between sti and hlt ends the wait all the same (vectors.S). Others could end one wait, not many. */
KTEST(hw_interrupt_before_the_halt_ends_the_wait)
{
	struct timer timer;
	irq_state_t state;

	count = 0;
	timer_is_over = false;
	timer_init(&timer, timer_over);
	interrupt_handler_set(VECTOR_TEST, "test", counting_handler);
	timer_set(&timer, clock_now() + 60 * NSEC_PER_SEC); /* it ends a wait that hangs */
	state = irq_save();
	while (count < WAITS && !timer_is_over) {
		interrupt_before_halt();
	}
	KTEST_EXPECT(count == WAITS);
	irq_restore(state);
	timer_cancel_wait(&timer);
}
