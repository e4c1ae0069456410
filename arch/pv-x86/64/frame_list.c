/*
 * frame_list.c (pv64) - where the toolstack finds pv_p2m, by which it understands our page tables when it saves or
 * dumps the domain (public arch-x86/xen.h, struct arch_shared_info).
 *
 *      shared info            list of lists          lists            pv_p2m
 *      pfn_to_mfn_frame_
 *      list_list        --->  [0]            --->    [0]       --->   pfn 0 to 511
 *                             [1]                    [1]       --->   pfn 512 to 1023
 *
 * Entries are machine frames, so after a restore all is written anew. There is another way to tell, by an address
 * and the root of the tables that map it (p2m_cr3); Xen 4.17's xl dump-core takes a list of less than 2 MiB for an
 * empty one then, when it does not begin at a multiple of 1 GiB.
 *
 * Invariant: the array is the list of lists, then as many lists as the entries of pv_p2m need.
 */
#include "frame_list.h"

#include "../port.h"

#include <drivers/xen/platform.h>
#include <kernel/page.h>
#include <kernel/string.h>
#include <x86/pt.h>
#include <xen/xen.h>

#define PER_PAGE (PAGE_SIZE / sizeof(unsigned long))

static unsigned long *list_of_lists;

static unsigned long frame_at(const void *page)
{
	return pfn_to_mfn(virt_to_pfn(page)).n;
}

/* What page `i` of an array that begins at `array` lies in. */
static unsigned long frame_of(const unsigned long *array, size_t i)
{
	return frame_at(array + i * PER_PAGE);
}

void frame_list_tell(void)
{
	struct shared_info *shared = xen_platform.shared;
	unsigned long *list = list_of_lists + PER_PAGE;
	size_t pages = DIV_ROUND_UP(pv_p2m_count, PER_PAGE);

	for (size_t i = 0; i < pages; i++) {
		list[i] = frame_of(pv_p2m, i);
	}
	for (size_t i = 0; i < DIV_ROUND_UP(pages, PER_PAGE); i++) {
		list_of_lists[i] = frame_of(list, i);
	}
	shared->arch.max_pfn = pv_p2m_count;
	shared->arch.pfn_to_mfn_frame_list_list = frame_at(list_of_lists);
}

void frame_list_init(void)
{
	size_t pages = 1 + DIV_ROUND_UP(pv_p2m_count, PER_PAGE * PER_PAGE);
	unsigned order = 0;
	struct page *page;

	while ((1UL << order) < pages) {
		order++;
	}
	page = page_alloc(order);
	if (!page) {
		memory_exhausted("page", PAGE_SIZE << order, __builtin_return_address(0));
	}
	list_of_lists = page_address(page);
	memset(list_of_lists, 0, PAGE_SIZE << order);
	frame_list_tell();
}
