/*
 * drivers/xen/hypercall.h - typed hypercall stubs and their counters, from abi/xen/hypercall.def.
 *
 * xen_NAME(args) makes the call and counts it on this CPU. The way into Xen is
 * the port's: <port/hypercall.h> provides
 *     long hypercall_enter(unsigned nr, unsigned long a1, ..., unsigned long a5)
 * either as an inline instruction or as a call into Xen's hypercall page
 * (CONFIG_HYPERCALL_PAGE).
 *
 * Results are Xen's: 0 or positive, or a negative errno of Xen's public
 * errno.h (Linux's numbers).
 */
#ifndef DRIVERS_XEN_HYPERCALL_H
#define DRIVERS_XEN_HYPERCALL_H

#include <kernel/types.h>
#include <kernel/cpu.h>
#include <port/hypercall.h>

#define HYPERCALL_NR_MAX 64

/* Calls made by this kernel, per CPU and number; a multicall counts as one here, its entries in `entries`. */
struct hypercall_count {
	uint64_t calls[HYPERCALL_NR_MAX];   /* trips into Xen */
	uint64_t entries[HYPERCALL_NR_MAX]; /* carried inside multicalls */
};
extern struct hypercall_count hypercall_counts[CONFIG_NR_CPUS];

/* "mmu_update" for 1; "?" for a number that is not in the table. */
const char *hypercall_name(unsigned nr);

/* Sums over all CPUs: of one number below HYPERCALL_NR_MAX, of all. */
void hypercall_count_one(unsigned nr, uint64_t *calls, uint64_t *entries);
void hypercall_count_sum(struct hypercall_count *sum);

static inline long hypercall_count_and_enter(unsigned nr, unsigned long a1, unsigned long a2,
	unsigned long a3, unsigned long a4, unsigned long a5)
{
	hypercall_counts[cpu_id()].calls[nr]++;
	return hypercall_enter(nr, a1, a2, a3, a4, a5);
}

#define HC_ARG(a) ((unsigned long)(a))

#define HC0(nr, name, envs)                                                                        \
	static inline long xen_##name(void)                                                        \
	{                                                                                          \
		return hypercall_count_and_enter(nr, 0, 0, 0, 0, 0);                               \
	}
#define HC1(nr, name, envs, t1, a1)                                                                \
	static inline long xen_##name(t1 a1)                                                       \
	{                                                                                          \
		return hypercall_count_and_enter(nr, HC_ARG(a1), 0, 0, 0, 0);                      \
	}
#define HC2(nr, name, envs, t1, a1, t2, a2)                                                        \
	static inline long xen_##name(t1 a1, t2 a2)                                                \
	{                                                                                          \
		return hypercall_count_and_enter(nr, HC_ARG(a1), HC_ARG(a2), 0, 0, 0);             \
	}
#define HC3(nr, name, envs, t1, a1, t2, a2, t3, a3)                                                \
	static inline long xen_##name(t1 a1, t2 a2, t3 a3)                                         \
	{                                                                                          \
		return hypercall_count_and_enter(nr, HC_ARG(a1), HC_ARG(a2), HC_ARG(a3), 0, 0);    \
	}
#define HC4(nr, name, envs, t1, a1, t2, a2, t3, a3, t4, a4)                                        \
	static inline long xen_##name(t1 a1, t2 a2, t3 a3, t4 a4)                                  \
	{                                                                                          \
		return hypercall_count_and_enter(                                                  \
			nr, HC_ARG(a1), HC_ARG(a2), HC_ARG(a3), HC_ARG(a4), 0);                    \
	}
#define HC5(nr, name, envs, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5)                                \
	static inline long xen_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5)                           \
	{                                                                                          \
		return hypercall_count_and_enter(                                                  \
			nr, HC_ARG(a1), HC_ARG(a2), HC_ARG(a3), HC_ARG(a4), HC_ARG(a5));           \
	}
#include <xen/hypercall.def>
#undef HC0
#undef HC1
#undef HC2
#undef HC3
#undef HC4
#undef HC5

#endif
