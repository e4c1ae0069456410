/*
 * types.h - the words every other header is written in.
 *
 * Addresses are typed where confusing two of them has a price. A pfn_t names a
 * page frame as the kernel counts them (pseudo-physical on Xen PV, physical on
 * bare hardware); it is a one-field struct so that it cannot be mixed up with
 * what Xen is told (gfn_t, mfn_t, which kernel/ never sees).
 */
#ifndef KERNEL_TYPES_H
#define KERNEL_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
	unsigned long n;
} pfn_t;

/* A virtual address in any address space. As long as a pointer, and one type at both widths. */
typedef unsigned long vaddr_t;

/* Nanoseconds: of the monotonic clock since boot, or a span. */
typedef uint64_t nsec_t;

#define NSEC_PER_SEC  UINT64_C(1000000000)
#define NSEC_PER_MSEC UINT64_C(1000000)
#define NSEC_PER_USEC UINT64_C(1000)

#define PAGE_SHIFT 12
#define PAGE_SIZE  (1ul << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))

static inline pfn_t pfn(unsigned long n)
{
	return (pfn_t){ n };
}

static inline pfn_t pfn_add(pfn_t p, unsigned long n)
{
	return (pfn_t){ p.n + n };
}

#define PFN_NONE ((pfn_t){ ~0ul })

static inline bool pfn_is_none(pfn_t p)
{
	return p.n == ~0ul;
}

#define LONG_MAX ((long)(~0ul >> 1))

#define ARRAY_SIZE(a)		     (sizeof(a) / sizeof((a)[0]))
#define ALIGN_UP(x, a)		     (((x) + (a)-1) & ~((__typeof__(x))(a)-1))
#define ALIGN_DOWN(x, a)	     ((x) & ~((__typeof__(x))(a)-1))
#define DIV_ROUND_UP(x, d)	     (((x) + (d)-1) / (d))
#define container_of(p, type, field) ((type *)((char *)(p)-offsetof(type, field)))

/*
 * Each argument is evaluated once: it may be a reading of memory that others write. Inside
 * functions only.
 */
#define MIN(a, b)		PICK_ONCE_(<, a, b, __COUNTER__)
#define MAX(a, b)		PICK_ONCE_(>, a, b, __COUNTER__)
#define PICK_ONCE_(op, a, b, n) PICK_NAMED_(op, a, b, PASTE_(pick_a_, n), PASTE_(pick_b_, n))
#define PICK_NAMED_(op, a, b, x, y)                                                                \
	({                                                                                         \
		__typeof__(1 ? (a) : (b)) x = (a), y = (b);                                        \
		if (0) {                                                                           \
			(void)((a)op(b)); /* a comparison of different signs is still warned of */ \
		}                                                                                  \
		x op y ? x : y;                                                                    \
	})
#define PASTE_(a, b)	      PASTE_EXPANDED_(a, b)
#define PASTE_EXPANDED_(a, b) a##b

#define __must_check __attribute__((warn_unused_result))
#define __packed     __attribute__((packed))
#define __aligned(n) __attribute__((aligned(n)))
#define __section(s) __attribute__((section(s)))
#define __used	     __attribute__((used))
#define __unused     __attribute__((unused))
#define __noreturn   __attribute__((noreturn))
#define __noinline   __attribute__((noinline))
/* Entered often and calling seldom: without what a port has every function begin with (stack_check.c). */
#define __leaf		    __attribute__((patchable_function_entry(0)))
#define __printf(fmt, args) __attribute__((format(printf, fmt, args)))
#define likely(x)	    __builtin_expect(!!(x), 1)
#define unlikely(x)	    __builtin_expect(!!(x), 0)
#define barrier()	    __asm__ volatile("" ::: "memory")

/* One access, neither torn, repeated nor invented by the compiler. */
#define READ_ONCE(x)	 (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

/*
 * IS_ENABLED(CONFIG_X): 1 when the option is =y, else 0, usable in an ordinary
 * `if` so that both arms always compile. An enabled option is #defined to 1.
 */
#define IS_ENABLED_PROBE_1	    0,
#define IS_ENABLED_THIRD(a, b, ...) b
#define IS_ENABLED_PICK(probe)	    IS_ENABLED_THIRD(probe 1, 0)
#define IS_ENABLED_PASTE(v)	    IS_ENABLED_PICK(IS_ENABLED_PROBE_##v)
#define IS_ENABLED(option)	    IS_ENABLED_PASTE(option)

/* 64 bits that CPUs share by atomic operations: as a plain field i386 would let them cross a cache line. */
typedef uint64_t atomic_u64 __aligned(8);

#endif
