/*
 * traps.c - instructions that are not a program's to execute, and faults of every kind:
 * each privileged instruction that both widths have, `int n` for every n, addresses that
 * are the kernel's or nobody's, arithmetic, breakpoints, single steps.
 * What only one width has, and all that segments can do, is in selectors.c of its machine.
 */
#include "instructions.h"

static void privileged(void)
{
	PRIVILEGED("hlt");
	PRIVILEGED("cli");
	PRIVILEGED("sti");
	PRIVILEGED("inb $0x60, %%al");
	PRIVILEGED("inl %%dx, %%eax");
	PRIVILEGED("outb %%al, $0x80");
	PRIVILEGED("outl %%eax, %%dx");
	PRIVILEGED("movl $1, %%ecx; rep insb");
	PRIVILEGED("movl $1, %%ecx; rep outsb");
	PRIVILEGED("mov %%cr0, " WORD_A);
	PRIVILEGED("mov %%cr2, " WORD_A);
	PRIVILEGED("mov %%cr3, " WORD_A);
	PRIVILEGED("mov %%cr4, " WORD_A);
	PRIVILEGED("mov " WORD_A ", %%cr0");
	PRIVILEGED("mov " WORD_A ", %%cr2");
	PRIVILEGED("mov " WORD_A ", %%cr3");
	PRIVILEGED("mov " WORD_A ", %%cr4");
	PRIVILEGED("mov %%dr0, " WORD_A);
	PRIVILEGED("mov %%dr6, " WORD_A);
	PRIVILEGED("mov %%dr7, " WORD_A);
	PRIVILEGED("mov " WORD_A ", %%dr0");
	PRIVILEGED("mov " WORD_A ", %%dr7");
	PRIVILEGED("lgdt ten_bytes");
	PRIVILEGED("lidt ten_bytes");
	PRIVILEGED("lldt %%ax");
	PRIVILEGED("ltr %%ax");
	PRIVILEGED("rdmsr");
	PRIVILEGED("wrmsr");
	PRIVILEGED("invd");
	PRIVILEGED("wbinvd");
	PRIVILEGED("invlpg (" WORD_A ")");
	PRIVILEGED("clts");
	PRIVILEGED("lmsw %%ax");
	PRIVILEGED("xorl %%ecx, %%ecx; rdpmc");
	PRIVILEGED("ud2");
	PRIVILEGED("int3");
	PRIVILEGED("int $3");
	PRIVILEGED("int $4");
}

static void differing(void)
{
	SURVIVE("vmcall", ASM("movl $-1, %%eax; vmcall"));
	SURVIVE("vmmcall", ASM("movl $-1, %%eax; vmmcall"));
	SURVIVE("vmrun", ASM("vmrun"));
	SURVIVE("stgi", ASM("stgi"));
	SURVIVE("clgi", ASM("clgi"));
	SURVIVE("vmxoff", ASM("vmxoff"));
	SURVIVE("int1", ASM("int1"));
	SURVIVE("monitor", ASM("monitor"));
	SURVIVE("mwait", ASM("mwait"));
	SURVIVE("xsetbv", ASM("xorl %%ecx, %%ecx; xsetbv"));
	SURVIVE("sysexit", ASM("sysexit"));
	SURVIVE("invpcid", ASM("invpcid ten_bytes, " WORD_A));
	SURVIVE("smsw", ASM("smsw %%ax"));
	SURVIVE("sgdt", ASM("sgdt ten_bytes"));
	SURVIVE("sidt", ASM("sidt ten_bytes"));
	SURVIVE("sldt", ASM("sldt %%ax"));
	SURVIVE("str", ASM("str %%ax"));
	SURVIVE("clac", ASM("clac"));
	SURVIVE("stac", ASM("stac"));
	SURVIVE("rdtscp", ASM("rdtscp"));
	SURVIVE("system call, no such number",
		ASM("mov $-1, " WORD_A "; mov " WORD_A ", " WORD_B "; " SYSTEM_CALL));
}

/* `int n`: the code is made, the number being part of the instruction. */
static void interrupts(void)
{
	uint8_t *code = mmap(
		NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned odd = 0;

	code[0] = 0xcd;
	code[2] = 0xc3;
	for (unsigned n = 0; n < 256; n++) {
		if (n == 3 || n == 0x80 || vector_is_misread(n)) {
			continue; /* a breakpoint; Linux's 32-bit system calls */
		}
		code[1] = (uint8_t)n;
		ATTEMPT(((void (*)(void))code)());
		if (attempt_signo != SIGSEGV || attempt_code != SI_KERNEL || attempt_address) {
			printf("int %u: ", n);
			attempt_say("");
			odd++;
		}
	}
	printf("int n: %u odd ones\n", odd);
	munmap(code, 4096);
}

/* ---- addresses --------------------------------------------------------------------- */

static void push_at(unsigned long at)
{
	__asm__ volatile("mov " STACK ", " WORD_B "; lea %c1(%0), " STACK "; push " WORD_A
			 "; mov " WORD_B ", " STACK ::"r"(at),
			 "i"(sizeof(long))
			 : SCRATCH, "memory");
}

static void addresses(void)
{
	char what[64];

	for (unsigned i = 0; i < sizeof(wilds) / sizeof(wilds[0]); i++) {
		unsigned long at = wilds[i].address;

		snprintf(what, sizeof(what), "read, %s", wilds[i].name);
		TRY(what, __asm__ volatile("movb (%0), %%al" ::"r"(at) : SCRATCH));
		snprintf(what, sizeof(what), "write, %s", wilds[i].name);
		TRY(what, __asm__ volatile("movb %%al, (%0)" ::"r"(at) : "memory"));
		snprintf(what, sizeof(what), "stack, %s", wilds[i].name);
		ATTEMPT(push_at(at & -sizeof(long)));
		/* For what is no address it is a stack fault or, emulated, a general one. */
		if (attempt_code == SI_KERNEL && attempt_signo == SIGBUS) {
			attempt_signo = SIGSEGV;
		}
		attempt_say(what);
		snprintf(what, sizeof(what), "jump, %s", wilds[i].name);
		TRY(what, __asm__ volatile("jmp *%0" ::"r"(at)));
	}
}

/* ---- arithmetic and debugging ------------------------------------------------------- */

static void x87(unsigned short control, const char *name, double a, double b)
{
	unsigned short usual = 0x37f;

	TRY(name,
		__asm__ volatile(
			"fldcw %0\n\tfldl %1\n\tfdivl %2\n\tfwait" ::"m"(control), "m"(a), "m"(b)));
	__asm__ volatile("fnclex\n\tfninit\n\tfldcw %0" ::"m"(usual));
}

static void arithmetic(void)
{
	TRY("divide by zero",
		ASM("xorl %%ecx, %%ecx; xorl %%edx, %%edx; movl $1, %%eax; divl %%ecx"));
	TRY("divide, overflow", ASM("movl $0x80000000, %%eax; movl $-1, %%ecx; cltd; idivl %%ecx"));
	x87(0x37b, "x87 divide by zero", 1.0, 0.0);
	x87(0x37e, "x87 invalid", 0.0, 0.0);
	x87(0x35f, "x87 inexact", 1.0, 3.0);
}

static volatile sig_atomic_t steps;

static void step_handler(int signo, siginfo_t *info, void *context)
{
	if (info->si_code == TRAP_TRACE) {
		steps++;
	}
}

/* From the instruction after the first popf to the second one, which itself still traps. */
#define STEPPED(text)                                                                              \
	"pushf; orl $0x100, (" STACK "); popf; " text "; pushf; andl $~0x100, (" STACK "); popf"

static void stepping(void)
{
	struct sigaction count = { .sa_sigaction = step_handler, .sa_flags = SA_SIGINFO }, old;

	sigaction(SIGTRAP, &count, &old);
	steps = 0;
	ASM(STEPPED("nop; nop; nop"));
	printf("single steps: %d\n", steps);
	steps = 0;
	ASM(STEPPED("movl $" GETPID ", %%eax; " SYSTEM_CALL "; nop"));
	printf("single steps over a system call: %s\n",
		steps >= 6 - STEPS_MISSING && steps <= 6 ? "each" : "lost");
	steps = 0;
	ASM(STEPPED("movl %%ss, %%eax; movl %%eax, %%ss; nop; nop"));
	printf("single steps over a load of ss: %s\n", steps ? "some" : "none");
	sigaction(SIGTRAP, &old, NULL);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	handlers_set();
	privileged();
	differing();
	interrupts();
	addresses();
	arithmetic();
	stepping();
	return 0;
}
