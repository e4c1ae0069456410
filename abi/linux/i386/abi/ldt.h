/* abi/ldt.h (i386) - set_thread_area(2): a segment as programs describe it (Linux's <asm/ldt.h>). */
#ifndef ABI_LDT_H
#define ABI_LDT_H

#include <stdint.h>

struct linux_user_desc {
	uint32_t entry; /* of the GDT; -1: any that is free */
	uint32_t base, limit;
	uint32_t is_32bit : 1;
	uint32_t contents : 2; /* 0 data, 1 data that grows down, 2 and 3 code */
	uint32_t is_read_only : 1;
	uint32_t limit_in_pages : 1;
	uint32_t is_absent : 1;
	uint32_t is_usable : 1;
	uint32_t unused : 25;
};
_Static_assert(sizeof(struct linux_user_desc) == 16, "asm/ldt.h: struct user_desc");

/* Entries that are programs' own. */
#define TLS_ENTRY_FIRST 6
#define TLS_ENTRY_COUNT 3

#endif
