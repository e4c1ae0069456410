/* probe.c - memory accesses that may fault (arch/trap.h), and the table that says where they go then. */
#include <arch/trap.h>
#include <kernel/errno.h>
#include <x86/fixup.h>

extern const struct fixup fixups_start[], fixups_end[]; /* kernel.lds */

bool smap_enabled;

int probe_copy(void *dst, const void *src, size_t len); /* probe.S */

vaddr_t fixup_find(vaddr_t pc)
{
	for (const struct fixup *f = fixups_start; f < fixups_end; f++) {
		if (f->fault == pc) {
			return f->recovery;
		}
	}
	return 0;
}

int memory_probe_read(void *dst, const void *src, size_t len)
{
	return probe_copy(dst, src, len) ? -EFAULT : 0;
}

int memory_probe_write(void *dst, const void *src, size_t len)
{
	return probe_copy(dst, src, len) ? -EFAULT : 0;
}
