/*
 * hw/descriptors.h - selectors, and what a CPU's descriptor tables need from others.
 *
 * The order of the selectors is what SYSCALL and SYSRET want (AMD APM 2, 6.1):
 * kernel code, kernel data; user 32-bit code, user data, user 64-bit code.
 */
#ifndef HW_DESCRIPTORS_H
#define HW_DESCRIPTORS_H

#define SELECTOR_KERNEL_CODE 0x08
#define SELECTOR_KERNEL_DATA 0x10
#define SELECTOR_USER_CODE32 0x1b
#define SELECTOR_USER_DATA   0x23
#define SELECTOR_USER_CODE   0x2b
#define SELECTOR_TSS	     0x30

#ifndef __ASSEMBLER__
#include <kernel/types.h>

struct cpu;

/* The boot CPU's tables, loaded; also sets GS base. Before it nothing may use cpu_this(). */
void descriptors_init(void);

/* Tables for a further CPU, in cpu->port. 0 or -ENOMEM. */
int descriptors_make(struct cpu *cpu) __must_check;
/* On that CPU: load them, and GS base. */
void descriptors_load(struct cpu *cpu, vaddr_t kernel_stack);

/* The stack on which this CPU enters the kernel from user mode. */
void descriptors_kernel_stack_set(vaddr_t top);
#endif

#endif
