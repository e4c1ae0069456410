/* fault.c - SIGSEGV and SIGBUS: kernel code's go to the fake port, all others to the sanitizer. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <fake/fault.h>

#include "../model/host.h"

static struct sigaction previous;
static uint8_t alternate[256 * 1024];

static struct fake_registers registers_from(const ucontext_t *uc, const siginfo_t *info)
{
	const greg_t *g = uc->uc_mcontext.gregs;

	return (struct fake_registers){
		.r15 = (uint64_t)g[REG_R15],
		.r14 = (uint64_t)g[REG_R14],
		.r13 = (uint64_t)g[REG_R13],
		.r12 = (uint64_t)g[REG_R12],
		.rbp = (uint64_t)g[REG_RBP],
		.rbx = (uint64_t)g[REG_RBX],
		.rax = (uint64_t)g[REG_RAX],
		.rcx = (uint64_t)g[REG_RCX],
		.rdx = (uint64_t)g[REG_RDX],
		.rsi = (uint64_t)g[REG_RSI],
		.rdi = (uint64_t)g[REG_RDI],
		.rip = (uint64_t)g[REG_RIP],
		.rsp = (uint64_t)g[REG_RSP],
		.error_code = (uint64_t)g[REG_ERR],
		.address = (uint64_t)info->si_addr,
	};
}

static void handler(int number, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	struct fake_registers regs = registers_from(uc, info);

	if (fake_is_in_model()) {
		previous.sa_sigaction(number, info, context);
		return;
	}
	fake_fault(&regs);
	uc->uc_mcontext.gregs[REG_RIP] = (greg_t)regs.rip;
}

void fake_faults_catch(void)
{
	static int is_done;
	stack_t stack = { .ss_sp = alternate, .ss_size = sizeof(alternate) };
	struct sigaction action = { .sa_sigaction = handler,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };

	if (is_done++) {
		return;
	}
	if (sigaltstack(&stack, NULL) || sigaction(SIGSEGV, &action, &previous) ||
		sigaction(SIGBUS, &action, NULL)) {
		host_die("fake: signal handlers");
	}
}

void fake_page_forbid(void *page)
{
	if (mprotect(page, 4096, PROT_NONE)) {
		host_die("fake: mprotect");
	}
}
