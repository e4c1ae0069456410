/*
 * arch/user.h - contract: programs. Entering user mode, what comes back from
 * it, and memory that belongs to it.
 *
 * <port/user.h> defines struct user_frame (the registers of a program that is
 * in the kernel; on x86 the trap frame at the top of its kernel stack) and
 * struct port_user (what else the CPU holds of it: TLS bases, FPU and vector
 * state), a field of struct thread.
 *
 * The port calls, on the thread's kernel stack, interrupts on:
 *   user_syscall(f)          for a system call
 *   user_page_fault(f, ...)  for a page fault of user mode
 *   user_exception(f, ...)   for every other trap of user mode
 * and, with interrupts masked, as the last thing before it leaves for user mode:
 *   user_leave(f)            signals, preemption; returns with interrupts masked
 */
#ifndef ARCH_USER_H
#define ARCH_USER_H

#include <kernel/types.h>
#include <port/user.h>

struct thread;
struct sigaction_kernel;

/* ---- called by the port, provided by kernel/ -------------------------- */

void user_syscall(struct user_frame *f);

/* `access` is MMU_READ, MMU_WRITE or MMU_EXEC. */
void user_page_fault(struct user_frame *f, vaddr_t address, unsigned access, bool was_present);

/* Linux's signal, si_code and address for a trap. */
void user_exception(struct user_frame *f, int signo, int code, vaddr_t address);

void user_leave(struct user_frame *f);

/* A page fault of the kernel in user_copy_*() and friends: true when the access may be tried again. */
bool user_fault_resolve(vaddr_t address, unsigned access);

/* ---- provided by the port --------------------------------------------- */

/* Once, before the first program: system-call entry, vector state. */
void port_init_programs(void);

/* The frame of a thread that belongs to a process: at a fixed place of its kernel stack. */
struct user_frame *user_frame_of(struct thread *thread);

/* A system call's number, its six arguments, and its result (which the frame then holds). */
long user_syscall_nr(const struct user_frame *f);
void user_syscall_args(const struct user_frame *f, unsigned long args[6]);
void user_syscall_return(struct user_frame *f, long result);
long user_syscall_result(const struct user_frame *f);
/* Make leaving the kernel execute the same system call again (restart after a signal). */
void user_syscall_restart(struct user_frame *f);

vaddr_t user_pc(const struct user_frame *f);
void user_pc_set(struct user_frame *f, vaddr_t pc);
vaddr_t user_sp(const struct user_frame *f);
void user_sp_set(struct user_frame *f, vaddr_t sp);

/* A fresh program: all registers 0 but pc and sp, flags sane. */
void user_frame_reset(struct user_frame *f, vaddr_t pc, vaddr_t sp);

/* Go to user mode through the frame of the calling thread. Does not return. */
void user_enter(void) __noreturn;

/* TLS and FPU: a fresh state for exec, a copy for fork and clone, an end. 0 or -ENOMEM. */
int port_user_init(struct thread *thread) __must_check;
int port_user_copy(struct thread *child, struct thread *parent) __must_check;
void port_user_free(struct thread *thread);
void port_user_reset(struct thread *thread); /* exec, by the thread itself */

/* The thread pointer, as clone()'s last argument says it (FS base on x86-64, a struct user_desc on i386); of the calling thread it takes effect at once. -EPERM for what is no user address; -EFAULT, -EINVAL. */
int port_user_tls_set(struct thread *thread, vaddr_t base) __must_check;

/* arch_prctl and the like: 0 or a negative errno. */
long port_user_prctl(int op, unsigned long arg);

/*
 * Signals. Push a Linux rt_sigframe for `signo` on the user stack (or the
 * alternate stack, `stack_top` != 0), and point the frame at the handler.
 * 0, or -EFAULT when the stack cannot be written, the frame would reach below `stack_bottom`, or there
 * is nothing that the handler could return to.
 */
struct signal_delivery {
	int signo;
	vaddr_t handler, restorer;
	bool has_restorer;    /* SA_RESTORER; without it a port may have one of its own */
	bool wants_info;      /* SA_SIGINFO */
	uint64_t mask_before; /* goes into the frame, restored by sigreturn */
	vaddr_t stack_top;    /* of the alternate stack to switch to, 0: stay */
	vaddr_t stack_bottom; /* of the alternate stack that is or will be in use, else 0 */
	vaddr_t altstack_base;
	size_t altstack_size;
	int altstack_flags;
	unsigned char info[128]; /* siginfo_t */
};
int user_signal_push(struct user_frame *f, const struct signal_delivery *delivery) __must_check;

/* What the frame says beside the registers, unchecked: what to block again, the alternate stack. */
struct signal_return {
	bool has_info; /* said by the caller: rt_sigreturn, not i386's sigreturn */
	uint64_t mask;
	vaddr_t altstack_base;
	size_t altstack_size;
	int altstack_flags;
};

/*
 * rt_sigreturn, sigreturn: restore all registers from the user stack; *back, whose mask the caller
 * initializes, is what else was there. -EFAULT, -EINVAL when it is not readable or not
 * sane: the registers may be changed all the same, but nothing is loaded that the CPU
 * refuses. -ENOMEM.
 */
int user_signal_pop(struct user_frame *f, struct signal_return *back) __must_check;

/*
 * Memory of the running process. 0, or -EFAULT; what was copied before the
 * fault stays copied. May sleep (page faults are resolved on the way): no locks held.
 */
int user_copy_in(void *dst, vaddr_t src, size_t len) __must_check;
int user_copy_out(vaddr_t dst, const void *src, size_t len) __must_check;
int user_clear(vaddr_t dst, size_t len) __must_check;
/* Length without the NUL, -EFAULT, or -ENAMETOOLONG when there is no NUL within `size`. */
long user_string_in(char *dst, vaddr_t src, size_t size) __must_check;

/* For futexes: compare and exchange a user word. 0 and *old, or -EFAULT. */
int user_cmpxchg32(vaddr_t address, uint32_t *old, uint32_t value) __must_check;

/* What AT_HWCAP, AT_PLATFORM and uname say. */
extern const char port_machine_name[];
uint64_t port_hwcap(void);

#endif
