/*
 * frames.c (i386) - what a program can hand to the kernel to be loaded into the CPU: signal
 * frames of both kinds with wild selectors, addresses and vector state, descriptors.
 */
#include "frames.h"
#include <asm/ldt.h>
#include <sys/syscall.h>

#define NOT_MAPPED 0x60000000ul
#define NOBODYS	   0xffffe000ul

static int bent_register;

static void bend_selector(ucontext_t *uc)
{
	uc->uc_mcontext.gregs[bent_register] = (int)bend_value;
	uc->uc_mcontext.gregs[REG_EIP] = (int)landing;
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
	bent("frame, eip 0", bend_pc, 0);
	bent("frame, eip nobody's", bend_pc, NOBODYS);
	bent("frame, eip of another half", bend_pc, 0x80100000);
	bent("frame, eip last", bend_pc, ~0ul);
	bent("frame, esp 0", bend_sp, 0);
	bent("frame, esp nobody's", bend_sp, NOBODYS);
	bent("frame, esp not mapped", bend_sp, NOT_MAPPED);
	selectors();
	bent("frame, all flags but TF and VM", bend_flags, ~(FLAG_TF | FLAG_VM));
	landed_say();
	bent("frame, VM", bend_flags, FLAG_VM | 2);
	landed_say();
	bent("frame, no flags", bend_flags, 0);
	landed_say();
	bent("frame, no vector state", bend_fpstate, 0);
	bent("frame, vector state not mapped", bend_fpstate, NOT_MAPPED);
	bent("frame, vector state nobody's", bend_fpstate, NOBODYS);
	bent("frame, all exceptions unmasked", bend_mxcsr, 0);
	bent("frame, all ones in the x87's state", bend_legacy, 0);
	bent_mask();
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
	frames();
	no_frames();
	descriptors();
	return 0;
}
