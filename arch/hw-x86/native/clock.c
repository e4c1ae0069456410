/*
 * clock.c - time on a bare machine: the TSC counts, the local APIC's timer interrupts.
 *
 * The TSC's rate is measured once against channel 2 of the 8254, whose rate is
 * fixed; the timer's against the TSC. Time 0 is the kernel's first instruction.
 *
 * The CPUs' counters start together at reset and run at one rate, but are not
 * read at one moment: what has been given out on one CPU is the least that
 * others may give.
 *
 * Before the measurement clock_now() is 0: nothing sleeps that early, and the
 * log's first lines carry no time.
 */
#include <arch/clock.h>
#include <arch/cpu.h>
#include <kernel/log.h>
#include <kernel/timer.h>
#include <hw/control.h>
#include <hw/interrupt.h>
#include <hw/io.h>
#include <hw/start.h>
#include <x86/asm.h>
#include <x86/clock_page.h>
#include <x86/cpuid.h>
#include "native.h"

#define PIT_HZ		1193182u
#define PIT_CHANNEL2	0x42
#define PIT_COMMAND	0x43
#define PIT_ONE_SHOT2	0xb0 /* channel 2, both bytes, mode 0: output rises at terminal count */
#define PORT_B		0x61
#define PORT_B_GATE2	(1 << 0)
#define PORT_B_SPEAKER	(1 << 1)
#define PORT_B_OUT2	(1 << 5)
#define MEASURE_TICKS	(PIT_HZ / 100)
#define MEASURE_GIVE_UP 10000000u /* polls of a port: seconds, where there is no 8254 */
#define MEASURE_TIMER	(NSEC_PER_SEC / 100)
#define SHIFT		24

/* Fixed-point rates: a * rate >> SHIFT. */
static uint64_t nsec_per_tsc, tsc_per_nsec;
static uint64_t timer_per_nsec; /* 0: TSC deadline mode */
static uint64_t tsc_khz;
static nsec_t wall_at_boot;

/* Without losing the high bits of the product. */
static uint64_t scale(uint64_t a, uint64_t rate)
{
	return (uint64_t)((unsigned __int128)a * rate >> SHIFT);
}

/* A counter that is a little behind the one that boot_tsc was read from stands at 0. */
static nsec_t now_here(void)
{
	int64_t ticks = (int64_t)(rdtsc_ordered() - boot_tsc);

	return ticks > 0 ? scale((uint64_t)ticks, nsec_per_tsc) : 0;
}

static nsec_t never_back(nsec_t now)
{
	static nsec_t last_given;
	nsec_t last = __atomic_load_n(&last_given, __ATOMIC_RELAXED);

	while (now > last) {
		if (__atomic_compare_exchange_n(
			    &last_given, &last, now, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
			return now;
		}
	}
	return last;
}

nsec_t clock_now(void)
{
	return acpi.cpu_count > 1 ? never_back(now_here()) : now_here();
}

nsec_t clock_wall(void)
{
	return READ_ONCE(wall_at_boot) + clock_now();
}

/* Programs tell the time by the same formula and the same numbers. */
static void page_fill(void)
{
	irq_state_t irq = irq_save();

	while (!clock_page_change_begin()) {
		cpu_relax();
	}
	clock_page->tsc = boot_tsc;
	clock_page->rate = nsec_per_tsc;
	clock_page->shift = SHIFT;
	clock_page->ticks_max = INT64_MAX / 2;
	clock_page->wall = wall_at_boot;
	clock_page->is_in_use = true;
	clock_page_change_end();
	irq_restore(irq);
}

void clock_wall_set(nsec_t wall)
{
	WRITE_ONCE(wall_at_boot, wall - clock_now());
	page_fill();
}

/* TSC ticks while the 8254 counts MEASURE_TICKS; 0 when it never finishes. */
static uint64_t measure(void)
{
	uint64_t start;

	outb(PORT_B, (inb(PORT_B) & ~PORT_B_SPEAKER) | PORT_B_GATE2);
	outb(PIT_COMMAND, PIT_ONE_SHOT2);
	outb(PIT_CHANNEL2, MEASURE_TICKS & 0xff);
	outb(PIT_CHANNEL2, MEASURE_TICKS >> 8);
	start = rdtsc_ordered();
	for (unsigned polls = 0; polls < MEASURE_GIVE_UP; polls++) {
		if (inb(PORT_B) & PORT_B_OUT2) {
			return rdtsc_ordered() - start;
		}
	}
	return 0;
}

void clock_calibrate(void)
{
	uint64_t ticks = measure();

	if (!ticks) {
		boot_refuse("no 8254 to measure the time-stamp counter with");
	}
	tsc_khz = ticks * PIT_HZ / MEASURE_TICKS / 1000;
	nsec_per_tsc = (NSEC_PER_MSEC << SHIFT) / tsc_khz;
	tsc_per_nsec = (tsc_khz << SHIFT) / NSEC_PER_MSEC;
	wall_at_boot = rtc_read() - clock_now();
}

static void timer_handler(void)
{
	apic_acknowledge();
	timer_interrupt();
}

void clock_event_cpu_init(void)
{
	apic_timer_mode(!timer_per_nsec, VECTOR_TIMER);
}

void clock_event_init(void)
{
	nsec_t start;
	uint64_t ticks;

	clock_page_init();
	page_fill();
	interrupt_handler_set(VECTOR_TIMER, "timer", timer_handler);
	if (cpu_has(CPUID_TSC_DEADLINE)) {
		apic_timer_mode(true, VECTOR_TIMER);
		return;
	}
	apic_timer_mode(false, 0);
	start = clock_now();
	apic_timer_start(UINT32_MAX);
	while (clock_now() - start < MEASURE_TIMER) {
		cpu_relax();
	}
	ticks = UINT32_MAX - apic_timer_left();
	timer_per_nsec = (ticks << SHIFT) / MAX(clock_now() - start, UINT64_C(1));
	apic_timer_start(0);
	apic_timer_mode(false, VECTOR_TIMER);
	if (!timer_per_nsec) {
		boot_refuse("the local APIC's timer does not count");
	}
}

static void clock_event_stop(void)
{
	if (timer_per_nsec) {
		apic_timer_start(0);
	} else {
		msr_write(MSR_TSC_DEADLINE, 0);
	}
}

void clock_event_set(nsec_t deadline)
{
	nsec_t now = clock_now(), span = deadline > now ? deadline - now : 0;

	if (deadline == CLOCK_NEVER) {
		clock_event_stop();
	} else if (timer_per_nsec) {
		/* Further away than the counter reaches: early, which the contract allows. */
		apic_timer_start((uint32_t)MIN(scale(span, timer_per_nsec) + 1, UINT32_MAX));
	} else {
		msr_write(MSR_TSC_DEADLINE, rdtsc() + scale(span, tsc_per_nsec) + 1);
	}
}

nsec_t clock_stolen(unsigned cpu)
{
	return 0;
}

const char *clock_describe(char *buf, size_t size)
{
	fmt_print(buf, size, "tsc %lu kHz, events by %s", tsc_khz,
		timer_per_nsec ? "local apic timer" : "tsc deadline");
	return buf;
}
