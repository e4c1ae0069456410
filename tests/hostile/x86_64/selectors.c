/*
 * selectors.c - far jumps and calls to every selector, every selector in every segment register,
 * and the instructions that only 64-bit mode has or lacks.
 */
#include "instructions.h"

/* What 32-bit code does not have, and what 64-bit code lacks. */
static void instructions(void)
{
	PRIVILEGED("movq %%cr8, %%rax");
	PRIVILEGED("movq %%rax, %%cr8");
	PRIVILEGED("swapgs");
	PRIVILEGED("sysretq");
	PRIVILEGED("sysretl");
	PRIVILEGED(".byte 0xce");	/* into */
	PRIVILEGED(".byte 0x62, 0x00"); /* bound */
	SURVIVE("sysenter", ASM("sysenter"));
	SURVIVE("32-bit system call", ASM("movl $-1, %%eax; int $0x80"));
}

static void far_jump(unsigned selector)
{
	struct {
		uint32_t offset;
		uint16_t selector;
	} __attribute__((packed)) target = { 0, (uint16_t)selector };

	__asm__ volatile("ljmpl *%0" ::"m"(target));
}

static void far_call(unsigned selector)
{
	struct {
		uint32_t offset;
		uint16_t selector;
	} __attribute__((packed)) target = { 0, (uint16_t)selector };

	__asm__ volatile("lcall *%0" ::"m"(target));
}

/* All go to offset 0, where nothing is: whatever the descriptor, a signal comes. */
static void far(void)
{
	unsigned went_on = 0;

	for (unsigned i = 0; i < 0x10000;
		i += i < 0x100 || (i >= 0xe000 && i < 0xe100) ? 1 : 0x101) {
		ATTEMPT(far_jump(i));
		went_on += !attempt_signo;
		ATTEMPT(far_call(i));
		went_on += !attempt_signo;
	}
	printf("far jumps and calls that went on: %u\n", went_on);
	TRY("far jump to selector 0", far_jump(0));
	TRY("far jump to a selector beyond the table", far_jump(0xfffb));
	TRY("far return to selector 0", ASM("pushq $0; pushq $0; lretq"));
	TRY("iret to selector 0", ASM("pushq $0; pushq $0; pushq $2; pushq $0; pushq $0; iretq"));
	TRY("iret to a selector beyond the table",
		ASM("pushq $0; pushq $0; pushq $2; pushq $0xfffb; pushq $0; iretq"));
	TRY("iret to ring 0",
		ASM("movl %%cs, %%eax; andl $~3, %%eax; movl %%ss, %%ecx; pushq %%rcx; pushq %%rsp;"
		    "pushq $2; pushq %%rax; leaq 1f(%%rip), %%rax; pushq %%rax; iretq; 1:"));
	TRY("iret to an address that is none",
		ASM("movl %%cs, %%eax; movl %%ss, %%ecx; movq %%rsp, %%rbx; pushq %%rcx; pushq %%rbx;"
		    "pushq $2; pushq %%rax; movabsq $0x800000000000, %%rax; pushq %%rax; iretq"));
}

static void segments(void)
{
	rights_read();
	SWEEP("es", 7);
	SWEEP("ds", 61);
	SWEEP("gs", 63);
	SWEEP("ss", 253);
	__asm__ volatile("movl %0, %%ds\n\tmovl %0, %%es\n\tmovl %0, %%gs" ::"r"(0));
	TRY("es = beyond the table", __asm__ volatile("movl %0, %%es" ::"r"(0xfffb)));
	TRY("ss = 0", __asm__ volatile("movl %0, %%ss" ::"r"(0)));
	TRY("pop of 0xffff into gs", ASM("pushq $-1; popq %%gs"));
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
