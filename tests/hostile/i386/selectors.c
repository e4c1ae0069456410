/*
 * selectors.c (i386) - far jumps, calls and returns to every selector, every selector in every
 * segment register, stacks without a segment, and the instructions that only 32 bits have.
 */
#include "instructions.h"

/* What 64-bit mode does not have. */
static void instructions(void)
{
	PRIVILEGED("movl $0x7fffffff, %%eax; addl $1, %%eax; into");
	PRIVILEGED("xorl %%eax, %%eax; into");
	PRIVILEGED("movl $77, %%eax; bound %%eax, ten_bytes");
	PRIVILEGED("xorl %%eax, %%eax; bound %%eax, ten_bytes");
	TRY("aam by zero", ASM("aam $0"));
	SURVIVE("sysret", ASM("sysret"));
	SURVIVE("arpl", ASM("arpl %%ax, %%bx"));
}

struct far {
	uint32_t offset;
	uint16_t selector;
} __attribute__((packed));

static void far_jump(unsigned selector)
{
	struct far target = { 0, (uint16_t)selector };

	__asm__ volatile("ljmp *%0" ::"m"(target));
}

static void far_call(unsigned selector)
{
	struct far target = { 0, (uint16_t)selector };

	__asm__ volatile("lcall *%0" ::"m"(target));
}

static void far_return(unsigned selector)
{
	__asm__ volatile("push %0\n\tpush $0\n\tlret" ::"r"(selector));
}

/* All go to offset 0, where nothing is: whatever the descriptor, segment or gate, a signal comes. */
static void far(void)
{
	unsigned went_on = 0;

	for (unsigned i = 0; i < 0x10000;
		i += i < 0x100 || (i >= 0xe000 && i < 0xe100) ? 1 : 0x101) {
		ATTEMPT(far_jump(i));
		went_on += !attempt_signo;
		ATTEMPT(far_call(i));
		went_on += !attempt_signo;
		ATTEMPT(far_return(i));
		went_on += !attempt_signo;
	}
	printf("far jumps, calls and returns that went on: %u\n", went_on);
	TRY("far jump to selector 0", far_jump(0));
	TRY("far jump to a selector beyond the table", far_jump(0xfffb));
	TRY("far call to a local selector", far_call(7));
	TRY("far return to selector 0", far_return(0));
	TRY("iret to selector 0", ASM("push $2; push $0; push $0; iret"));
	TRY("iret to a selector beyond the table", ASM("push $2; push $0xfffb; push $0; iret"));
	TRY("iret to ring 0",
		ASM("mov %%cs, %%eax; and $~3, %%eax; push %%ss; push %%esp; push $2;"
		    "push %%eax; push $1f; iret; 1:"));
	TRY("iret to ring 1",
		ASM("mov %%cs, %%eax; and $~3, %%eax; or $1, %%eax; push $2;"
		    "push %%eax; push $1f; iret; 1:"));
}

static void segments(void)
{
	rights_read();
	SWEEP("es", 7);
	SWEEP("ds", 61);
	SWEEP("fs", 59);
	SWEEP("gs", 63);
	SWEEP("ss", 253);
	TRY("es = beyond the table", __asm__ volatile("mov %0, %%es" ::"r"(0xfffb)));
	TRY("ss = 0", __asm__ volatile("mov %0, %%ss" ::"r"(0)));
	TRY("ss = the code segment",
		__asm__ volatile("mov %%cs, %%eax\n\tmov %%eax, %%ss" ::
					 : "eax"));
	TRY("cs by mov", ASM(".byte 0x8e, 0xc8"));
	TRY("pop of 0xffff into gs", ASM("push $-1; pop %%gs"));
	TRY("lds of a selector beyond the table", ASM("push $0xfffb; push $0; lds (%%esp), %%eax"));
	/* Of accesses through them the rig's emulator checks neither rights nor limits. */
	SURVIVE("read by an empty ds",
		ASM("xorl %%eax, %%eax; mov %%eax, %%ds; mov %%ds:ten_bytes, %%eax"));
	SURVIVE("read by an empty gs",
		ASM("xorl %%eax, %%eax; mov %%eax, %%gs; mov %%gs:0, %%eax"));
	SURVIVE("write by the code segment", ASM("movl %%eax, %%cs:ten_bytes"));
	/* The call copes with segment registers that are empty. */
	TRY("system call with empty segments",
		ASM("xorl %%eax, %%eax; mov %%eax, %%ds; mov %%eax, %%es; mov %%eax, %%fs; mov %%eax, %%gs;"
		    "movl $20, %%eax; int $0x80"));
	TRY("breakpoint with empty segments",
		ASM("xorl %%eax, %%eax; mov %%eax, %%ds; mov %%eax, %%es; mov %%eax, %%fs; mov %%eax, %%gs; int3"));
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	handlers_set();
	instructions();
	far();
	segments();
	return 0;
}
