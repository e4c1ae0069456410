/* port/pt.h (hw-x86) - entries hold physical frames, and a pfn is one. */
#ifndef PORT_PT_H
#define PORT_PT_H

#include <x86/pte.h>

static inline pte_t pte_make(pfn_t p, uint64_t flags)
{
	return (pte_t){ (uint64_t)p.n << PAGE_SHIFT | flags };
}

static inline pfn_t pte_pfn(pte_t e)
{
	return pfn((e.v & PTE_FRAME_MASK) >> PAGE_SHIFT);
}

#endif
