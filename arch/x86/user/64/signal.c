/*
 * signal.c - signal frames of x86-64 Linux: what a handler finds on its stack,
 * and what rt_sigreturn() takes back (Linux's <asm/sigcontext.h>, <asm/ucontext.h>).
 *
 * From the stack pointer up: the restorer's address (the handler returns to
 * it), ucontext, siginfo; above them, aligned to 64, the vector state. On the way
 * back nothing is believed: selectors are those of user mode or refused, flags
 * are masked, and vector state that the CPU would refuse is refused before it is loaded.
 */
#include "../signal_vector.h"

#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/string.h>
#include <x86/user.h>

#define RED_ZONE 128u

/* ucontext.uc_flags */
enum { UC_FP_XSTATE = 1, UC_SIGCONTEXT_SS = 2, UC_STRICT_RESTORE_SS = 4 };

struct sigcontext {
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
	uint16_t cs, gs, fs, ss;
	uint64_t err, trapno, oldmask, cr2, fpstate;
	uint64_t reserved[8];
};
_Static_assert(sizeof(struct sigcontext) == 256, "asm/sigcontext.h");

struct sigframe {
	uint64_t restorer;
	uint64_t uc_flags, uc_link;
	uint64_t altstack_base;
	int32_t altstack_flags, pad;
	uint64_t altstack_size;
	struct sigcontext context;
	uint64_t mask;
	unsigned char info[128];
};

static void context_fill(struct sigcontext *c, const struct trap_frame *t, uint64_t mask)
{
	*c = (struct sigcontext){
		.r8 = t->r8,
		.r9 = t->r9,
		.r10 = t->r10,
		.r11 = t->r11,
		.r12 = t->r12,
		.r13 = t->r13,
		.r14 = t->r14,
		.r15 = t->r15,
		.rdi = t->di,
		.rsi = t->si,
		.rbp = t->bp,
		.rbx = t->bx,
		.rdx = t->dx,
		.rax = t->ax,
		.rcx = t->cx,
		.rsp = t->sp,
		.rip = t->ip,
		.rflags = t->flags,
		.cs = (uint16_t)t->cs,
		.ss = (uint16_t)t->ss,
		.err = t->vector < X86_VECTOR_UPCALL ? t->error_code : 0,
		.trapno = t->vector < X86_VECTOR_UPCALL ? t->vector : 0,
		.oldmask = mask,
	};
}

int user_signal_push(struct user_frame *f, const struct signal_delivery *d)
{
	struct trap_frame *t = &f->t;
	struct sigframe frame = {
		.restorer = d->restorer,
		.uc_flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS |
			(fpu_has_xsave() ? UC_FP_XSTATE : 0),
		.altstack_base = d->altstack_base,
		.altstack_size = d->altstack_size,
		.altstack_flags = d->altstack_flags,
		.mask = d->mask_before,
	};
	vaddr_t top = d->stack_top ? d->stack_top : t->sp - RED_ZONE;
	vaddr_t state = ALIGN_DOWN(top - signal_vector_room(), 64);
	/* As after a call: the stack pointer is 8 below a multiple of 16. */
	vaddr_t sp = ALIGN_DOWN(state - sizeof(frame), 16) - 8;

	context_fill(&frame.context, t, d->mask_before);
	frame.context.fpstate = state;
	memcpy(frame.info, d->info, sizeof(frame.info));
	/* Nothing of ours can be returned to, so Linux asks for the program's own. */
	if (!d->has_restorer || sp < d->stack_bottom || signal_vector_push(state, 0) ||
		user_copy_out(sp, &frame, sizeof(frame))) {
		return -EFAULT;
	}
	t->sp = sp;
	t->ip = d->handler;
	t->di = (uint64_t)d->signo;
	t->si = sp + offsetof(struct sigframe, info);
	t->dx = sp + offsetof(struct sigframe, uc_flags);
	t->ax = 0;
	t->flags = (t->flags & ~(uint64_t)FLAGS_CLEARED) | FLAGS_FORCED;
	t->cs = port_user_cs; /* whatever segments the program was in, handlers are 64-bit code */
	t->ss = port_user_ss;
	t->vector = X86_VECTOR_FULL;
	return 0;
}

/* As below, where there is no more than FXSAVE's: small enough for the stack. */
static int __noinline legacy_pop(vaddr_t at)
{
	uint8_t image[LEGACY_SIZE] __aligned(16);
	int err = user_copy_in(image, at, sizeof(image));

	return err ? err : fpu_replace(image, true);
}

/* Load vector state that a program wrote. Through a private copy, so that it cannot change after the check. */
static int state_pop(vaddr_t at)
{
	bool legacy_only;
	uint8_t *image;
	int err;

	if (!at) {
		fpu_reset();
		return 0;
	}
	if (at % (fpu_has_xsave() ? 64 : 16)) { /* the instruction's own demand */
		return -EFAULT;
	}
	if (!fpu_has_xsave()) {
		return legacy_pop(at);
	}
	image = heap_alloc_unfilled(fpu_size());
	if (!image) {
		return -ENOMEM;
	}
	err = signal_vector_in(image, at, &legacy_only);
	err = err ? err : fpu_replace(image, legacy_only);
	heap_free(image);
	return err;
}

/* The selectors of a frame; -EINVAL for those with which the CPU would not go to user mode. */
static int segments_pop(struct trap_frame *t, const struct sigframe *frame)
{
	unsigned cs = frame->context.cs | RPL_USER, ss = frame->context.ss | RPL_USER;

	if (cs != port_user_cs && cs != port_user_cs32) {
		return -EINVAL;
	}
	t->cs = cs;
	if (ss != port_user_ss &&
		(cs == port_user_cs32 || frame->uc_flags & UC_STRICT_RESTORE_SS)) {
		return -EINVAL;
	}
	return 0;
}

static void registers_pop(struct trap_frame *t, const struct sigcontext *c)
{
	*t = (struct trap_frame){
		.r8 = c->r8,
		.r9 = c->r9,
		.r10 = c->r10,
		.r11 = c->r11,
		.r12 = c->r12,
		.r13 = c->r13,
		.r14 = c->r14,
		.r15 = c->r15,
		.di = c->rdi,
		.si = c->rsi,
		.bp = c->rbp,
		.bx = c->rbx,
		.dx = c->rdx,
		.ax = c->rax,
		.cx = c->rcx,
		.sp = c->rsp,
		.ip = c->rip,
		.flags = (t->flags & ~(uint64_t)FLAGS_RESTORED) | (c->rflags & FLAGS_RESTORED) |
			FLAGS_FORCED,
		.cs = port_user_cs,
		.ss = port_user_ss,
		.vector = X86_VECTOR_FULL,
	};
}

int user_signal_pop(struct user_frame *f, struct signal_return *back)
{
	struct sigframe frame;

	/* The restorer was popped by the handler's return. */
	if (user_copy_in(&frame, f->t.sp - sizeof(frame.restorer), sizeof(frame))) {
		return -EFAULT;
	}
	*back = (struct signal_return){ .mask = frame.mask,
		.altstack_base = frame.altstack_base,
		.altstack_size = frame.altstack_size,
		.altstack_flags = frame.altstack_flags };
	registers_pop(&f->t, &frame.context);
	if (segments_pop(&f->t, &frame)) {
		return -EFAULT;
	}
	return state_pop(frame.context.fpstate);
}
