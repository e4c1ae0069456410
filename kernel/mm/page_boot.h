/* page_boot.h - what page_boot.c builds the frame allocator with, once, on one CPU. */
#ifndef KERNEL_MM_PAGE_BOOT_H
#define KERNEL_MM_PAGE_BOOT_H

#include <kernel/page.h>

/* Use `array`, `count` elements in memory that is not yet the allocator's, for frames [0, count): all holes. */
void page_array_set(struct page *array, unsigned long count);

void page_range_mark(pfn_t start, unsigned long count, enum page_kind kind);

/* Hand a range of frames over to the allocator. */
void page_range_add(pfn_t start, unsigned long count);

#endif
