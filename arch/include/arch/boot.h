/*
 * arch/boot.h - contract: what the port found at boot, bring-up steps, and the end.
 *
 * Order of a boot, see kernel/core/main.c:
 *   the port's entry code -> kernel_main() with interrupts masked, on the boot
 *   stack, cpu_this() valid, boot_info filled, the direct map complete,
 *   early console output working.
 */
#ifndef ARCH_BOOT_H
#define ARCH_BOOT_H

#include <kernel/types.h>
#include <kernel/machine.h>

#define BOOT_REGIONS_MAX 32

enum boot_region_kind { REGION_FREE, REGION_KERNEL, REGION_MODULE, REGION_TABLES, REGION_PLATFORM };

struct boot_region {
	pfn_t start;
	unsigned long count; /* frames */
	enum boot_region_kind kind;
};

struct boot_info {
	const char *command_line; /* NUL-terminated, stays valid */
	/* Ascending, not overlapping; frames in no region are holes. Only REGION_FREE goes to the allocator. */
	struct boot_region regions[BOOT_REGIONS_MAX];
	unsigned region_count;
	pfn_t limit;		  /* one past the last frame in any region */
	const void *module;	  /* initial ramdisk, NULL when there is none */
	size_t module_len;	  /* bytes */
	unsigned cpus_present;	  /* virtual CPUs the domain has */
	nsec_t first_instruction; /* clock_now() value that stands for the first instruction */
	const char *port;	  /* "pv64", "pvh64", "native64", "fake" */
};

extern struct boot_info boot_info;

/* The portable kernel; every port's entry code ends by calling it. */
void kernel_main(void) __noreturn;

/*
 * Called by kernel_main() in this order:
 *   port_init_traps     before anything can fault; log works
 *   port_init_late      allocators work: batches, interrupt controllers, clock; the W^X map is final
 *   port_init_devices   threads and timers run, interrupts on: buses and drivers
 */
void port_init_traps(void);
void port_init_late(void);
void port_init_devices(void);

/* Log what the machine is: hypervisor and version, features, environment. */
void port_describe(void);

/* End the machine. For MACHINE_CRASH the toolstack learns that it crashed. Log is drained already. */
void port_machine_end(enum machine_end how) __noreturn;

#endif
