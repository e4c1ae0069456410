/* native.h - what the files of the bare port want from each other. */
#ifndef NATIVE_H
#define NATIVE_H

#include <kernel/types.h>

/* ---- acpi.c: the few facts taken from the firmware's tables ----------- */

#define ACPI_OVERRIDES 16

struct acpi_facts {
	unsigned cpu_count;		  /* in use or not */
	uint8_t apic_ids[CONFIG_NR_CPUS]; /* of the first of them */
	uint64_t lapic;			  /* physical */
	uint64_t ioapic;     /* physical, of the one that serves the ISA interrupts; 0: none */
	uint32_t ioapic_gsi; /* its first global interrupt number */
	struct {
		bool valid;
		uint32_t gsi;
		uint16_t flags; /* polarity and trigger mode, MPS INTI */
	} isa[ACPI_OVERRIDES];	/* by ISA interrupt */
	bool has_s5;
	uint16_t pm1a_control; /* port */
	uint8_t s5_type;       /* SLP_TYPa of S5 */
};
extern struct acpi_facts acpi;

/* Fill `acpi` from the tables at `rsdp_address`, physical; the PC's fixed addresses where they say nothing. Early tables. */
void acpi_probe(uint64_t rsdp_address);

/* ---- apic.c ----------------------------------------------------------- */

void apic_init(void);
/* The local APIC of this CPU, a further one. */
void apic_cpu_init(void);
/* This CPU's number among APICs. */
uint8_t apic_id(void);
/* Interrupt another CPU. Any context. */
void apic_send(uint8_t id, unsigned vector);
/* Have a CPU wait for a start, and start it at physical address `page` << 12 (Intel SDM 3A, 8.4.4). */
void apic_send_init(uint8_t id);
void apic_send_startup(uint8_t id, uint8_t page);
/* Deliver ISA interrupt `irq` to this CPU as `vector`. */
void apic_isa_route(unsigned irq, unsigned vector);
void apic_acknowledge(void);

/* ---- clock.c, rtc.c --------------------------------------------------- */

/* Measure the TSC: clock_now() counts from then on. */
void clock_calibrate(void);
/* Measure the local APIC's timer, and let it raise VECTOR_TIMER. */
void clock_event_init(void);
/* The same event on a further CPU, by itself. */
void clock_event_cpu_init(void);
/* LAPIC timer, in apic.c: one shot after `count` ticks of the bus clock / 16, 0 stops; what is left. */
void apic_timer_start(uint32_t count);
uint32_t apic_timer_left(void);
void apic_timer_mode(bool tsc_deadline, unsigned vector);

/* Nanoseconds since 1970 UTC from the CMOS clock, to the second. */
nsec_t rtc_read(void);

/* ---- smp.c --------------------------------------------------------------- */

/* Other CPUs' interrupts arrive from now on. */
void smp_interrupts_init(void);

/* ---- foreign.c: this image under Xen ---------------------------------- */

/* Whether there is a Xen; if so the log goes to its console from now on. */
bool foreign_xen_find(void);
/* Power the domain off; returns where there is no Xen. */
void foreign_xen_shutdown(void);

#endif
