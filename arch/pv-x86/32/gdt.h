/* gdt.h (pv32) - a descriptor table for each CPU; see gdt.c. */
#ifndef PV32_GDT_H
#define PV32_GDT_H

#include <kernel/types.h>

struct cpu;

/* The boot CPU's table, filled, still writable: part of the image. */
uint64_t *gdt_boot(void);

/* A table for a further CPU, which only Xen can write from now on. 0 or -ENOMEM. */
int gdt_make(struct cpu *cpu) __must_check;

#endif
