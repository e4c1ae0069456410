/*
 * traps.c - instructions that are not a program's to execute, and faults of every
 * kind: each privileged instruction, `int n` for every n, far jumps into kernel
 * segments, every selector in every segment register, addresses that are the
 * kernel's or nobody's, arithmetic, breakpoints, single steps.
 */
#include "hostile.h"

#define ASM(text) __asm__ volatile(text ::: "rax", "rbx", "rcx", "rdx", "memory", "cc")
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
	PRIVILEGED("rep insb");
	PRIVILEGED("rep outsb");
	PRIVILEGED("movq %%cr0, %%rax");
	PRIVILEGED("movq %%cr2, %%rax");
	PRIVILEGED("movq %%cr3, %%rax");
	PRIVILEGED("movq %%cr4, %%rax");
	PRIVILEGED("movq %%cr8, %%rax");
	PRIVILEGED("movq %%rax, %%cr0");
	PRIVILEGED("movq %%rax, %%cr2");
	PRIVILEGED("movq %%rax, %%cr3");
	PRIVILEGED("movq %%rax, %%cr4");
	PRIVILEGED("movq %%rax, %%cr8");
	PRIVILEGED("movq %%dr0, %%rax");
	PRIVILEGED("movq %%dr6, %%rax");
	PRIVILEGED("movq %%dr7, %%rax");
	PRIVILEGED("movq %%rax, %%dr0");
	PRIVILEGED("movq %%rax, %%dr7");
	PRIVILEGED("lgdt ten_bytes");
	PRIVILEGED("lidt ten_bytes");
	PRIVILEGED("lldt %%ax");
	PRIVILEGED("ltr %%ax");
	PRIVILEGED("rdmsr");
	PRIVILEGED("wrmsr");
	PRIVILEGED("invd");
	PRIVILEGED("wbinvd");
	PRIVILEGED("invlpg (%%rax)");
	PRIVILEGED("clts");
	PRIVILEGED("lmsw %%ax");
	PRIVILEGED("swapgs");
	PRIVILEGED("sysretq");
	PRIVILEGED("sysretl");
	PRIVILEGED("xorl %%ecx, %%ecx; rdpmc");
	PRIVILEGED("ud2");
	PRIVILEGED("int3");
	PRIVILEGED("int $3");
	PRIVILEGED("int $4");
	PRIVILEGED(".byte 0xce");	/* into: not in 64-bit mode */
	PRIVILEGED(".byte 0x62, 0x00"); /* bound, the same */
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
	SURVIVE("sysenter", ASM("sysenter"));
	SURVIVE("sysexit", ASM("sysexit"));
	SURVIVE("invpcid", ASM("invpcid ten_bytes, %%rax"));
	SURVIVE("smsw", ASM("smsw %%ax"));
	SURVIVE("sgdt", ASM("sgdt ten_bytes"));
	SURVIVE("sidt", ASM("sidt ten_bytes"));
	SURVIVE("sldt", ASM("sldt %%ax"));
	SURVIVE("str", ASM("str %%ax"));
	SURVIVE("clac", ASM("clac"));
	SURVIVE("stac", ASM("stac"));
	SURVIVE("rdtscp", ASM("rdtscp"));
	SURVIVE("syscall, no such number", ASM("movq $-1, %%rax; movq %%rax, %%rdi; syscall"));
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
		if (n == 3 || n == 0x80) {
			continue; /* a breakpoint; where Linux has its 32-bit system calls */
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
	code[1] = 0x80;
	SURVIVE("int 0x80, no such number",
		__asm__ volatile("movl $-1, %%eax; call *%0" ::"r"(code)
				 : "rax", "memory"));
	munmap(code, 4096);
}

/* ---- segments --------------------------------------------------------------------- */

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

/* How the loads end differs with the tables; only these signals may come of them. */
#define SWEEP(reg, step)                                                                           \
	do {                                                                                       \
		unsigned odd = 0;                                                                  \
		for (unsigned i = 0; i < 0x10000; i += (step)) {                                   \
			ATTEMPT(__asm__ volatile("movl %0, %%" reg ::"r"(i)));                     \
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
	SWEEP("gs", 63);
	SWEEP("ss", 253);
	__asm__ volatile("movl %0, %%ds\n\tmovl %0, %%es\n\tmovl %0, %%gs" ::"r"(0));
	TRY("es = beyond the table", __asm__ volatile("movl %0, %%es" ::"r"(0xfffb)));
	TRY("ss = 0", __asm__ volatile("movl %0, %%ss" ::"r"(0)));
	TRY("pop of 0xffff into gs", ASM("pushq $-1; popq %%gs"));
}

/* ---- addresses --------------------------------------------------------------------- */

static const struct {
	const char *name;
	unsigned long address;
} places[] = {
	{ "null", 0 },
	{ "first page", 0xfff },
	{ "unmapped", 0x100000000000 },
	{ "last of user space", 0x7fffffffff00 },
	{ "first beyond", 0x800000000000 },
	{ "no address", 0x8000000000000000 },
	{ "no address, high", 0xffff7fffffffffff },
	{ "hypervisor", 0xffff800000000000 },
	{ "direct map", 0xffff888000000000 },
	{ "direct map + 1 MiB", 0xffff888000100000 },
	{ "vmap", 0xffffc90000000000 },
	{ "image", 0xffffffff80100000 },
	{ "vsyscall's neighbour", 0xffffffffff5ff000 },
	{ "last of all", 0xffffffffffffffff },
};

static void push_at(unsigned long at)
{
	__asm__ volatile(
		"movq %%rsp, %%rbx; leaq 8(%0), %%rsp; pushq %%rax; movq %%rbx, %%rsp" ::"r"(at)
		: "rbx", "memory");
}

static void addresses(void)
{
	char what[64];

	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		unsigned long at = places[i].address;

		snprintf(what, sizeof(what), "read, %s", places[i].name);
		TRY(what, __asm__ volatile("movb (%0), %%al" ::"r"(at) : "rax"));
		snprintf(what, sizeof(what), "write, %s", places[i].name);
		TRY(what, __asm__ volatile("movb %%al, (%0)" ::"r"(at) : "memory"));
		snprintf(what, sizeof(what), "stack, %s", places[i].name);
		ATTEMPT(push_at(at));
		/* For no address it is a stack fault or, emulated, a general one. */
		if (attempt_code == SI_KERNEL && attempt_signo == SIGBUS) {
			attempt_signo = SIGSEGV;
		}
		attempt_say(what);
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
	ASM("pushfq; orq $0x100, (%%rsp); popfq; nop; nop; nop; pushfq; andq $~0x100, (%%rsp); popfq");
	printf("single steps: %d\n", steps);
	steps = 0;
	__asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq; movl $39, %%eax; syscall; nop;"
			 "pushfq; andq $~0x100, (%%rsp); popfq" ::
				 : "rax", "rcx", "r11", "memory", "cc");
	/* Whether the return from a call is a step of its own is the processor's, or Xen's, affair. */
	printf("single steps over a system call: %s\n", steps == 5 || steps == 6 ? "each" : "lost");
	steps = 0;
	__asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq; movl %%ss, %%eax; movl %%eax, %%ss;"
			 "nop; nop; pushfq; andq $~0x100, (%%rsp); popfq" ::
				 : "rax", "memory", "cc");
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
