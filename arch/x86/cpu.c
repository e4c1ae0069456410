/*
 * cpu.c - what this CPU is, as far as unprivileged instructions can tell (Intel SDM 2A, CPUID).
 *
 * Runs in ring 0 and, on Xen PV, in ring 3 or 1: the ring is measured from CS, not
 * assumed, since it is one of the things a boot report has to show.
 */
#include <arch/cpu.h>
#include <kernel/log.h>
#include <kernel/string.h>
#include <x86/asm.h>
#include <x86/cpuid.h>
#include <x86/pte.h>

struct cpu_feature {
	struct cpuid_bit bit;
	const char *name;
};

static const struct cpu_feature features[] = {
	{ CPUID_TSC, "tsc" },
	{ CPUID_APIC, "apic" },
	{ CPUID_PGE, "pge" },
	{ CPUID_CLFLUSH, "clflush" },
	{ CPUID_SSE2, "sse2" },
	{ CPUID_PCID, "pcid" },
	{ CPUID_X2APIC, "x2apic" },
	{ CPUID_TSC_DEADLINE, "tsc-deadline" },
	{ CPUID_XSAVE, "xsave" },
	{ CPUID_AVX, "avx" },
	{ CPUID_RDRAND, "rdrand" },
	{ CPUID_HYPERVISOR, "hypervisor" },
	{ CPUID_FSGSBASE, "fsgsbase" },
	{ CPUID_SMEP, "smep" },
	{ CPUID_ERMS, "erms" },
	{ CPUID_SMAP, "smap" },
	{ CPUID_UMIP, "umip" },
	{ CPUID_SYSCALL, "syscall" },
	{ CPUID_NX, "nx" },
	{ CPUID_PAGE_1G, "page1g" },
	{ CPUID_RDTSCP, "rdtscp" },
	{ CPUID_LONG_MODE, "lm" },
	{ CPUID_TSC_INVARIANT, "invariant-tsc" },
};

static uint32_t cpuid_register(uint32_t leaf, uint32_t subleaf, enum cpuid_register reg)
{
	uint32_t r[4];

	cpuid(leaf, subleaf, &r[CPUID_EAX], &r[CPUID_EBX], &r[CPUID_ECX], &r[CPUID_EDX]);
	return r[reg];
}

static bool has_leaf(uint32_t leaf)
{
	return cpuid_register(leaf & 0xffff0000, 0, CPUID_EAX) >= leaf;
}

bool cpu_has(struct cpuid_bit bit)
{
	return has_leaf(bit.leaf) && (cpuid_register(bit.leaf, 0, bit.reg) >> bit.bit & 1);
}

void cpu_vendor(char vendor[CPU_VENDOR_SIZE])
{
	uint32_t eax, words[3];

	cpuid(0, 0, &eax, &words[0], &words[2], &words[1]);
	memcpy(vendor, words, sizeof(words));
	vendor[sizeof(words)] = '\0';
}

static void cpu_brand(char brand[49])
{
	uint32_t *words = (uint32_t *)(void *)brand;

	strlcpy(brand, "unknown model", 49);
	if (has_leaf(0x80000004)) {
		for (uint32_t i = 0; i < 3; i++, words += 4) {
			cpuid(0x80000002 + i, 0, &words[0], &words[1], &words[2], &words[3]);
		}
		brand[48] = '\0';
	}
}

/* Family and model are split over the base and extended fields (SDM 2A, CPUID leaf 1). */
static void describe_model(void)
{
	uint32_t eax = cpuid_register(1, 0, CPUID_EAX);
	unsigned family = eax >> 8 & 0xf, model = eax >> 4 & 0xf;
	char vendor[CPU_VENDOR_SIZE], brand[49] __aligned(4);

	if (family == 6 || family == 15) {
		model += (eax >> 16 & 0xf) << 4;
	}
	if (family == 15) {
		family += eax >> 20 & 0xff;
	}
	cpu_vendor(vendor);
	cpu_brand(brand);
	log_info("cpu: %s, %s, family %u model %u stepping %u", vendor, brand, family, model,
		eax & 0xf);
}

static void describe_features(void)
{
	char text[256];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(features) && len < sizeof(text); i++) {
		if (cpu_has(features[i].bit)) {
			len += (size_t)fmt_print(
				text + len, sizeof(text) - len, " %s", features[i].name);
		}
	}
	log_info("cpu: features%s", text);
}

static void describe_paging(void)
{
	uint32_t bits = has_leaf(0x80000008) ? cpuid_register(0x80000008, 0, CPUID_EAX) : 0x3024;

	log_info("cpu: paging %u levels, %u-bit physical, %u-bit virtual, nx %s, 1 GiB pages %s",
		PT_LEVELS, bits & 0xff, bits >> 8 & 0xff, cpu_has(CPUID_NX) ? "yes" : "no",
		cpu_has(CPUID_PAGE_1G) ? "yes" : "no");
}

/* Leaf 13: what XSAVE could save, and how much room it wants for what is enabled now. */
static void describe_xsave(void)
{
	if (!cpu_has(CPUID_XSAVE)) {
		log_info("cpu: no xsave, fxsave area 512 bytes");
		return;
	}
	log_info("cpu: xsave components %#x, area %u bytes now, %u at most, xsaveopt %s",
		cpuid_register(13, 0, CPUID_EAX), cpuid_register(13, 0, CPUID_EBX),
		cpuid_register(13, 0, CPUID_ECX),
		cpuid_register(13, 1, CPUID_EAX) & 1 ? "yes" : "no");
}

void cpu_describe(void)
{
	unsigned cs = cs_read();

	describe_model();
	log_info("cpu: mode %zu-bit, ring %u (cs %#x)", sizeof(long) * 8, cs & 3, cs);
	describe_features();
	describe_paging();
	describe_xsave();
}
