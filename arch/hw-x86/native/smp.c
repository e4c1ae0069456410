/*
 * smp.c (native64) - starting further CPUs of a PC, and interrupting them
 * (Intel SDM 3A, 8.4 and 11.6; AMD APM 2, 16.5).
 *
 * A CPU that was told INIT waits; a start-up message names a page below 1 MiB
 * where it begins in real mode. trampoline.S is copied there. One CPU starts at
 * a time, so what it needs to know stands in one place.
 */
#include <arch/boot.h>
#include <arch/mmu.h>
#include <kernel/errno.h>
#include <kernel/smp.h>
#include <kernel/string.h>
#include <kernel/thread.h>
#include <hw/interrupt.h>
#include <hw/paging.h>
#include <hw/start.h>
#include <x86/stack.h>
#include "native.h"

#define START_PAGE   8u /* anywhere in RAM but page 0, which has real mode's vectors */
#define INIT_TIME    (10 * NSEC_PER_MSEC)
#define STARTUP_TIME (200 * NSEC_PER_USEC)

extern const char trampoline[], trampoline_end[];

/* trampoline.S loads these, in this order. */
struct trampoline_start {
	uint64_t root, stack;
	struct cpu *cpu;
};
extern struct trampoline_start trampoline_start;

static uint8_t ids[CONFIG_NR_CPUS];

/* The lowest MiB is the port's (start_info.c), and nothing in it is looked at any more. */
static uint8_t page_find(void)
{
	for (unsigned i = 0; i < boot_info.region_count; i++) {
		const struct boot_region *r = &boot_info.regions[i];

		if (r->kind == REGION_PLATFORM && r->start.n <= START_PAGE &&
			r->start.n + r->count > START_PAGE) {
			return START_PAGE;
		}
	}
	return 0;
}

/* The kernel's numbers: this CPU first, then the others as the firmware lists them. */
static void ids_assign(void)
{
	unsigned count = 1;

	ids[0] = apic_id();
	for (unsigned i = 0; i < MIN(acpi.cpu_count, (unsigned)CONFIG_NR_CPUS); i++) {
		if (acpi.apic_ids[i] != ids[0] && count < CONFIG_NR_CPUS) {
			ids[count++] = acpi.apic_ids[i];
		}
	}
}

static void cpu_interrupt(void)
{
	apic_acknowledge();
	smp_poll();
}

void smp_interrupts_init(void)
{
	ids_assign();
	interrupt_handler_set(VECTOR_CPU, "cpu", cpu_interrupt);
}

static bool is_running(const struct cpu *cpu)
{
	return smp_running() & cpu_bit(cpu->id);
}

int smp_cpu_start(struct cpu *cpu)
{
	uint8_t page = page_find();
	int err = page ? hw_cpu_prepare(cpu) : -ENOSYS;

	if (err) {
		return err;
	}
	trampoline_start = (struct trampoline_start){ mmu_kernel.root.n << PAGE_SHIFT,
		stack_of(cpu->current).end, cpu };
	memcpy(phys_to_virt((uint64_t)page << PAGE_SHIFT), trampoline,
		(size_t)(trampoline_end - trampoline));
	apic_send_init(ids[cpu->id]);
	thread_sleep(INIT_TIME);
	for (unsigned tries = 0; tries < 2 && !is_running(cpu); tries++) {
		apic_send_startup(ids[cpu->id], page);
		thread_sleep(STARTUP_TIME);
	}
	return 0;
}

void smp_interrupt(struct cpu *cpu)
{
	apic_send(ids[cpu->id], VECTOR_CPU);
}

/* A real CPU gives nothing to others by waiting. */
void smp_yield(void)
{
	cpu_relax();
}

void smp_kick_forget(void)
{
}

void smp_kick_wait(void)
{
	cpu_relax();
}

void smp_kick(struct cpu *cpu)
{
}
