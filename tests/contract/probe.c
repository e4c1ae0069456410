/* probe.c - accesses that may fault and that the kernel survives. */
#include <arch/boot.h>
#include <arch/trap.h>
#include <kernel/errno.h>
#include <kernel/ktest.h>
#include <kernel/string.h>
#include "memory.h"

KTEST(probe_reads_and_writes)
{
	char from[] = "twelve bytes", to[sizeof(from)] = "";

	KTEST_EXPECT(!memory_probe_read(to, from, sizeof(from)) && !strcmp(to, from));
	KTEST_EXPECT(!memory_probe_write(to, "x", 1) && to[0] == 'x' && to[1] == 'w');
	KTEST_EXPECT(!memory_probe_read(to, (void *)8, 0));
}

/* Nothing is mapped there on any port: the null page, the vmap region's first guard, the very end. */
KTEST(probe_wild_addresses)
{
	static const vaddr_t wild[] = { 0, 8, LAYOUT_USER_END / 2, LAYOUT_VMAP_BASE,
		LAYOUT_VMAP_BASE + LAYOUT_VMAP_SIZE - 8, ~0ul - 15 };
	uint64_t word = 0;

	for (size_t i = 0; i < ARRAY_SIZE(wild); i++) {
		if (memory_probe_read(&word, (const void *)wild[i], sizeof(word)) != -EFAULT) {
			ktest_verdict(KTEST_FAILURE, "%#lx could be read", wild[i]);
		}
		if (memory_probe_write((void *)wild[i], &word, sizeof(word)) != -EFAULT) {
			ktest_verdict(KTEST_FAILURE, "%#lx could be written", wild[i]);
		}
	}
}

/* W^X: text and constants cannot be written, by way of the image. */
KTEST(probe_write_protected)
{
	static const char constant[8] = "abcdefg";
	char byte;

	KTEST_EXPECT(!memory_probe_read(&byte, (void *)(vaddr_t)kernel_main, 1));
	KTEST_EXPECT(memory_probe_write((void *)(vaddr_t)kernel_main, &byte, 1) == -EFAULT);
	KTEST_EXPECT(!memory_probe_read(&byte, constant, 1) && byte == 'a');
	KTEST_EXPECT(memory_probe_write((void *)(vaddr_t)constant, &byte, 1) == -EFAULT);
}

KTEST(probe_all_of_ram)
{
	for (unsigned i = 0; i < boot_info.region_count; i++) {
		const struct boot_region *r = &boot_info.regions[i];
		pfn_t last = pfn_add(r->start, r->count - 1);
		uint64_t word;

		if (r->kind == REGION_FREE || r->kind == REGION_KERNEL) {
			KTEST_EXPECT(
				!memory_probe_read(&word, pfn_to_virt(r->start), sizeof(word)));
			KTEST_EXPECT(!memory_probe_read(&word, pfn_to_virt(last), sizeof(word)));
		}
	}
}
