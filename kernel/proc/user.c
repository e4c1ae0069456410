/*
 * user.c - what comes in from programs: system calls through the table, faults to
 * the memory, traps to signals; and the last look before going back.
 */
#include "rseq.h"
#include "signal_state.h"
#include "syscall_count.h"

#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/stack.h>
#include <kernel/string.h>
#include <kernel/syscall.h>

enum { SEGV_MAPERR = 1, SEGV_ACCERR = 2, BUS_ADRERR = 2 };

/* An argument is in a register, or in two, the lower half first, where it is wider. */
static inline uint64_t argument(const unsigned long *a, size_t words)
{
	return words == 1 ? a[0] : a[0] | (uint64_t)a[1] << 32;
}

/* One adapter for each call: registers to typed arguments. W(): how many an argument takes. */
#define W(t)	 DIV_ROUND_UP(sizeof(sys_##t), sizeof(long))
#define A(t, at) (sys_##t) argument(a + (at), W(t))
#define SC0(nr64, nr32, name)                                                                      \
	static long call_##name(const unsigned long *a)                                            \
	{                                                                                          \
		return sys_##name();                                                               \
	}
#define SC1(nr64, nr32, name, t1, a1)                                                              \
	static long call_##name(const unsigned long *a)                                            \
	{                                                                                          \
		return sys_##name(A(t1, 0));                                                       \
	}
#define SC2(nr64, nr32, name, t1, a1, t2, a2)                                                      \
	static long call_##name(const unsigned long *a)                                            \
	{                                                                                          \
		return sys_##name(A(t1, 0), A(t2, W(t1)));                                         \
	}
#define SC3(nr64, nr32, name, t1, a1, t2, a2, t3, a3)                                              \
	static long call_##name(const unsigned long *a)                                            \
	{                                                                                          \
		return sys_##name(A(t1, 0), A(t2, W(t1)), A(t3, W(t1) + W(t2)));                   \
	}
#define SC4(nr64, nr32, name, t1, a1, t2, a2, t3, a3, t4, a4)                                      \
	static long call_##name(const unsigned long *a)                                            \
	{                                                                                          \
		return sys_##name(A(t1, 0), A(t2, W(t1)), A(t3, W(t1) + W(t2)),                    \
			A(t4, W(t1) + W(t2) + W(t3)));                                             \
	}
#define SC5(nr64, nr32, name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5)                              \
	static long call_##name(const unsigned long *a)                                            \
	{                                                                                          \
		return sys_##name(A(t1, 0), A(t2, W(t1)), A(t3, W(t1) + W(t2)),                    \
			A(t4, W(t1) + W(t2) + W(t3)), A(t5, W(t1) + W(t2) + W(t3) + W(t4)));       \
	}
#define SC6(nr64, nr32, name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, t6, a6)                      \
	static long call_##name(const unsigned long *a)                                            \
	{                                                                                          \
		return sys_##name(A(t1, 0), A(t2, W(t1)), A(t3, W(t1) + W(t2)),                    \
			A(t4, W(t1) + W(t2) + W(t3)), A(t5, W(t1) + W(t2) + W(t3) + W(t4)),        \
			A(t6, W(t1) + W(t2) + W(t3) + W(t4) + W(t5)));                             \
	}
#define SC_NONE(nr64, nr32, name)
#include <abi/syscall.def>
#undef SC0
#undef SC1
#undef SC2
#undef SC3
#undef SC4
#undef SC5
#undef SC6
#undef SC_NONE

struct syscall {
	const char *name;
	long (*call)(const unsigned long *args); /* NULL: known by name only */
};

#define SC(nr64, nr32, name, ...) [SC_NUMBER(nr64, nr32)] = { #name, call_##name },
#define SC0			  SC
#define SC1			  SC
#define SC2			  SC
#define SC3			  SC
#define SC4			  SC
#define SC5			  SC
#define SC6			  SC
#define SC_NONE(nr64, nr32, name) [SC_NUMBER(nr64, nr32)] = { #name, NULL },
static const struct syscall syscalls[SYSCALL_MAX] = {
#include <abi/syscall.def>
};

const char *syscall_name(unsigned nr)
{
	return syscalls[nr].name;
}

/* Each unknown call is worth one line, not one for each time. */
static void __noinline missing_log(long nr)
{
	static uint8_t said[SYSCALL_MAX / 8];

	if (nr < 0 || nr >= SYSCALL_MAX) {
		return;
	}
	if (!(said[nr / 8] & 1u << nr % 8)) {
		said[nr / 8] |= (uint8_t)(1u << nr % 8);
		log_warn("syscall: %s (%ld), wanted by %s, is not implemented",
			syscalls[nr].name ? syscalls[nr].name : "?", nr, process_current()->name);
	}
}

void user_syscall(struct user_frame *f)
{
	struct task *task = task_current();
	long nr = user_syscall_nr(f);
	unsigned long args[6];
	long result;

	if (nr >= 0 && nr < SYSCALL_MAX) {
		syscall_count((unsigned)nr);
	}
	if (nr < 0 || nr >= SYSCALL_MAX || !syscalls[nr].call) {
		missing_log(nr);
		user_syscall_return(f, -ENOSYS);
		return;
	}
	user_syscall_args(f, args);
	task->is_signal_return = false;
	result = syscalls[nr].call(args);
	task->is_again = false;
	user_syscall_return(f, result);
	/* sigreturn's result is a register of the program, whatever it looks like. */
	task->is_restart = !task->is_signal_return && result <= -ERESTARTSYS &&
		result >= -ERESTART_RESTARTBLOCK;
}

/* ---- faults ------------------------------------------------------------ */

static struct signal_info fault_signal(int err, vaddr_t address)
{
	struct signal_info info = { .address = address };

	switch (err) {
	case -EACCES:
		info.signo = SIGSEGV;
		info.code = SEGV_ACCERR;
		break;
	case -ENXIO:
	case -EIO:
		info.signo = SIGBUS;
		info.code = BUS_ADRERR;
		break;
	case -ENOMEM:
		info.signo = SIGKILL;
		break;
	default:
		info.signo = SIGSEGV;
		info.code = SEGV_MAPERR;
	}
	return info;
}

void user_page_fault(struct user_frame *f, vaddr_t address, unsigned access, bool was_present)
{
	struct process *process = process_current();
	struct signal_info info;
	int err = vm_fault(process->vm, address, access);

	if (err == -ENOMEM) {
		stack_stock_free();
		err = vm_fault(process->vm, address, access);
	}
	if (!err) {
		return;
	}
	if (err == -ENOMEM) {
		log_warn("memory: out of it, killing %s (process %d)", process->name, process->pid);
	}
	info = fault_signal(err, address);
	signal_force(&info);
}

bool user_fault_resolve(vaddr_t address, unsigned access)
{
	struct process *process = process_current();

	return process && process->vm && !vm_fault(process->vm, address, access);
}

void user_exception(struct user_frame *f, int signo, int code, vaddr_t address)
{
	struct signal_info info = { .signo = signo, .code = code, .address = address };

	signal_force(&info);
}

/* ---- going back -------------------------------------------------------- */

static bool has_errand(const struct task *task)
{
	return signals_ready(task) || task->has_saved_mask || task->is_restart ||
		rseq_is_due(task) || READ_ONCE(task->process->is_stopped) ||
		READ_ONCE(task->is_dying);
}

static void errand_run(struct user_frame *f)
{
	irq_enable();
	if (READ_ONCE(task_current()->is_dying)) {
		process_exit_thread(0);
	}
	signal_deliver(f);
	rseq_leave(f);
	irq_disable();
}

static bool has_to_stay(void)
{
	return has_errand(task_current()) || cpu_this()->resched_wanted;
}

static void __noinline stay(struct user_frame *f)
{
	do {
		if (has_errand(task_current())) {
			errand_run(f);
		} else {
			sched_interrupt_exit(false);
		}
	} while (has_to_stay());
}

/* Interrupts are masked whenever a question is asked whose answer an interrupt could change. */
void __leaf user_leave(struct user_frame *f)
{
	if (unlikely(has_to_stay())) {
		stay(f);
	}
}
