/*
 * port/pt.h (pv-x86) - entries hold machine frames: the two tables that translate.
 *
 * pv_p2m is ours (made by the domain builder), pv_m2p is Xen's, read-only and
 * shared by all domains. A machine frame that is not ours (shared info, a
 * grant) has no pfn: M2P may say anything for it, so the answer is checked.
 */
#ifndef PORT_PT_H
#define PORT_PT_H

#include <kernel/page.h>
#include <x86/pte.h>

/* A frame of the machine, as page-table entries hold it. Only arch/pv-x86 sees these. */
typedef struct {
	unsigned long n;
} mfn_t;

extern const unsigned long *pv_p2m, *pv_m2p;
extern unsigned long pv_p2m_count, pv_m2p_count;

/* The direct map's leaf tables lie in consecutive frames from here on. */
extern pfn_t pv_direct_tables;

static inline mfn_t pfn_to_mfn(pfn_t p)
{
	return (mfn_t){ pv_p2m[p.n] };
}

/* PFN_NONE for a frame that is not ours. */
static inline pfn_t mfn_to_pfn(mfn_t m)
{
	unsigned long p;

	if (m.n >= pv_m2p_count) {
		return PFN_NONE;
	}
	p = pv_m2p[m.n];
	return p < pv_p2m_count && pv_p2m[p] == m.n ? pfn(p) : PFN_NONE;
}

static inline pte_t pte_make(pfn_t p, uint64_t flags)
{
	return (pte_t){ (uint64_t)pfn_to_mfn(p).n << PAGE_SHIFT | flags };
}

static inline pfn_t pte_pfn(pte_t e)
{
	return mfn_to_pfn((mfn_t){ (e.v & PTE_FRAME_MASK) >> PAGE_SHIFT });
}

/* Machine address of something in the direct map. */
static inline uint64_t machine_of(const void *v)
{
	return (uint64_t)pfn_to_mfn(virt_to_pfn(v)).n << PAGE_SHIFT | ((uintptr_t)v & ~PAGE_MASK);
}

/* The leaf entry that maps frame p in the direct map. */
static inline pte_t *pv_direct_slot(pfn_t p)
{
	pte_t *table = pfn_to_virt(pfn_add(pv_direct_tables, p.n / PT_ENTRIES));

	return &table[p.n % PT_ENTRIES];
}

#endif
