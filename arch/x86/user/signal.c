/*
 * signal.c - signal frames of x86-64 Linux: what a handler finds on its stack,
 * and what rt_sigreturn() takes back (Linux's <asm/sigcontext.h>, <asm/ucontext.h>).
 *
 * From the stack pointer up: the restorer's address (the handler returns to
 * it), ucontext, siginfo; above them, aligned to 64, the vector state. On the way
 * back nothing is believed: selectors are set afresh, flags are masked, and the
 * vector state is made harmless before it is loaded.
 */
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/string.h>
#include <kernel/thread.h>
#include <x86/user.h>

#define RED_ZONE     128u
#define LEGACY_SIZE  512u
#define SW_OFFSET    464u /* software-reserved bytes of the legacy image */
#define MAGIC1	     0x46505853u
#define MAGIC2	     0x46505845u
#define UC_FP_XSTATE 1u
#define FLAGS_OF_USER                                                                              \
	0x240dd5u /* ID AC DF OF TF SF ZF AF PF CF, and fixed bit's neighbours: what a program may set */
#define FLAGS_FORCED 0x202u /* IF and the bit that is always 1 */

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

/* The software-reserved bytes: how much of the state is there, for whoever walks the frame. */
struct state_header {
	uint32_t magic1, extended_size;
	uint64_t features;
	uint32_t state_size, pad[7];
};
_Static_assert(sizeof(struct state_header) == 48, "asm/sigcontext.h, struct _fpx_sw_bytes");

static size_t state_room(void)
{
	return fpu_size() + (fpu_has_xsave() ? sizeof(uint32_t) : 0);
}

/* The vector state, as Linux lays it out, at `at`. */
static int state_push(vaddr_t at)
{
	struct port_user *user = &thread_current()->user;
	uint32_t magic2 = MAGIC2;
	struct state_header header = {
		.magic1 = MAGIC1,
		.extended_size = (uint32_t)state_room(),
		.features = fpu_features(),
		.state_size = (uint32_t)fpu_size(),
	};

	preempt_disable();
	fpu_save(user);
	preempt_enable();
	if (user_copy_out(at, user->fpu, fpu_size())) {
		return -EFAULT;
	}
	if (!fpu_has_xsave()) {
		return 0;
	}
	if (user_copy_out(at + SW_OFFSET, &header, sizeof(header))) {
		return -EFAULT;
	}
	return user_copy_out(at + fpu_size(), &magic2, sizeof(magic2));
}

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
		.rdi = t->rdi,
		.rsi = t->rsi,
		.rbp = t->rbp,
		.rbx = t->rbx,
		.rdx = t->rdx,
		.rax = t->rax,
		.rcx = t->rcx,
		.rsp = t->rsp,
		.rip = t->rip,
		.rflags = t->rflags,
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
		.uc_flags = fpu_has_xsave() ? UC_FP_XSTATE : 0,
		.altstack_base = d->altstack_base,
		.altstack_size = d->altstack_size,
		.altstack_flags = d->altstack_flags,
		.mask = d->mask_before,
	};
	vaddr_t top = d->stack_top ? d->stack_top : t->rsp - RED_ZONE;
	vaddr_t state = ALIGN_DOWN(top - state_room(), 64);
	/* As after a call: the stack pointer is 8 below a multiple of 16. */
	vaddr_t sp = ALIGN_DOWN(state - sizeof(frame), 16) - 8;

	context_fill(&frame.context, t, d->mask_before);
	frame.context.fpstate = state;
	memcpy(frame.info, d->info, sizeof(frame.info));
	if (state_push(state) || user_copy_out(sp, &frame, sizeof(frame))) {
		return -EFAULT;
	}
	t->rsp = sp;
	t->rip = d->handler;
	t->rdi = (uint64_t)d->signo;
	t->rsi = sp + offsetof(struct sigframe, info);
	t->rdx = sp + offsetof(struct sigframe, uc_flags);
	t->rax = 0;
	t->rflags = FLAGS_FORCED;
	t->vector = X86_VECTOR_FULL;
	return 0;
}

/* Load vector state that a program wrote. Through a private copy, so that it cannot change after the check. */
static int state_pop(vaddr_t at)
{
	struct port_user *user = &thread_current()->user;
	uint8_t *image;
	int err = 0;

	if (!at) {
		return 0;
	}
	image = heap_alloc(fpu_size());
	if (!image) {
		return -ENOMEM;
	}
	if (user_copy_in(image, at, fpu_size())) {
		err = -EFAULT;
	} else if (fpu_sanitize(image)) {
		preempt_disable();
		memcpy(user->fpu, image, fpu_size());
		fpu_load(user);
		preempt_enable();
	}
	heap_free(image);
	return err;
}

int user_signal_pop(struct user_frame *f, struct signal_return *back)
{
	struct trap_frame *t = &f->t;
	const struct sigcontext *c;
	struct sigframe frame;

	/* The restorer was popped by the handler's return. */
	if (user_copy_in(&frame, t->rsp - sizeof(frame.restorer), sizeof(frame))) {
		return -EFAULT;
	}
	c = &frame.context;
	if (state_pop(c->fpstate)) {
		return -EFAULT;
	}
	*t = (struct trap_frame){
		.r8 = c->r8,
		.r9 = c->r9,
		.r10 = c->r10,
		.r11 = c->r11,
		.r12 = c->r12,
		.r13 = c->r13,
		.r14 = c->r14,
		.r15 = c->r15,
		.rdi = c->rdi,
		.rsi = c->rsi,
		.rbp = c->rbp,
		.rbx = c->rbx,
		.rdx = c->rdx,
		.rax = c->rax,
		.rcx = c->rcx,
		.rsp = c->rsp,
		.rip = c->rip,
		.rflags = (c->rflags & FLAGS_OF_USER) | FLAGS_FORCED,
		.cs = port_user_cs,
		.ss = port_user_ss,
		.vector = X86_VECTOR_FULL,
	};
	*back = (struct signal_return){ .mask = frame.mask,
		.altstack_base = frame.altstack_base,
		.altstack_size = frame.altstack_size,
		.altstack_flags = frame.altstack_flags };
	return 0;
}
