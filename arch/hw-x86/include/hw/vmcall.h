/*
 * hw/vmcall.h - the instruction that enters Xen from a hardware-assisted domain.
 *
 * RAX number, RDI RSI RDX R10 R8 arguments, result in RAX (Xen public
 * arch-x86/xen-x86_64.h); Intel has vmcall, AMD and Hygon vmmcall. Ring 0 only.
 */
#ifndef HW_VMCALL_H
#define HW_VMCALL_H

#include <kernel/types.h>
#include <kernel/string.h>
#include <x86/asm.h>
#include <x86/cpuid.h>
#include <xen/xen.h>
#include <xen/arch-x86/cpuid.h>

static inline long vmcall(bool is_amd, unsigned nr, unsigned long a1, unsigned long a2,
	unsigned long a3, unsigned long a4, unsigned long a5)
{
	register unsigned long r10 __asm__("r10") = a4;
	register unsigned long r8 __asm__("r8") = a5;
	long result = nr;

	if (is_amd) {
		__asm__ volatile("vmmcall"
				 : "+a"(result), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10), "+r"(r8)
				 :
				 : "memory");
	} else {
		__asm__ volatile("vmcall"
				 : "+a"(result), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10), "+r"(r8)
				 :
				 : "memory");
	}
	return result;
}

static inline bool vmcall_is_amd(void)
{
	char vendor[CPU_VENDOR_SIZE];

	cpu_vendor(vendor);
	return !strcmp(vendor, "AuthenticAMD") || !strcmp(vendor, "HygonGenuine");
}

/*
 * Xen's first CPUID leaf, 0 when there is no Xen. Another hypervisor's leaves may
 * come first, then Xen's are a multiple of 0x100 further up.
 */
static inline uint32_t xen_cpuid_base(void)
{
	uint32_t base, eax, ebx, ecx, edx;

	for (base = XEN_CPUID_FIRST_LEAF; base < XEN_CPUID_FIRST_LEAF + 0x10000; base += 0x100) {
		cpuid(base, 0, &eax, &ebx, &ecx, &edx);
		if (ebx == XEN_CPUID_SIGNATURE_EBX && ecx == XEN_CPUID_SIGNATURE_ECX &&
			edx == XEN_CPUID_SIGNATURE_EDX) {
			return base;
		}
	}
	return 0;
}

#endif
