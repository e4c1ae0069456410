/* fake/fault.h - between the host's signal handler and the fake port. */
#ifndef FAKE_FAULT_H
#define FAKE_FAULT_H

#include <stdbool.h>
#include <stdint.h>

struct fake_registers {
	uint64_t r15, r14, r13, r12, rbp, rbx, rax, rcx, rdx, rsi, rdi, rip, rsp;
	uint64_t error_code; /* of the page fault, as the CPU gave it */
	uint64_t address;
};

/* Have faults of kernel code come to fake_fault(). May be called again. */
void fake_faults_catch(void);

/* Any access to this page faults. */
void fake_page_forbid(void *page);

/* A fault outside the model. Returns with a new rip, or does not return. */
void fake_fault(struct fake_registers *regs);

/* The model is running: its faults are its own. */
bool fake_is_in_model(void);

#endif
