/*
 * frames.c - what a program can hand to the kernel to be loaded into the CPU: flags,
 * signal frames with wild selectors, addresses and vector state, handlers and
 * stacks that are not there, thread pointers, 32-bit code.
 */
#include "hostile.h"
#include <asm/prctl.h>
#include <sched.h>
#include <sys/syscall.h>

#define NO_ADDRESS     0x800000000000ul
#define KERNEL_ADDRESS 0xffffffff80100000ul
#define NOT_MAPPED     0x100000000000ul

#define FLAG_TF	   0x100ul
#define ARITHMETIC 0x8d5ul

/* ---- flags ------------------------------------------------------------------------- */

static unsigned long flags_by_popf(unsigned long flags)
{
	unsigned long after;

	__asm__ volatile("pushq %1\n\tpopfq\n\tpushfq\n\tpopq %0\n\tpushq $0x202\n\tpopfq"
			 : "=r"(after)
			 : "r"(flags)
			 : "memory", "cc");
	return after;
}

static unsigned long flags_by_iret(unsigned long flags)
{
	unsigned long after;

	__asm__ volatile("movq %%rsp, %%rcx\n\tmovl %%ss, %%eax\n\tpushq %%rax\n\tpushq %%rcx\n\t"
			 "pushq %1\n\tmovl %%cs, %%eax\n\tpushq %%rax\n\tleaq 1f(%%rip), %%rax\n\t"
			 "pushq %%rax\n\tiretq\n1:\tpushfq\n\tpopq %0\n\tpushq $0x202\n\tpopfq"
			 : "=r"(after)
			 : "r"(flags)
			 : "rax", "rcx", "memory", "cc");
	return after;
}

static void flags(void)
{
	for (unsigned i = 0; i < 64; i++) {
		unsigned long bit = 1ul << i, popf = flags_by_popf(bit == FLAG_TF ? 2 : bit | 2);
		unsigned long iret = flags_by_iret(bit == FLAG_TF ? 2 : bit | 2);

		if (popf != 0x202 || iret != 0x202) {
			printf("flag %u: popf %#lx, iret %#lx\n", i, popf, iret);
		}
	}
	printf("all flags: %#lx\n", flags_by_popf(~FLAG_TF));
	TRY("system call with NT",
		__asm__ volatile("pushq $0x4002\n\tpopfq\n\tmovl $39, %%eax\n\tsyscall" ::
					 : "rax", "rcx", "r11", "memory", "cc"));
	TRY("breakpoint with NT",
		__asm__ volatile("pushq $0x4002\n\tpopfq\n\tint3" ::
					 : "memory", "cc"));
	TRY("fault with NT",
		__asm__ volatile("pushq $0x4002\n\tpopfq\n\tmovb 0, %%al" ::
					 : "rax", "memory", "cc"));
	TRY("iret with NT", __asm__ volatile("pushq $0x4002\n\tpopfq\n\tiretq" ::: "memory", "cc"));
	TRY("system call with DF and AC",
		__asm__ volatile("pushq $0x40402\n\tpopfq\n\tmovl $39, %%eax\n\tsyscall" ::
					 : "rax", "rcx", "r11", "memory", "cc"));
	SURVIVE("unaligned access with AC",
		__asm__ volatile("pushq $0x40002\n\tpopfq\n\tmovq -7(%%rsp), %%rax" ::
					 : "rax", "memory", "cc"));
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
	__asm__ volatile("pushfq\n\tpopq %0" : "=m"(landed_flags));
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

static void bend_rip(ucontext_t *uc)
{
	uc->uc_mcontext.gregs[REG_RIP] = (long)bend_value;
}

static void bend_rsp(ucontext_t *uc)
{
	uc->uc_mcontext.gregs[REG_RSP] = (long)bend_value;
}

static void bend_flags(ucontext_t *uc)
{
	uc->uc_mcontext.gregs[REG_EFL] = (long)bend_value;
	uc->uc_mcontext.gregs[REG_RIP] = (long)landing;
}

static void bend_cs(ucontext_t *uc)
{
	uc->uc_mcontext.gregs[REG_CSGSFS] &= ~0xffffl;
	uc->uc_mcontext.gregs[REG_CSGSFS] |= (long)bend_value;
}

static void bend_ss(ucontext_t *uc)
{
	uc->uc_mcontext.gregs[REG_CSGSFS] &= ~(0xffffl << 48);
	uc->uc_mcontext.gregs[REG_CSGSFS] |= (long)(bend_value << 48);
}

static void bend_fpstate(ucontext_t *uc)
{
	uc->uc_mcontext.fpregs = (void *)bend_value;
}

static void bend_fpstate_by(ucontext_t *uc)
{
	uc->uc_mcontext.fpregs = (void *)((char *)uc->uc_mcontext.fpregs + bend_value);
}

static void bend_mxcsr(ucontext_t *uc)
{
	uc->uc_mcontext.fpregs->mxcsr = (uint32_t)bend_value;
}

static void bend_legacy(ucontext_t *uc)
{
	memset(uc->uc_mcontext.fpregs, 0xff, 24);
	memset((char *)uc->uc_mcontext.fpregs + 32, 0xff, 512 - 32);
}

static void bend_mask(ucontext_t *uc)
{
	memset(&uc->uc_sigmask, 0xff, 8);
}

static void frames(void)
{
	unsigned tried = 0, refused = 0;
	sigset_t mask;

	bent("frame, rip 0", bend_rip, 0);
	bent("frame, rip no address", bend_rip, NO_ADDRESS);
	bent("frame, rip high no address", bend_rip, 0xffff7ffffffffffful);
	bent("frame, rip of the kernel", bend_rip, KERNEL_ADDRESS);
	bent("frame, rip of the hypervisor", bend_rip, 0xffff800000000000ul);
	bent("frame, rip last", bend_rip, ~0ul);
	bent("frame, rip at the end of user space", bend_rip, 0x7ffffffffffful);
	bent("frame, rsp 0", bend_rsp, 0);
	bent("frame, rsp of the kernel", bend_rsp, KERNEL_ADDRESS);
	bent("frame, rsp not mapped", bend_rsp, NOT_MAPPED);
	for (unsigned selector = 0; selector < 0x10000; selector += selector < 0x20 ? 1 : 0x1fe0) {
		if (selector == 0x10 || (selector & ~3u) == 0x18) {
			continue; /* with RPL 3, somebody's user segment */
		}
		tried += 2;
		refused += is_refused(bend_cs, selector & ~0x38u ? selector : 0);
		refused += is_refused(bend_ss, selector & ~0x38u ? selector : 0);
	}
	printf("frame, bad selectors: %u of %u refused\n", refused, tried);
	bent("frame, all flags but TF", bend_flags, ~FLAG_TF);
	printf("landed with %#lx\n", landed_flags & ~ARITHMETIC);
	bent("frame, no flags", bend_flags, 0);
	printf("landed with %#lx\n", landed_flags & ~ARITHMETIC);
	bent("frame, no vector state", bend_fpstate, 0);
	bent("frame, vector state not mapped", bend_fpstate, NOT_MAPPED);
	bent("frame, vector state of the kernel", bend_fpstate, KERNEL_ADDRESS);
	bent("frame, vector state no address", bend_fpstate, NO_ADDRESS);
	bent("frame, vector state unaligned", bend_fpstate_by, 1);
	bent("frame, reserved bits of mxcsr", bend_mxcsr, ~0ul);
	bent("frame, all exceptions unmasked", bend_mxcsr, 0);
	bent("frame, all ones in the legacy state", bend_legacy, 0);
	bent("frame, all signals blocked", bend_mask, 0);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	printf("blocked: SEGV %d KILL %d STOP %d\n", sigismember(&mask, SIGSEGV),
		sigismember(&mask, SIGKILL), sigismember(&mask, SIGSTOP));
	sigemptyset(&mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
}

/* Two more that need the layout of the extended state; where there is none they are left out on both sides. */
static void bend_header(ucontext_t *uc)
{
	uint32_t magic;

	memcpy(&magic, (char *)uc->uc_mcontext.fpregs + 464, sizeof(magic));
	if (magic == 0x46505853) {
		memset((char *)uc->uc_mcontext.fpregs + 512, 0xff, 64);
	} else {
		bend_value = 1;
	}
}

static void bend_magic(ucontext_t *uc)
{
	memset((char *)uc->uc_mcontext.fpregs + 464, 0xff, 48);
	bend_value = 1;
}

static void extended(void)
{
	printf("frame, bad extended header: %s\n",
		is_refused(bend_header, 0) || bend_value ? "refused" : "taken");
	bent("frame, bad magic", bend_magic, 0);
}

/* sigreturn without any frame, at stack pointers of all kinds. */
static void no_frames(void)
{
	static const unsigned long places[] = { 0, 8, 0xfff, NOT_MAPPED, 0x7fffffffff00, NO_ADDRESS,
		0x8000000000000000, 0xffff800000000000, 0xffff888000000000, KERNEL_ADDRESS,
		0xfffffffffffffff0 };
	char what[64];

	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(what, sizeof(what), "sigreturn, rsp %#lx", places[i]);
		TRY(what,
			__asm__ volatile(
				"movq %0, %%rsp\n\tmovl $15, %%eax\n\tsyscall\n\tud2" ::"r"(
					places[i])));
		snprintf(what, sizeof(what), "system call, rsp %#lx", places[i]);
		TRY(what,
			__asm__ volatile(
				"movq %%rsp, %%rbx\n\tmovq %0, %%rsp\n\tmovl $39, %%eax\n\t"
				"syscall\n\tmovq %%rbx, %%rsp" ::"r"(places[i])
				: "rax", "rbx", "rcx", "r11", "memory"));
		/* The frame of SIGUSR1 has no place there: SIGSEGV, which has its own stack. */
		snprintf(what, sizeof(what), "signal, rsp %#lx", places[i]);
		bend = bend_mask;
		TRY(what,
			__asm__ volatile(
				"movq %%rsp, %%rbx\n\tmovq %0, %%rsp\n\tmovl $62, %%eax\n\t"
				"syscall\n\tmovq %%rbx, %%rsp" ::"r"(places[i]),
				"D"(getpid()), "S"(SIGUSR1)
				: "rax", "rbx", "rcx", "r11", "memory"));
	}
}

/* ---- handlers and stacks --------------------------------------------------------------- */

struct kernel_action {
	unsigned long handler, flags, restorer, mask;
};

static void handler_is(unsigned long handler, unsigned long flags)
{
	struct kernel_action action = { handler, flags, NOT_MAPPED, 0 };

	syscall(SYS_rt_sigaction, SIGUSR1, &action, NULL, 8);
	kill(getpid(), SIGUSR1);
}

static void overflow_handler(int signo)
{
	volatile char room[512];

	room[0] = 1;
	raise(SIGUSR2);
}

static void nested(void)
{
	static char stack[16384];
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_handler = overflow_handler,
		.sa_flags = SA_ONSTACK | SA_NODEFER };

	signal(SIGSEGV, SIG_DFL);
	sigaltstack(&alt, NULL);
	sigaction(SIGUSR2, &action, NULL);
	raise(SIGUSR2);
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

static void fault_with(bool ignored)
{
	sigset_t all;

	if (ignored) {
		signal(SIGSEGV, SIG_IGN);
	} else {
		sigfillset(&all);
		sigprocmask(SIG_SETMASK, &all, NULL);
	}
	*(volatile char *)0 = 0;
}

static void handlers(void)
{
	TRY("handler no address", handler_is(NO_ADDRESS, 0x04000000));
	TRY("handler of the kernel", handler_is(KERNEL_ADDRESS, 0x04000000));
	TRY("handler not mapped", handler_is(NOT_MAPPED, 0x04000000));
	TRY("no restorer", handler_is((unsigned long)landing, 0));
	APART("handler no address, again and again", handlers_set();
		struct kernel_action a = { NO_ADDRESS, 0x44000000, 0, 0 };
		syscall(SYS_rt_sigaction, SIGSEGV, &a, NULL, 8); *(volatile char *)0 = 0);
	APART("alternate stack overflows", nested());
	APART("alternate stack not mapped", altstack_at(NOT_MAPPED, 65536));
	APART("alternate stack of the kernel", altstack_at(KERNEL_ADDRESS, 65536));
	APART("alternate stack no address", altstack_at(NO_ADDRESS, 65536));
	APART("alternate stack wraps", altstack_at(NOT_MAPPED, ~0ul));
	APART("alternate stack too small", altstack_at((unsigned long)attempt_stack, 1024));
	APART("fault while blocked", fault_with(false));
	APART("fault while ignored", fault_with(true));
}

/* ---- thread pointers ------------------------------------------------------------------- */

static void pointers(void)
{
	static const unsigned long places[] = { NOT_MAPPED, 0x7fffffffefff, 0x7ffffffff000,
		0x7fffffffffff, NO_ADDRESS, 0x8000000000000000, KERNEL_ADDRESS, ~0ul };

	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		long set = syscall(SYS_arch_prctl, ARCH_SET_GS, places[i]);
		int error = errno;
		unsigned long got = 0;
		long pid;

		syscall(SYS_arch_prctl, ARCH_GET_GS, &got);
		printf("gs %#lx: %s, %s\n", places[i], set ? strerror(error) : "set",
			got == places[i] ? "got" : "not got");
		syscall(SYS_arch_prctl, ARCH_SET_GS, 0ul);
		fflush(stdout);
		pid = syscall(SYS_clone, CLONE_SETTLS | SIGCHLD, 0, 0, 0, places[i]);
		if (!pid) {
			__asm__ volatile("syscall" ::"a"(SYS_exit), "D"(7));
		}
		printf("clone with tls %#lx: %s\n", places[i], pid < 0 ? strerror(errno) : "made");
		if (pid > 0) {
			waitpid((pid_t)pid, NULL, 0);
		}
	}
}

/* ---- 32-bit code ------------------------------------------------------------------------- */

/* A flat 32-bit code segment of user mode, whatever its number; 0 when there is none. */
static unsigned segment_32(void)
{
	for (unsigned i = 3; i < 0x10000; i += 4) {
		unsigned rights = 0;

		__asm__ volatile("lar %1, %0" : "+r"(rights) : "r"(i) : "cc");
		if ((rights & 0x00609800) == 0x00409800 && (rights & 0x6000) == 0x6000) {
			return i & ~4u ? i : 0;
		}
	}
	return 0;
}

static void run_32(unsigned segment, const char *code, size_t len)
{
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	static struct {
		uint32_t offset;
		uint16_t selector;
	} __attribute__((packed)) target;

	target.offset = (uint32_t)(unsigned long)low;
	target.selector = (uint16_t)segment;
	memcpy(low, code, len);
	memcpy(low + len, "\x0f\x0b", 2); /* ud2 */
	__asm__ volatile("movl $-1, %%eax\n\tmovl %1, %%esp\n\tljmpl *%0" ::"m"(target),
			 "r"((uint32_t)(unsigned long)low + 4096)
			 : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r11", "memory");
}

static void narrow(void)
{
	unsigned segment = segment_32();

	if (!segment) {
		printf("there is no 32-bit code segment\n");
		return;
	}
	SURVIVE("32-bit system call by syscall", run_32(segment, "\x0f\x05", 2));
	SURVIVE("32-bit system call by int 0x80", run_32(segment, "\xcd\x80", 2));
	SURVIVE("32-bit sysenter", run_32(segment, "\x0f\x34", 2));
	SURVIVE("32-bit into", run_32(segment, "\xce", 1));
	TRY("32-bit ud2", run_32(segment, "", 0));
	TRY("32-bit hlt", run_32(segment, "\xf4", 1));
	TRY("32-bit int3", run_32(segment, "\xcc", 1));
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	handlers_set();
	flags();
	frames();
	extended();
	no_frames();
	handlers();
	handlers_set();
	pointers();
	narrow();
	return 0;
}
