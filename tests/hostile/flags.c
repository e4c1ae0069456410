/*
 * flags.c - every flag that a program can set, by popf and by iret, and what comes into the
 * kernel with NT, DF and AC set: calls, breakpoints, faults.
 */
#include "instructions.h"

#define USUAL 0x202ul

/* Loads `flags`, reads them, and makes the usual ones of them again. */
#define READ_BACK "pushf; pop %0; push $0x202; popf"

static unsigned long flags_by_popf(unsigned long flags)
{
	unsigned long after;

	__asm__ volatile("push %1; popf; " READ_BACK : "=r"(after) : "r"(flags) : "memory", "cc");
	return after;
}

static unsigned long flags_by_iret(unsigned long flags)
{
	unsigned long after;

	__asm__ volatile(IRET_ON("%1") READ_BACK
			 : "=&D"(after)
			 : "S"(flags)
			 : "eax", "ecx", "memory", "cc");
	return after;
}

static void each_flag(void)
{
	for (unsigned i = 0; i < 8 * sizeof(long); i++) {
		unsigned long bit = 1ul << i, popf, iret;

		if (bit == FLAG_TF) {
			continue;
		}
		popf = flags_by_popf(bit | 2);
		iret = flag_is_misread(bit) ? USUAL : flags_by_iret(bit | 2);
		if (popf != USUAL || iret != USUAL) {
			printf("flag %u: popf %#lx, iret %#lx\n", i, popf, iret);
		}
	}
	printf("all flags: %#lx\n", flags_by_popf(~FLAG_TF));
}

#define CALL "movl $" GETPID ", %%eax; " SYSTEM_CALL

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	handlers_set();
	each_flag();
	TRY("system call with NT", ASM("push $0x4002; popf; " CALL));
	TRY("breakpoint with NT", ASM("push $0x4002; popf; int3"));
	TRY("fault with NT", ASM("push $0x4002; popf; movb 0, %%al"));
	TRY("iret with NT", ASM("push $0x4002; popf; " IRET_ON("$2")));
	TRY("system call with DF and AC", ASM("push $0x40402; popf; " CALL));
	SURVIVE("unaligned access with AC", ASM("push $0x40002; popf; movl -7(" STACK "), %%eax"));
	return 0;
}
