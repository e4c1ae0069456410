/*
 * port/percpu.h (pv32) - the segment that holds per-CPU data: FS, through a descriptor of the CPU's own
 * table (32/gdt.c). For <port/cpu.h> only.
 */
#ifndef PORT_PERCPU_H
#define PORT_PERCPU_H

#define PORT_STACK_LIMIT 4
#define PORT_CR2	 72

/* Entries of the table: Linux's numbers, programs know those of their thread-local data. */
#define GDT_PERCPU    1
#define GDT_TLS_FIRST 6
#define GDT_TLS_COUNT 3

/* The selector of GDT_PERCPU, for ring 1. */
#define PORT_PERCPU_SELECTOR 0x09

#ifndef __ASSEMBLER__
#include <kernel/types.h>

#define PORT_PERCPU "%%fs:"

struct port_percpu {
	uint64_t *gdt;		     /* a page that Xen writes only; in the direct map */
	uint64_t tls[GDT_TLS_COUNT]; /* what it holds of the program that ran last */
};
#endif

#endif
