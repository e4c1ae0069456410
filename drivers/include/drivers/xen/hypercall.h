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

/* The words of a call. A value that is longer than a word takes two, the low one first. */
struct hypercall_words {
	unsigned long a[5];
	unsigned count;
};

static inline void hypercall_word(struct hypercall_words *words, uint64_t value, size_t size)
{
	words->a[words->count++] = (unsigned long)value;
	if (size > sizeof(words->a[0])) {
		words->a[words->count++] = (unsigned long)(value >> 32);
	}
}

static inline long hypercall_words_enter(unsigned nr, const struct hypercall_words *words)
{
	return hypercall_count_and_enter(
		nr, words->a[0], words->a[1], words->a[2], words->a[3], words->a[4]);
}

/* An argument as a number: pointers as words, longer ones than a word as they are. */
#define HC_NUMBER(a) __builtin_choose_expr(sizeof(a) > sizeof(long), (a), HC_ARG(a))
#define HC_WORD(a)   hypercall_word(&words, HC_NUMBER(a), sizeof(a));

#define HC0(nr, name, envs)                                                                        \
	static inline long xen_##name(void)                                                        \
	{                                                                                          \
		return hypercall_count_and_enter(nr, 0, 0, 0, 0, 0);                               \
	}
#define HC1(nr, name, envs, t1, a1) HC_STUB(nr, name, (t1 a1), HC_WORD(a1))
#define HC2(nr, name, envs, t1, a1, t2, a2)                                                        \
	HC_STUB(nr, name, (t1 a1, t2 a2), HC_WORD(a1) HC_WORD(a2))
#define HC3(nr, name, envs, t1, a1, t2, a2, t3, a3)                                                \
	HC_STUB(nr, name, (t1 a1, t2 a2, t3 a3), HC_WORD(a1) HC_WORD(a2) HC_WORD(a3))
#define HC4(nr, name, envs, t1, a1, t2, a2, t3, a3, t4, a4)                                        \
	HC_STUB(nr, name, (t1 a1, t2 a2, t3 a3, t4 a4),                                            \
		HC_WORD(a1) HC_WORD(a2) HC_WORD(a3) HC_WORD(a4))
#define HC5(nr, name, envs, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5)                                \
	HC_STUB(nr, name, (t1 a1, t2 a2, t3 a3, t4 a4, t5 a5),                                     \
		HC_WORD(a1) HC_WORD(a2) HC_WORD(a3) HC_WORD(a4) HC_WORD(a5))
#define HC_STUB(nr, name, parameters, fill)                                                        \
	static inline long xen_##name parameters                                                   \
	{                                                                                          \
		struct hypercall_words words = { .count = 0 };                                     \
                                                                                                   \
		fill return hypercall_words_enter(nr, &words);                                     \
	}
#include <xen/hypercall.def>
#undef HC0
#undef HC1
#undef HC2
#undef HC3
#undef HC4
#undef HC5
#undef HC_STUB

#endif
