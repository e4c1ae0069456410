/*
 * x86/trap.h - traps: vectors, the common handler; the table that every port installs is traps.h.
 */
#ifndef X86_TRAP_H
#define X86_TRAP_H

#include <x86/frame.h>
#include <x86/traps.h>

enum {
	X86_TRAP_DEBUG = 1,
	X86_TRAP_NMI = 2,
	X86_TRAP_BREAKPOINT = 3,
	X86_TRAP_INVALID_OPCODE = 6,
	X86_TRAP_NO_FPU = 7,
	X86_TRAP_DOUBLE_FAULT = 8,
	X86_TRAP_SEGMENT_NOT_PRESENT = 11,
	X86_TRAP_STACK = 12,
	X86_TRAP_GP = 13,
	X86_TRAP_PAGE_FAULT = 14,
	X86_TRAP_X87 = 16,
	X86_TRAP_ALIGNMENT = 17,
	X86_TRAP_MACHINE_CHECK = 18,
	X86_TRAP_SIMD = 19,
};

#define X86_FAULT_PRESENT (1u << 0)
#define X86_FAULT_WRITE	  (1u << 1)
#define X86_FAULT_USER	  (1u << 2)
#define X86_FAULT_FETCH	  (1u << 4)

/*
 * Every trap that is not an interrupt comes here, interrupts masked as the
 * entry left them. `fault_address` is CR2 (or Xen's copy) for a page fault.
 */
void x86_trap(struct trap_frame *frame, vaddr_t fault_address);

/* Log all registers, on the way to a panic. */
void x86_registers_print(const struct trap_frame *frame);

/* The last trap that a fixup was for, of any CPU; kept in images with CONFIG_TOUR. */
extern struct trap_frame fixup_taken;

/* The address, if the frame came from user mode. Provided by the port. */
bool port_frame_is_user(const struct trap_frame *frame);

#endif
