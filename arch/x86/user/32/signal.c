/*
 * signal.c (32-bit) - signal frames of i386 Linux: what a handler finds on its stack, and what
 * sigreturn() and rt_sigreturn() take back (Linux's <asm/sigcontext.h>, <asm/ucontext.h>).
 *
 * There are two: for who asked for details (SA_SIGINFO) and for who did not. From the stack pointer up: the
 * address to return to, the handler's arguments, the registers; above, the x87's state as
 * FSAVE has it and, aligned to 64, as FXSAVE or XSAVE has it. A handler without SA_RESTORER returns to
 * the vDSO; without that to code in the frame, which works where the stack may be executed, and is there for
 * debuggers to know a frame by in any case. On the way back nothing
 * is believed: code and stack segment are user mode's or refused, the others are loaded
 * where their faults are caught, flags are masked, and vector state that the CPU would refuse is refused before.
 */
#include "../signal_vector.h"
#include "fsave.h"

#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/string.h>
#include <kernel/thread.h>
#include <x86/user.h>
#include <x86/vdso.h>

#define UC_FP_XSTATE 1u

struct sigcontext {
	uint16_t gs, gs_pad, fs, fs_pad, es, es_pad, ds, ds_pad;
	uint32_t di, si, bp, sp, bx, dx, cx, ax, trapno, err, ip;
	uint16_t cs, cs_pad;
	uint32_t flags, sp_at_signal;
	uint16_t ss, ss_pad;
	uint32_t fpstate, oldmask, cr2;
};
_Static_assert(sizeof(struct sigcontext) == 88, "asm/sigcontext.h");

/* Code that a handler may return to. */
#define RETURN_CODE_SIZE 8

/* In two parts: what lies between them is where the vector state once was. */
#define PLAIN_GAP 624u

struct plain_head {
	uint32_t restorer, signo;
	struct sigcontext context;
};

struct plain_tail {
	uint32_t mask_high;
	unsigned char code[RETURN_CODE_SIZE];
};

#define PLAIN_TAIL (sizeof(struct plain_head) + PLAIN_GAP)
#define PLAIN_SIZE (PLAIN_TAIL + sizeof(struct plain_tail))
_Static_assert(PLAIN_SIZE == 732, "Linux's struct sigframe_ia32");

struct info_frame {
	uint32_t restorer, signo, info_address, context_address;
	unsigned char info[128];
	uint32_t uc_flags, uc_link, altstack_base;
	int32_t altstack_flags;
	uint32_t altstack_size;
	struct sigcontext context;
	uint64_t mask;
	unsigned char code[RETURN_CODE_SIZE];
};
_Static_assert(sizeof(struct info_frame) == 268, "Linux's struct rt_sigframe_ia32");

/* pop %eax; mov $119, %eax; int $0x80 - and mov $173, %eax; int $0x80 */
static const unsigned char plain_code[] = { 0x58, 0xb8, 119, 0, 0, 0, 0xcd, 0x80 };
static const unsigned char info_code[RETURN_CODE_SIZE] = { 0xb8, 173, 0, 0, 0, 0xcd, 0x80 };

/* ---- in ------------------------------------------------------------------------------------- */

/* The vector state, as Linux lays it out, at `at`, a multiple of 64; the x87's in front of it. */
static int state_push(vaddr_t at)
{
	struct fsave_image x87;

	if (signal_vector_push(at, sizeof(x87))) {
		return -EFAULT;
	}
	fsave_from(&x87, thread_current()->user.fpu);
	return user_copy_out(at - sizeof(x87), &x87, sizeof(x87));
}

static void context_fill(
	struct sigcontext *c, const struct trap_frame *t, uint64_t mask, vaddr_t state)
{
	*c = (struct sigcontext){
		.gs = (uint16_t)t->gs,
		.fs = (uint16_t)t->fs,
		.es = (uint16_t)t->es,
		.ds = (uint16_t)t->ds,
		.di = t->di,
		.si = t->si,
		.bp = t->bp,
		.sp = t->sp,
		.bx = t->bx,
		.dx = t->dx,
		.cx = t->cx,
		.ax = t->ax,
		.trapno = t->vector < X86_VECTOR_UPCALL ? t->vector : 0,
		.err = t->vector < X86_VECTOR_UPCALL ? t->error_code : 0,
		.ip = t->ip,
		.cs = (uint16_t)t->cs,
		.flags = t->flags,
		.sp_at_signal = t->sp,
		.ss = (uint16_t)t->ss,
		.fpstate = state - sizeof(struct fsave_image),
		.oldmask = (uint32_t)mask,
	};
}

/* As after a call: the stack pointer is 4 below a multiple of 16. */
static vaddr_t frame_place(vaddr_t state, size_t size)
{
	return ALIGN_DOWN(state - sizeof(struct fsave_image) - size + 4, 16) - 4;
}

static vaddr_t return_address(const struct signal_delivery *d, unsigned slot, vaddr_t code)
{
	vaddr_t entry = vdso_entry();

	if (d->has_restorer) {
		return d->restorer;
	}
	return entry ? entry + slot * VDSO_SLOT_SIZE : code;
}

static int plain_push(
	struct trap_frame *t, const struct signal_delivery *d, vaddr_t sp, vaddr_t state)
{
	vaddr_t code = sp + PLAIN_TAIL + offsetof(struct plain_tail, code);
	struct plain_head head = {
		.restorer = return_address(d, VDSO_SIGRETURN, code),
		.signo = (uint32_t)d->signo,
	};
	struct plain_tail tail = { .mask_high = (uint32_t)(d->mask_before >> 32) };
	int err;

	context_fill(&head.context, t, d->mask_before, state);
	memcpy(tail.code, plain_code, sizeof(tail.code));
	t->dx = t->cx = 0;
	err = user_copy_out(sp, &head, sizeof(head));
	return err ? err : user_copy_out(sp + PLAIN_TAIL, &tail, sizeof(tail));
}

static int info_push(
	struct trap_frame *t, const struct signal_delivery *d, vaddr_t sp, vaddr_t state)
{
	struct info_frame frame = {
		.restorer = return_address(
			d, VDSO_RT_SIGRETURN, sp + offsetof(struct info_frame, code)),
		.signo = (uint32_t)d->signo,
		.info_address = sp + offsetof(struct info_frame, info),
		.context_address = sp + offsetof(struct info_frame, uc_flags),
		.uc_flags = fpu_has_xsave() ? UC_FP_XSTATE : 0,
		.altstack_base = d->altstack_base,
		.altstack_flags = d->altstack_flags,
		.altstack_size = d->altstack_size,
		.mask = d->mask_before,
	};

	context_fill(&frame.context, t, d->mask_before, state);
	memcpy(frame.info, d->info, sizeof(frame.info));
	memcpy(frame.code, info_code, sizeof(frame.code));
	t->dx = frame.info_address;
	t->cx = frame.context_address;
	return user_copy_out(sp, &frame, sizeof(frame));
}

int user_signal_push(struct user_frame *f, const struct signal_delivery *d)
{
	struct trap_frame *t = &f->t;
	vaddr_t top = d->stack_top ? d->stack_top : t->sp;
	vaddr_t state = ALIGN_DOWN(top - signal_vector_room(), 64);
	vaddr_t sp = frame_place(state, d->wants_info ? sizeof(struct info_frame) : PLAIN_SIZE);

	if (sp < d->stack_bottom || sp > top || state_push(state) ||
		(d->wants_info ? info_push(t, d, sp, state) : plain_push(t, d, sp, state))) {
		return -EFAULT;
	}
	t->sp = sp;
	t->ip = d->handler;
	t->ax = (unsigned long)d->signo;
	t->flags = (t->flags & ~(unsigned long)FLAGS_CLEARED) | FLAGS_FORCED;
	t->cs = port_user_cs;
	t->ss = t->ds = t->es = port_user_ss;
	t->vector = X86_VECTOR_FULL;
	return 0;
}

/* ---- back ----------------------------------------------------------------------------------- */

/* The x87's state counts as FSAVE has it, for programs that know no other; SSE's as FXSAVE has it. */
static int image_in(uint8_t *image, vaddr_t x87_at, vaddr_t at, bool *legacy_only)
{
	struct fsave_image x87;

	if (user_copy_in(&x87, x87_at, sizeof(x87)) || signal_vector_in(image, at, legacy_only)) {
		return -EFAULT;
	}
	fsave_into(image, &x87);
	return 0;
}

/* Load vector state that a program wrote. Through a private copy, so that it cannot change after the check. */
static int state_pop(vaddr_t x87_at)
{
	vaddr_t at = x87_at + sizeof(struct fsave_image);
	bool legacy_only;
	uint8_t *image;
	int err;

	if (!x87_at) {
		fpu_reset();
		return 0;
	}
	image = heap_alloc(fpu_size());
	if (!image) {
		return -ENOMEM;
	}
	err = image_in(image, x87_at, at, &legacy_only);
	if (!err) {
		err = fpu_replace(image, legacy_only);
	}
	heap_free(image);
	return err;
}

static void registers_pop(struct trap_frame *t, const struct sigcontext *c)
{
	*t = (struct trap_frame){
		.bx = c->bx,
		.cx = c->cx,
		.dx = c->dx,
		.si = c->si,
		.di = c->di,
		.bp = c->bp,
		.ax = c->ax,
		.gs = c->gs,
		.es = c->es,
		.ds = c->ds,
		.fs = c->fs,
		.vector = X86_VECTOR_FULL,
		.ip = c->ip,
		.cs = port_user_cs,
		.flags = (t->flags & ~(unsigned long)FLAGS_RESTORED) | (c->flags & FLAGS_RESTORED) |
			FLAGS_FORCED,
		.sp = c->sp,
		.ss = port_user_ss,
	};
}

static int context_pop(struct trap_frame *t, const struct sigcontext *c)
{
	registers_pop(t, c);
	if ((c->cs | RPL_USER) != port_user_cs || (c->ss | RPL_USER) != port_user_ss) {
		return -EFAULT;
	}
	return state_pop(c->fpstate);
}

/* The handler's return popped the restorer, and sigreturn()'s caller the signal's number. */
static int plain_pop(struct trap_frame *t, struct signal_return *back)
{
	vaddr_t sp = t->sp - offsetof(struct plain_head, context);
	struct plain_head head;
	struct plain_tail tail;

	if (user_copy_in(&head, sp, sizeof(head)) ||
		user_copy_in(&tail, sp + PLAIN_TAIL, sizeof(tail))) {
		return -EFAULT;
	}
	back->mask = (uint64_t)tail.mask_high << 32 | head.context.oldmask;
	return context_pop(t, &head.context);
}

static int info_pop(struct trap_frame *t, struct signal_return *back)
{
	struct info_frame frame;

	if (user_copy_in(&frame, t->sp - sizeof(frame.restorer), sizeof(frame))) {
		return -EFAULT;
	}
	back->mask = frame.mask;
	back->altstack_base = frame.altstack_base;
	back->altstack_size = frame.altstack_size;
	back->altstack_flags = frame.altstack_flags;
	return context_pop(t, &frame.context);
}

int user_signal_pop(struct user_frame *f, struct signal_return *back)
{
	return back->has_info ? info_pop(&f->t, back) : plain_pop(&f->t, back);
}
