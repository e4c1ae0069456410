/*
 * frames.c (i386) - what a program can hand to the kernel to be loaded into the CPU: flags,
 * signal frames of both kinds with wild selectors, addresses and vector state, handlers and
 * stacks that are not there, descriptors.
 */
#include "hostile.h"
#include <asm/ldt.h>
#include <sys/syscall.h>

#define NOT_MAPPED 0x60000000ul
#define NOBODYS	   0xffffe000ul

#define FLAG_TF	   0x100ul
#define FLAG_VM	   0x20000ul
#define ARITHMETIC 0x8d5ul

/* ---- flags ------------------------------------------------------------------------- */

static unsigned long flags_by_popf(unsigned long flags)
{
	unsigned long after;

	__asm__ volatile("push %1\n\tpopf\n\tpushf\n\tpop %0\n\tpush $0x202\n\tpopf"
			 : "=r"(after)
			 : "r"(flags)
			 : "memory", "cc");
	return after;
}

static unsigned long flags_by_iret(unsigned long flags)
{
	unsigned long after;

	__asm__ volatile("push %1\n\tpush %%cs\n\tpush $1f\n\tiret\n1:\tpushf\n\tpop %0\n\t"
			 "push $0x202\n\tpopf"
			 : "=r"(after)
			 : "r"(flags)
			 : "memory", "cc");
	return after;
}

static void flags(void)
{
	for (unsigned i = 0; i < 32; i++) {
		unsigned long bit = 1ul << i, popf = flags_by_popf(bit == FLAG_TF ? 2 : bit | 2);
		/* The rig's emulator takes VM from an iret of any ring, which no processor does. */
		unsigned long iret = flags_by_iret(bit == FLAG_TF || bit == FLAG_VM ? 2 : bit | 2);

		if (popf != 0x202 || iret != 0x202) {
			printf("flag %u: popf %#lx, iret %#lx\n", i, popf, iret);
		}
	}
	printf("all flags: %#lx\n", flags_by_popf(~FLAG_TF));
	TRY("system call with NT",
		__asm__ volatile("push $0x4002\n\tpopf\n\tmovl $20, %%eax\n\tint $0x80" ::
					 : "eax", "memory", "cc"));
	TRY("breakpoint with NT",
		__asm__ volatile("push $0x4002\n\tpopf\n\tint3" ::
					 : "memory", "cc"));
	TRY("fault with NT",
		__asm__ volatile("push $0x4002\n\tpopf\n\tmovb 0, %%al" ::
					 : "eax", "memory", "cc"));
	TRY("system call with DF and AC",
		__asm__ volatile("push $0x40402\n\tpopf\n\tmovl $20, %%eax\n\tint $0x80" ::
					 : "eax", "memory", "cc"));
	SURVIVE("unaligned access with AC",
		__asm__ volatile("push $0x40002\n\tpopf\n\tmovl -7(%%esp), %%eax" ::
					 : "eax", "memory", "cc"));
}

/* ---- signal frames ------------------------------------------------------------------ */

static void (*bend)(ucontext_t *uc);
static unsigned long bend_value;

static void bend_handler(int signo, siginfo_t *info, void *context)
{
	bend(context);
}

static volatile unsigned long landed_flags;

/* Where a bent frame lands if all went well. */
static void landing(void)
{
	__asm__ volatile("pushf\n\tpop %0" : "=m"(landed_flags));
	registers_repair();
	siglongjmp(attempt_end, 1);
}

static bool is_refused(void (*how)(ucontext_t *), unsigned long value)
{
	struct sigaction action = { .sa_sigaction = bend_handler, .sa_flags = SA_SIGINFO };

	bend = how;
	bend_value = value;
	sigaction(SIGUSR1, &action, NULL);
	landed_flags = 0;
	ATTEMPT(raise(SIGUSR1));
	return attempt_signo == SIGSEGV && attempt_code == SI_KERNEL && !attempt_address;
}

static void bent(const char *what, void (*how)(ucontext_t *), unsigned long value)
{
	(void)is_refused(how, value);
	attempt_say(what);
}

static void bend_eip(ucontext_t *uc)
{
	uc->uc_mcontext.gregs[REG_EIP] = (int)bend_value;
}

static void bend_esp(ucontext_t *uc)
{
	uc->uc_mcontext.gregs[REG_ESP] = (int)bend_value;
}

static void bend_flags(ucontext_t *uc)
{
	uc->uc_mcontext.gregs[REG_EFL] = (int)bend_value;
	uc->uc_mcontext.gregs[REG_EIP] = (int)landing;
}

static int bent_register;

static void bend_selector(ucontext_t *uc)
{
	uc->uc_mcontext.gregs[bent_register] = (int)bend_value;
	uc->uc_mcontext.gregs[REG_EIP] = (int)landing;
}

static void bend_fpstate(ucontext_t *uc)
{
	uc->uc_mcontext.fpregs = (void *)bend_value;
}

/* Behind the x87's part, which begins with 112 bytes, is what fxsave wrote; its mxcsr is at 24. */
static void bend_mxcsr(ucontext_t *uc)
{
	uint32_t value = (uint32_t)bend_value;

	memcpy((char *)uc->uc_mcontext.fpregs + 112 + 24, &value, sizeof(value));
}

static void bend_legacy(ucontext_t *uc)
{
	memset(uc->uc_mcontext.fpregs, 0xff, 108);
}

static void bend_mask(ucontext_t *uc)
{
	memset(&uc->uc_sigmask, 0xff, 8);
}

/* Of CS and SS, which the return itself loads: no null, nobody else's. What is not refused landed. */
static void selectors(void)
{
	static const struct {
		const char *name;
		int reg;
	} checked[] = { { "cs", REG_CS }, { "ss", REG_SS } },
	  loaded[] = { { "ds", REG_DS }, { "es", REG_ES }, { "fs", REG_FS }, { "gs", REG_GS } };
	static const unsigned bad[] = { 0, 4, 7, 0x7f0, 0xfff8, 0xfffb, 0xffff };
	unsigned survived = 0;

	for (unsigned i = 0; i < sizeof(checked) / sizeof(checked[0]); i++) {
		unsigned refused = 0;

		bent_register = checked[i].reg;
		for (unsigned j = 0; j < sizeof(bad) / sizeof(bad[0]); j++) {
			refused += is_refused(bend_selector, bad[j]);
		}
		printf("frame, bad %s: %u refused\n", checked[i].name, refused);
	}
	/* The others are emptied where they are nothing, so that the program lands, or falls at its next step. */
	for (unsigned i = 0; i < sizeof(loaded) / sizeof(loaded[0]); i++) {
		bent_register = loaded[i].reg;
		for (unsigned selector = 0; selector < 0x10000; selector += 0x101) {
			(void)is_refused(bend_selector, selector);
			survived++;
		}
	}
	printf("frame, bad ds, es, fs, gs: %u survived\n", survived);
}

static void frames(void)
{
	sigset_t mask;

	bent("frame, eip 0", bend_eip, 0);
	bent("frame, eip nobody's", bend_eip, NOBODYS);
	bent("frame, eip of another half", bend_eip, 0x80100000);
	bent("frame, eip last", bend_eip, ~0ul);
	bent("frame, esp 0", bend_esp, 0);
	bent("frame, esp nobody's", bend_esp, NOBODYS);
	bent("frame, esp not mapped", bend_esp, NOT_MAPPED);
	selectors();
	bent("frame, all flags but TF and VM", bend_flags, ~(FLAG_TF | FLAG_VM));
	printf("landed with %#lx\n", landed_flags & ~ARITHMETIC);
	bent("frame, VM", bend_flags, FLAG_VM | 2);
	printf("landed with %#lx\n", landed_flags & ~ARITHMETIC);
	bent("frame, no flags", bend_flags, 0);
	printf("landed with %#lx\n", landed_flags & ~ARITHMETIC);
	bent("frame, no vector state", bend_fpstate, 0);
	bent("frame, vector state not mapped", bend_fpstate, NOT_MAPPED);
	bent("frame, vector state nobody's", bend_fpstate, NOBODYS);
	bent("frame, all exceptions unmasked", bend_mxcsr, 0);
	bent("frame, all ones in the x87's state", bend_legacy, 0);
	bent("frame, all signals blocked", bend_mask, 0);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	printf("blocked: SEGV %d KILL %d STOP %d\n", sigismember(&mask, SIGSEGV),
		sigismember(&mask, SIGKILL), sigismember(&mask, SIGSTOP));
	sigemptyset(&mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
}

/* Both kinds of sigreturn without any frame, calls and signals, at stack pointers of all kinds. */
static void no_frames(void)
{
	static const unsigned long places[] = { 0, 4, 0xfff, NOT_MAPPED, NOBODYS, 0x80000000,
		0xfffff000, 0xfffffff0 };
	static const unsigned returns[] = { SYS_sigreturn, SYS_rt_sigreturn };
	char what[64];

	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		for (unsigned j = 0; j < 2; j++) {
			snprintf(what, sizeof(what), "%ssigreturn, esp %#lx", j ? "rt_" : "",
				places[i]);
			TRY(what,
				__asm__ volatile(
					"mov %0, %%esp\n\tint $0x80\n\tud2" ::"r"(places[i]),
					"a"(returns[j])));
		}
		snprintf(what, sizeof(what), "system call, esp %#lx", places[i]);
		TRY(what,
			__asm__ volatile("mov %%esp, %%ebx\n\tmov %0, %%esp\n\tmovl $20, %%eax\n\t"
					 "int $0x80\n\tmov %%ebx, %%esp" ::"r"(places[i])
					 : "eax", "ebx", "memory"));
		/* The frame of SIGUSR1 has no place there: SIGSEGV, which has its own stack. */
		snprintf(what, sizeof(what), "signal, esp %#lx", places[i]);
		bend = bend_mask;
		TRY(what,
			__asm__ volatile("mov %%esp, %%edi\n\tmov %0, %%esp\n\tmovl $37, %%eax\n\t"
					 "int $0x80\n\tmov %%edi, %%esp" ::"r"(places[i]),
					 "b"(getpid()), "c"(SIGUSR1)
					 : "eax", "edi", "memory"));
	}
}

/* ---- handlers and stacks --------------------------------------------------------------- */

struct kernel_action {
	unsigned long handler, flags, restorer, mask[2];
};

static void handler_is(unsigned long handler, unsigned long flags)
{
	struct kernel_action action = { handler, flags, NOT_MAPPED, { 0 } };

	syscall(SYS_rt_sigaction, SIGUSR1, &action, NULL, 8);
	kill(getpid(), SIGUSR1);
}

static void handler_exit(int signo)
{
	_exit(3);
}

static void altstack_at(unsigned long base, size_t size)
{
	stack_t alt = { .ss_sp = (void *)base, .ss_size = size };
	stack_t none = { .ss_flags = SS_DISABLE };
	struct sigaction action = { .sa_handler = handler_exit, .sa_flags = SA_ONSTACK };

	sigaltstack(&none, NULL);
	sigaction(SIGSEGV, &action, NULL);

	if (sigaltstack(&alt, NULL)) {
		printf("refused: %s\n", strerror(errno));
	} else {
		*(volatile char *)0 = 0;
	}
}

static void handlers(void)
{
	TRY("handler nobody's", handler_is(NOBODYS, 0x04000000));
	TRY("handler not mapped", handler_is(NOT_MAPPED, 0x04000000));
	APART("alternate stack not mapped", altstack_at(NOT_MAPPED, 65536));
	APART("alternate stack nobody's", altstack_at(NOBODYS, 65536));
	APART("alternate stack wraps", altstack_at(NOT_MAPPED, ~0ul));
	APART("alternate stack too small", altstack_at((unsigned long)attempt_stack, 1024));
}

/* ---- descriptors ----------------------------------------------------------------------- */

/* Every word of flags, every odd base and limit: taken or refused alike, and what is taken is loaded and used. */
static void descriptors(void)
{
	static const unsigned bases[] = { 0, 0x1000, NOBODYS, ~0u }, limits[] = { 0, 0xfffff, ~0u };
	unsigned taken = 0, sum = 0;

	for (unsigned bits = 0; bits < 256; bits++) {
		for (unsigned i = 0; i < 12; i++) {
			struct user_desc d = { .entry_number = ~0u,
				.base_addr = bases[i / 3],
				.limit = limits[i % 3] };
			unsigned char *flags = (unsigned char *)&d + 12;

			*flags = (unsigned char)bits;
			if (syscall(SYS_set_thread_area, &d)) {
				sum += (unsigned)errno * (bits * 12 + i + 1);
				continue;
			}
			taken++;
			ATTEMPT(__asm__ volatile(
				"mov %0, %%fs\n\tmovb %%fs:0, %%al\n\tmovb %%fs:7, %%al" ::"r"(
					d.entry_number << 3 | 3)
				: "eax"));
			ATTEMPT(__asm__ volatile("mov %0, %%ss\n\tpush %%eax\n\tpop %%eax" ::"r"(
				d.entry_number << 3 | 3)));
			ATTEMPT(__asm__ volatile(
				"push %0\n\tpush $0\n\tlret" ::"r"(d.entry_number << 3 | 3)));
			__asm__ volatile("mov %0, %%fs" ::"r"(0));
			d = (struct user_desc){ .entry_number = d.entry_number,
				.read_exec_only = 1,
				.seg_not_present = 1 };
			syscall(SYS_set_thread_area, &d);
		}
	}
	printf("descriptors: %u taken, of the others the errors come to %u\n", taken, sum);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	handlers_set();
	flags();
	frames();
	no_frames();
	handlers();
	handlers_set();
	descriptors();
	return 0;
}
