/*
 * apic.c - local APIC and I/O APIC (Intel SDM 3A, chapter 11; 82093AA data sheet).
 *
 * The 8259 pair is masked for good, at vectors where even its spurious interrupts
 * are no CPU trap's. The APICs' registers are reached through the direct
 * map, uncached; their frames were announced before the final tables were made.
 */
#include <arch/cpu.h>
#include <kernel/log.h>
#include <hw/control.h>
#include <hw/interrupt.h>
#include <hw/io.h>
#include <hw/paging.h>
#include "native.h"

#define PIC1_COMMAND 0x20
#define PIC1_DATA    0x21
#define PIC2_COMMAND 0xa0
#define PIC2_DATA    0xa1

enum {
	LAPIC_ID = 0x20,
	LAPIC_TASK_PRIORITY = 0x80,
	LAPIC_EOI = 0xb0,
	LAPIC_SPURIOUS = 0xf0,
	LAPIC_COMMAND = 0x300,
	LAPIC_COMMAND_TO = 0x310,
	LAPIC_LVT_TIMER = 0x320,
	LAPIC_TIMER_INITIAL = 0x380,
	LAPIC_TIMER_CURRENT = 0x390,
	LAPIC_TIMER_DIVIDE = 0x3e0,
};

#define LAPIC_ENABLE	   (1u << 8)
#define COMMAND_INIT	   0x4500u /* INIT, level asserted */
#define COMMAND_STARTUP	   0x4600u
#define COMMAND_FIXED	   0x4000u
#define COMMAND_PENDING	   (1u << 12)
#define LVT_MASKED	   (1u << 16)
#define LVT_TSC_DEADLINE   (2u << 17)
#define TIMER_DIVIDE_BY_16 3u
#define APIC_BASE_ENABLE   (UINT64_C(1) << 11)

/* I/O APIC: an index register, a data register behind it; redirection entries of two words each. */
#define IOAPIC_DATA	   (0x10 / 4)
#define IOAPIC_REDIRECTION 0x10
#define IOAPIC_LOW_ACTIVE  (1u << 13)
#define IOAPIC_LEVEL	   (1u << 15)

/* MPS INTI flags of an interrupt source override (ACPI 6.4, table 5.26): 3 means the unusual kind. */
#define INTI_POLARITY(flags) ((flags)&3)
#define INTI_TRIGGER(flags)  ((flags) >> 2 & 3)

static uint32_t lapic_read(unsigned reg)
{
	return *(volatile uint32_t *)((char *)phys_to_virt(acpi.lapic) + reg);
}

static void lapic_write(unsigned reg, uint32_t value)
{
	*(volatile uint32_t *)((char *)phys_to_virt(acpi.lapic) + reg) = value;
}

static void ioapic_write(unsigned index, uint32_t value)
{
	volatile uint32_t *ioapic = phys_to_virt(acpi.ioapic);

	ioapic[0] = index;
	ioapic[IOAPIC_DATA] = value;
}

void apic_acknowledge(void)
{
	lapic_write(LAPIC_EOI, 0);
}

/* A spurious interrupt was never in service: no acknowledgement (SDM 3A, 11.9). */
static void spurious_interrupt(void)
{
}

/* Initialization words 1 to 4 (8259A data sheet): edge, cascaded; vectors; the cascade's line; 8086 mode. */
static void pic_retire(void)
{
	outb(PIC1_COMMAND, 0x11);
	outb(PIC2_COMMAND, 0x11);
	outb(PIC1_DATA, VECTOR_LEGACY);
	outb(PIC2_DATA, VECTOR_LEGACY + 8);
	outb(PIC1_DATA, 1 << 2);
	outb(PIC2_DATA, 2);
	outb(PIC1_DATA, 1);
	outb(PIC2_DATA, 1);
	outb(PIC1_DATA, 0xff);
	outb(PIC2_DATA, 0xff);
}

void apic_cpu_init(void)
{
	msr_write(MSR_APIC_BASE, msr_read(MSR_APIC_BASE) | APIC_BASE_ENABLE);
	lapic_write(LAPIC_TASK_PRIORITY, 0);
	lapic_write(LAPIC_SPURIOUS, LAPIC_ENABLE | VECTOR_SPURIOUS);
}

uint8_t apic_id(void)
{
	return (uint8_t)(lapic_read(LAPIC_ID) >> 24);
}

/* Two registers make one command, and the one before must have left. */
static void command_send(uint8_t id, uint32_t command)
{
	irq_state_t irq = irq_save();

	while (lapic_read(LAPIC_COMMAND) & COMMAND_PENDING) {
		cpu_relax();
	}
	lapic_write(LAPIC_COMMAND_TO, (uint32_t)id << 24);
	lapic_write(LAPIC_COMMAND, command);
	irq_restore(irq);
}

void apic_send(uint8_t id, unsigned vector)
{
	command_send(id, COMMAND_FIXED | vector);
}

void apic_send_init(uint8_t id)
{
	command_send(id, COMMAND_INIT);
}

void apic_send_startup(uint8_t id, uint8_t page)
{
	command_send(id, COMMAND_STARTUP | page);
}

void apic_init(void)
{
	pic_retire();
	interrupt_handler_set(VECTOR_SPURIOUS, "spurious", spurious_interrupt);
	apic_cpu_init();
	log_info("apic: local at %#lx, i/o at %#lx, %u cpu(s)", acpi.lapic, acpi.ioapic,
		acpi.cpu_count);
}

void apic_isa_route(unsigned irq, unsigned vector)
{
	uint32_t gsi = irq, low = vector;
	unsigned index;

	if (acpi.isa[irq].valid) {
		gsi = acpi.isa[irq].gsi;
		low |= INTI_POLARITY(acpi.isa[irq].flags) == 3 ? IOAPIC_LOW_ACTIVE : 0;
		low |= INTI_TRIGGER(acpi.isa[irq].flags) == 3 ? IOAPIC_LEVEL : 0;
	}
	index = IOAPIC_REDIRECTION + 2 * (gsi - acpi.ioapic_gsi);
	ioapic_write(index + 1, lapic_read(LAPIC_ID) & 0xff000000); /* destination, the same bits */
	ioapic_write(index, low);
}

void apic_timer_mode(bool tsc_deadline, unsigned vector)
{
	lapic_write(LAPIC_TIMER_DIVIDE, TIMER_DIVIDE_BY_16);
	lapic_write(LAPIC_LVT_TIMER,
		vector ? vector | (tsc_deadline ? LVT_TSC_DEADLINE : 0) : LVT_MASKED);
}

void apic_timer_start(uint32_t count)
{
	lapic_write(LAPIC_TIMER_INITIAL, count);
}

uint32_t apic_timer_left(void)
{
	return lapic_read(LAPIC_TIMER_CURRENT);
}
