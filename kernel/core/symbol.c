/*
 * symbol.c - names of addresses, from the table that the second link adds.
 *
 * The first link has no table: its symbols are weak and the names are missing
 * there. tools/ksyms.py sorts by address, so a look-up is a binary search.
 */
#include <kernel/panic.h>

#define WEAK __attribute__((weak))

extern const vaddr_t ksyms_base WEAK;
extern const vaddr_t ksyms_count WEAK;
extern const uint32_t ksyms_offsets[] WEAK; /* of each function from ksyms_base, ascending */
extern const uint32_t ksyms_names[] WEAK;   /* of its name in ksyms_text */
extern const char ksyms_text[] WEAK;

extern const char text_start[], text_end[];

/* The last function that starts at or below `offset`; there is one. */
static size_t function_find(vaddr_t offset)
{
	size_t low = 0, high = ksyms_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (ksyms_offsets[middle] <= offset) {
			low = middle;
		} else {
			high = middle;
		}
	}
	return low;
}

const char *symbol_name(vaddr_t addr, unsigned long *offset)
{
	size_t i;

	if (!&ksyms_count || !ksyms_count || addr < ksyms_base || addr < (vaddr_t)text_start ||
		addr >= (vaddr_t)text_end) {
		return NULL;
	}
	i = function_find(addr - ksyms_base);
	*offset = addr - ksyms_base - ksyms_offsets[i];
	return ksyms_text + ksyms_names[i];
}
