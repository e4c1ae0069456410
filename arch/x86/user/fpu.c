/*
 * fpu.c - the program's x87, SSE and AVX state, saved and loaded at every switch.
 *
 * Eager: the state of the running program is in the registers, everybody
 * else's in memory. The kernel itself uses none of these registers, so a
 * system call saves nothing. XSAVE where the platform shows it (CPUID.1:ECX.OSXSAVE
 * says that whoever owns CR4 turned it on, on Xen PV as on bare hardware),
 * else FXSAVE. SDM 1, chapters 10 and 13.
 */
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/string.h>
#include <kernel/thread.h>
#include <x86/asm.h>
#include <x86/user.h>
#include <x86/word.h>

#define LEGACY_SIZE	   512u
#define HEADER_OFFSET	   512u
#define HEADER_SIZE	   64u
#define STATUS_OFFSET	   2u
#define EXCEPTIONS	   0x3fu
#define MXCSR_MASKS_SHIFT  7
#define MXCSR_OFFSET	   24u
#define MXCSR_DEFAULT	   0x1f80u
#define MXCSR_MASK_OFFSET  28u
#define MXCSR_MASK_DEFAULT 0xffbfu
#define FCW_DEFAULT	   0x037fu
#define FEATURE_LEGACY	   UINT64_C(3)
#define ALIGNMENT	   64u

static size_t size = LEGACY_SIZE;
static uint64_t features; /* XCR0; 0: no XSAVE */
static uint32_t mxcsr_mask = MXCSR_MASK_DEFAULT;

static uint64_t xcr0_read(void)
{
	uint32_t lo, hi;

	__asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
	return (uint64_t)hi << 32 | lo;
}

void fpu_init(void)
{
	static uint8_t image[LEGACY_SIZE] __aligned(16);
	uint32_t a, b, c, d;

	cpuid(1, 0, &a, &b, &c, &d);
	if (c & (1u << 27)) {
		features = xcr0_read();
		cpuid(0xd, 0, &a, &b, &c, &d);
		size = MAX((size_t)b, (size_t)(HEADER_OFFSET + HEADER_SIZE));
	}
	__asm__ volatile("fxsave" X86_WIDE " %0" : "=m"(image));
	memcpy(&mxcsr_mask, image + MXCSR_MASK_OFFSET, sizeof(mxcsr_mask));
	if (!mxcsr_mask) {
		mxcsr_mask = MXCSR_MASK_DEFAULT;
	}
}

size_t fpu_size(void)
{
	return size;
}

bool fpu_has_xsave(void)
{
	return features;
}

uint64_t fpu_features(void)
{
	return features;
}

void fpu_save(struct port_user *user)
{
	if (!user->fpu) {
		return;
	}
	if (features) {
		__asm__ volatile(
			"xsave" X86_WIDE " (%0)"
			:
			: "r"(user->fpu), "a"((uint32_t)features), "d"((uint32_t)(features >> 32))
			: "memory");
	} else {
		__asm__ volatile("fxsave" X86_WIDE " (%0)" : : "r"(user->fpu) : "memory");
	}
}

void fpu_load(const struct port_user *user)
{
	if (!user->fpu) {
		return;
	}
	if (features) {
		__asm__ volatile(
			"xrstor" X86_WIDE " (%0)"
			:
			: "r"(user->fpu), "a"((uint32_t)features), "d"((uint32_t)(features >> 32))
			: "memory");
	} else {
		__asm__ volatile("fxrstor" X86_WIDE " (%0)" : : "r"(user->fpu) : "memory");
	}
}

/* The state after reset: all zero but two control words. */
static void image_reset(uint8_t *image)
{
	uint16_t fcw = FCW_DEFAULT;
	uint32_t mxcsr = MXCSR_DEFAULT;
	uint64_t present = features & FEATURE_LEGACY;

	memset(image, 0, size);
	memcpy(image, &fcw, sizeof(fcw));
	memcpy(image + MXCSR_OFFSET, &mxcsr, sizeof(mxcsr));
	if (features) {
		memcpy(image + HEADER_OFFSET, &present, sizeof(present));
	}
}

/* XRSTOR and FXRSTOR fault on reserved bits, in ring 0. */
static bool image_is_sane(const uint8_t *image)
{
	uint64_t header[HEADER_SIZE / sizeof(uint64_t)];
	uint32_t mxcsr;

	memcpy(&mxcsr, image + MXCSR_OFFSET, sizeof(mxcsr));
	if (mxcsr & ~mxcsr_mask) {
		return false;
	}
	if (!features) {
		return true;
	}
	memcpy(header, image + HEADER_OFFSET, sizeof(header));
	for (unsigned i = 1; i < ARRAY_SIZE(header); i++) {
		if (header[i]) { /* the compacted form, or what is to come */
			return false;
		}
	}
	return !(header[0] & ~features);
}

int fpu_replace(void *image, bool legacy_only)
{
	struct port_user *user = &thread_current()->user;
	uint64_t header[HEADER_SIZE / sizeof(uint64_t)] = { features & FEATURE_LEGACY };

	if (features && legacy_only) {
		memcpy((uint8_t *)image + HEADER_OFFSET, header, sizeof(header));
	}
	if (!image_is_sane(image)) {
		return -EINVAL;
	}
	preempt_disable();
	memcpy(user->fpu, image, size);
	fpu_load(user);
	preempt_enable();
	return 0;
}

void fpu_reset(void)
{
	struct port_user *user = &thread_current()->user;

	preempt_disable();
	image_reset(user->fpu);
	fpu_load(user);
	preempt_enable();
}

/* Brings the image of the running program up to date. */
static const uint8_t *image_current(void)
{
	struct port_user *user = &thread_current()->user;

	preempt_disable();
	fpu_save(user);
	preempt_enable();
	return user->fpu;
}

unsigned fpu_x87_exceptions(void)
{
	const uint8_t *image = image_current();
	uint16_t control, status;

	memcpy(&control, image, sizeof(control));
	memcpy(&status, image + STATUS_OFFSET, sizeof(status));
	return status & ~control & EXCEPTIONS;
}

unsigned fpu_simd_exceptions(void)
{
	uint32_t mxcsr;

	memcpy(&mxcsr, image_current() + MXCSR_OFFSET, sizeof(mxcsr));
	return mxcsr & ~(mxcsr >> MXCSR_MASKS_SHIFT) & EXCEPTIONS;
}

static int image_alloc(struct port_user *user)
{
	user->fpu_memory = heap_alloc(size + ALIGNMENT);
	if (!user->fpu_memory) {
		return -ENOMEM;
	}
	user->fpu = (void *)ALIGN_UP((uintptr_t)user->fpu_memory, ALIGNMENT);
	return 0;
}

int port_user_init(struct thread *thread)
{
	thread->user.tls = (struct port_tls){ 0 };
	if (image_alloc(&thread->user)) {
		return -ENOMEM;
	}
	image_reset(thread->user.fpu);
	return 0;
}

int port_user_copy(struct thread *child, struct thread *parent)
{
	if (image_alloc(&child->user)) {
		return -ENOMEM;
	}
	if (parent == thread_current()) {
		preempt_disable();
		fpu_save(&parent->user);
		preempt_enable();
	}
	memcpy(child->user.fpu, parent->user.fpu, size);
	child->user.tls = parent->user.tls;
	*user_frame_of(child) = *user_frame_of(parent);
	return 0;
}

void port_user_free(struct thread *thread)
{
	void *memory = thread->user.fpu_memory;

	preempt_disable(); /* a switch in between would save into what is freed */
	thread->user.fpu = thread->user.fpu_memory = NULL;
	preempt_enable();
	heap_free(memory);
}

void port_user_reset(struct thread *thread)
{
	preempt_disable();
	fpu_reset();
	thread->user.tls = (struct port_tls){ 0 };
	port_tls_load(&thread->user);
	preempt_enable();
}
