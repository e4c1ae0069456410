/*
 * segments.c (64-bit) - chapter 2's instructions that name a segment.
 *
 * In 64-bit code PUSH and POP take FS and GS only, and far CALL and JMP an operand in memory. FS is
 * free: the kernel's own data is behind GS.
 */
#include "../attempt.h"
#include "../tour.h"

struct far_pointer {
	uint64_t offset;
	uint16_t selector;
} __packed;

void tour_selectors(void)
{
	unsigned long selector = tour_ring0_data, value = 0;
	bool went = ATTEMPT_AFTER("pushq %[selector]", "popq %%fs", [selector] "+r"(selector));

	tour_attempt(went, "pop %fs (ring 0's)", "done", "%#lx", selector);
	went = ATTEMPT("pushq %%fs\n\tpopq %[value]", [value] "+r"(value));
	tour_attempt(went, "push %fs", "returned", "%#lx", value);
	went = ATTEMPT("movl %k[selector], %%fs", [selector] "+r"(selector));
	tour_attempt(went, "mov to %fs (ring 0's)", "done", "%#lx", selector);
	went = ATTEMPT("movl %%cs, %k[value]", [value] "+r"(value));
	tour_attempt(went, "mov from %cs", "returned", "%#lx: ring %lu", value, value & 3);
	__asm__ volatile("movl %0, %%fs" ::"r"(0));
}

bool tour_far_call(unsigned selector)
{
	struct far_pointer far = { .selector = (uint16_t)selector };
	unsigned long target = 0;

	/* REX.W, else the offset has 32 bits; an AMD processor knows no other and will trap. */
	return ATTEMPT_AFTER("leaq 3f(%%rip), %[target]\n\tmovq %[target], %[far]",
		".byte 0x48\n\tlcall *(%[at])\n\tjmp 4f\n3:\tlretq\n4:", [target] "+&r"(target),
		[far] "+m"(far), [at] "+D"((struct far_pointer *){ &far }));
}

bool tour_far_jump(unsigned selector)
{
	struct far_pointer far = { .selector = (uint16_t)selector };
	unsigned long target = 0;

	return ATTEMPT_AFTER("leaq 3f(%%rip), %[target]\n\tmovq %[target], %[far]",
		".byte 0x48\n\tljmp *(%[at])\n3:", [target] "+&r"(target), [far] "+m"(far),
		[at] "+D"((struct far_pointer *){ &far }));
}

bool tour_far_return(unsigned selector)
{
	unsigned long target = 0, code = selector;

	return ATTEMPT_AFTER("leaq 3f(%%rip), %[target]\n\tpushq %[code]\n\tpushq %[target]",
		"lretq\n3:", [target] "+&r"(target), [code] "+r"(code));
}
