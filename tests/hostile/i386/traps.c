/*
 * traps.c (i386) - instructions that are not a program's to execute, and faults of every
 * kind: each privileged instruction, `int n` for every n, far jumps, calls and returns to
 * every selector, every selector in every segment register, stacks without a segment,
 * addresses that are the kernel's or nobody's, arithmetic, breakpoints, single steps.
 */
#include "hostile.h"

#define ASM(text) __asm__ volatile(text ::: "eax", "ebx", "ecx", "edx", "memory", "cc")
/* The name is the text, in which each percent sign stands twice. */
#define PRIVILEGED(text) TRY(single_percent(text), ASM(text))

static uint8_t ten_bytes[16] __attribute__((used));

static const char *single_percent(const char *text)
{
	static char plain[64];
	char *to = plain;

	for (const char *from = text; *from && to < plain + sizeof(plain) - 1; from++) {
		if (from[0] != '%' || from[1] != '%') {
			*to++ = *from;
		}
	}
	*to = '\0';
	return plain;
}

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
	PRIVILEGED("mov %%cr0, %%eax");
	PRIVILEGED("mov %%cr2, %%eax");
	PRIVILEGED("mov %%cr3, %%eax");
	PRIVILEGED("mov %%cr4, %%eax");
	PRIVILEGED("mov %%eax, %%cr0");
	PRIVILEGED("mov %%eax, %%cr2");
	PRIVILEGED("mov %%eax, %%cr3");
	PRIVILEGED("mov %%eax, %%cr4");
	PRIVILEGED("mov %%dr0, %%eax");
	PRIVILEGED("mov %%dr6, %%eax");
	PRIVILEGED("mov %%dr7, %%eax");
	PRIVILEGED("mov %%eax, %%dr0");
	PRIVILEGED("mov %%eax, %%dr7");
	PRIVILEGED("lgdt ten_bytes");
	PRIVILEGED("lidt ten_bytes");
	PRIVILEGED("lldt %%ax");
	PRIVILEGED("ltr %%ax");
	PRIVILEGED("rdmsr");
	PRIVILEGED("wrmsr");
	PRIVILEGED("invd");
	PRIVILEGED("wbinvd");
	PRIVILEGED("invlpg (%%eax)");
	PRIVILEGED("clts");
	PRIVILEGED("lmsw %%ax");
	PRIVILEGED("xorl %%ecx, %%ecx; rdpmc");
	PRIVILEGED("ud2");
	PRIVILEGED("int3");
	PRIVILEGED("int $3");
	PRIVILEGED("int $4");
	PRIVILEGED("movl $0x7fffffff, %%eax; addl $1, %%eax; into");
	PRIVILEGED("xorl %%eax, %%eax; into");
	PRIVILEGED("movl $77, %%eax; bound %%eax, ten_bytes");
	PRIVILEGED("xorl %%eax, %%eax; bound %%eax, ten_bytes");
}

static void differing(void)
{
	SURVIVE("vmcall", ASM("movl $-1, %%eax; vmcall"));
	SURVIVE("vmmcall", ASM("movl $-1, %%eax; vmmcall"));
	SURVIVE("vmrun", ASM("vmrun"));
	SURVIVE("int1", ASM("int1"));
	SURVIVE("monitor", ASM("monitor"));
	SURVIVE("mwait", ASM("mwait"));
	SURVIVE("xsetbv", ASM("xorl %%ecx, %%ecx; xsetbv"));
	SURVIVE("sysexit", ASM("sysexit"));
	SURVIVE("sysret", ASM("sysret"));
	SURVIVE("smsw", ASM("smsw %%ax"));
	SURVIVE("sgdt", ASM("sgdt ten_bytes"));
	SURVIVE("sidt", ASM("sidt ten_bytes"));
	SURVIVE("sldt", ASM("sldt %%ax"));
	SURVIVE("str", ASM("str %%ax"));
	SURVIVE("arpl", ASM("arpl %%ax, %%bx"));
	SURVIVE("rdtscp", ASM("rdtscp"));
	SURVIVE("int $0x80, no such number", ASM("movl $-1, %%eax; movl %%eax, %%ebx; int $0x80"));
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
		if (n == 3 || n == 0x80 || n == 0x40 || n == 0xc0) {
			/* A breakpoint; system calls; and what the rig's emulator tells Xen is that. */
			continue;
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

/* ---- segments --------------------------------------------------------------------- */

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
	TRY("iret with NT", ASM("push $0x4002; popf; push $2; push %%cs; push $1f; iret; 1:"));
}

/* How the loads end differs with the tables; only these signals may come of them. */
#define SWEEP(reg, step)                                                                           \
	do {                                                                                       \
		unsigned odd = 0;                                                                  \
		for (unsigned i = 0; i < 0x10000; i += (step)) {                                   \
			ATTEMPT(__asm__ volatile("mov %0, %%" reg ::"r"(i)));                      \
			odd += attempt_signo && attempt_signo != SIGSEGV &&                        \
				attempt_signo != SIGBUS;                                           \
		}                                                                                  \
		printf(reg ": %u odd ones\n", odd);                                                \
	} while (0)

static void segments(void)
{
	unsigned long sum = 0;

	for (unsigned long i = 0; i < 0x10000; i++) {
		unsigned long rights = 0, limit = 0;

		__asm__ volatile("lar %1, %0" : "+r"(rights) : "r"(i) : "cc");
		__asm__ volatile("lsl %1, %0" : "+r"(limit) : "r"(i) : "cc");
		__asm__ volatile("verr %w0\n\tverw %w0" ::"r"(i) : "cc");
		sum += rights + limit;
	}
	printf("lar, lsl, verr, verw: %s\n", sum ? "done" : "nothing seen");
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

/* ---- addresses --------------------------------------------------------------------- */

static const struct {
	const char *name;
	unsigned long address;
} places[] = {
	{ "null", 0 },
	{ "first page", 0xfff },
	{ "unmapped", 0x60000000 },
	{ "at 2 GiB", 0x80000000 },
	{ "behind that", 0x80100000 },
	{ "at f1800000", 0xf1800000 },
	{ "last page but one", 0xffffe000 },
	{ "last of all", 0xffffffff },
};

static void push_at(unsigned long at)
{
	__asm__ volatile(
		"mov %%esp, %%ebx; lea 4(%0), %%esp; push %%eax; mov %%ebx, %%esp" ::"r"(at)
		: "ebx", "memory");
}

static void addresses(void)
{
	char what[64];

	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		unsigned long at = places[i].address;

		snprintf(what, sizeof(what), "read, %s", places[i].name);
		TRY(what, __asm__ volatile("movb (%0), %%al" ::"r"(at) : "eax"));
		snprintf(what, sizeof(what), "write, %s", places[i].name);
		TRY(what, __asm__ volatile("movb %%al, (%0)" ::"r"(at) : "memory"));
		snprintf(what, sizeof(what), "stack, %s", places[i].name);
		/* Of a push beyond 4 GiB some processors say that it is a stack fault, others begin again at 0. */
		TRY(what, push_at(at & ~3ul));
		snprintf(what, sizeof(what), "jump, %s", places[i].name);
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
	TRY("aam by zero", ASM("aam $0"));
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

static void stepping(void)
{
	struct sigaction count = { .sa_sigaction = step_handler, .sa_flags = SA_SIGINFO }, old;

	sigaction(SIGTRAP, &count, &old);
	steps = 0;
	/* From the instruction after the first popf to the second one, which itself still traps. */
	ASM("pushf; orl $0x100, (%%esp); popf; nop; nop; nop; pushf; andl $~0x100, (%%esp); popf");
	printf("single steps: %d\n", steps);
	steps = 0;
	ASM("pushf; orl $0x100, (%%esp); popf; movl $20, %%eax; int $0x80; nop;"
	    "pushf; andl $~0x100, (%%esp); popf");
	/* Whether the return from a call is a step of its own is the processor's, or Xen's, affair. */
	printf("single steps over a system call: %s\n", steps >= 4 && steps <= 6 ? "each" : "lost");
	steps = 0;
	ASM("pushf; orl $0x100, (%%esp); popf; mov %%ss, %%eax; mov %%eax, %%ss;"
	    "nop; nop; pushf; andl $~0x100, (%%esp); popf");
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
	far();
	segments();
	addresses();
	arithmetic();
	stepping();
	return 0;
}
