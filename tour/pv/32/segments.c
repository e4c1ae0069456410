/*
 * segments.c (pv32) - chapter 2's instructions that name a segment.
 *
 * 32-bit code can PUSH and POP all six, and a far CALL or JMP takes a selector and 32 bits of offset, as
 * they were made for. GS is free: the kernel's own data is behind FS.
 */
#include "../../attempt.h"
#include "../../tour.h"

struct far_pointer {
	uint32_t offset;
	uint16_t selector;
} __packed;

void tour_selectors(void)
{
	unsigned long selector = tour_ring0_data, value = 0;
	bool went = ATTEMPT_AFTER("push %[selector]", "pop %%gs", [selector] "+r"(selector));

	tour_attempt(went, "pop %gs (ring 0's)", "done", "%#lx", selector);
	went = ATTEMPT("push %%cs\n\tpop %[value]", [value] "+r"(value));
	tour_attempt(went, "push %cs", "returned", "%#lx: ring %lu", value & 0xffff, value & 3);
	went = ATTEMPT("mov %[selector], %%gs", [selector] "+r"(selector));
	tour_attempt(went, "mov to %gs (ring 0's)", "done", "%#lx", selector);
	went = ATTEMPT("mov %%cs, %[value]", [value] "+r"(value));
	tour_attempt(went, "mov from %cs", "returned", "%#lx: ring %lu", value, value & 3);
	__asm__ volatile("mov %0, %%gs" ::"r"(0));
}

bool tour_far_call(unsigned selector)
{
	struct far_pointer far = { .selector = (uint16_t)selector };

	return ATTEMPT_AFTER("movl $3f, (%[at])", "lcall *(%[at])\n\tjmp 4f\n3:\tlret\n4:",
		[at] "+D"((struct far_pointer *){ &far }));
}

bool tour_far_jump(unsigned selector)
{
	struct far_pointer far = { .selector = (uint16_t)selector };

	return ATTEMPT_AFTER("movl $3f, (%[at])",
		"ljmp *(%[at])\n3:", [at] "+D"((struct far_pointer *){ &far }));
}

bool tour_far_return(unsigned selector)
{
	return ATTEMPT_AFTER("push %[selector]\n\tpush $3f", "lret\n3:", [selector] "+r"(selector));
}
