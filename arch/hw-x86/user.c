/*
 * user.c (hw-x86) - programs on a CPU that is our own: SYSCALL, segment bases by
 * MSR, SMAP, and turning the vector units on.
 */
#include <hw/control.h>
#include <hw/descriptors.h>
#include <hw/start.h>
#include <kernel/cpu.h>
#include <x86/asm.h>
#include <x86/user.h>

#define FLAGS_MASKED 0x47700u	 /* TF IF DF IOPL NT AC: off on entry */
#define XCR0_USABLE  UINT64_C(7) /* x87, SSE, AVX */
#define CPUID_XSAVE  (1u << 26)
#define CPUID_AVX    (1u << 28)

_Static_assert(offsetof(struct port_cpu, kernel_rsp) == PORT_CPU_KERNEL_RSP, "vectors.S");
_Static_assert(offsetof(struct port_cpu, user_rsp) == PORT_CPU_USER_RSP, "vectors.S");

extern bool smap_enabled; /* paging.c */

const unsigned port_user_cs = SELECTOR_USER_CODE, port_user_cs32 = SELECTOR_USER_CODE32,
	       port_user_ss = SELECTOR_USER_DATA;

void syscall_entry(void);
void syscall_entry_32(void);

void port_tls_load(const struct port_user *user)
{
	msr_write(MSR_FS_BASE, user->tls.fs_base);
	msr_write(MSR_KERNEL_GS_BASE, user->tls.gs_base);
}

bool port_debug_was_step(void)
{
	uint64_t status = dr6_read();

	dr6_write(0);
	return status & DR6_STEP;
}

void port_access_begin(void)
{
	if (smap_enabled) {
		__asm__ volatile("stac" ::: "memory");
	}
}

void port_access_end(void)
{
	if (smap_enabled) {
		__asm__ volatile("clac" ::: "memory");
	}
}

static void vector_units_enable(void)
{
	uint32_t a, b, c, d;
	uint64_t parts = 3;

	cpuid(1, 0, &a, &b, &c, &d);
	cr0_write((cr0_read() | CR0_MP | CR0_AM) & ~(uint64_t)(CR0_EM | CR0_TS));
	cr4_write(cr4_read() | CR4_OSFXSR | CR4_OSXMMEXCPT);
	if (c & CPUID_XSAVE) {
		cr4_write(cr4_read() | CR4_OSXSAVE);
		parts |= c & CPUID_AVX ? XCR0_USABLE : 0;
		__asm__ volatile("xsetbv" : : "c"(0), "a"((uint32_t)parts), "d"(0));
	}
}

void hw_programs_enable(void)
{
	vector_units_enable();
	/* SYSRET adds 16 and 8 to the upper half, SYSCALL 0 and 8 to the lower. */
	msr_write(MSR_STAR,
		(uint64_t)SELECTOR_USER_CODE32 << 48 | (uint64_t)SELECTOR_KERNEL_CODE << 32);
	msr_write(MSR_LSTAR, (uint64_t)syscall_entry);
	msr_write(MSR_CSTAR, (uint64_t)syscall_entry_32);
	msr_write(MSR_SFMASK, FLAGS_MASKED);
	msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_SCE);
}

void port_init_programs(void)
{
	hw_programs_enable();
	fpu_init();
}
