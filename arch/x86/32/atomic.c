/*
 * atomic.c (32-bit) - what the compiler calls for atomic access to 64 bits.
 *
 * A 64-bit field of a structure may stand at any multiple of 4 on i386, so the compiler leaves
 * these to a library. One instruction does them all (SDM 2A, CMPXCHG8B); the orders asked for are
 * never more than a locked instruction gives.
 */
#include <kernel/types.h>

/* Write `value` if `*at` is `expected`; what it was. */
static uint64_t exchange_if(volatile uint64_t *at, uint64_t expected, uint64_t value)
{
	__asm__ volatile("lock cmpxchg8b %1"
			 : "+A"(expected), "+m"(*at)
			 : "b"((uint32_t)value), "c"((uint32_t)(value >> 32))
			 : "memory", "cc");
	return expected;
}

/* The compiler knows these names with types of its own. */
#define LIBRARY(name) __asm__("__atomic_" #name "_8")

uint64_t atomic_load(const volatile void *at, int order) LIBRARY(load);
void atomic_store(volatile void *at, uint64_t value, int order) LIBRARY(store);
uint64_t atomic_exchange(volatile void *at, uint64_t value, int order) LIBRARY(exchange);
bool atomic_compare_exchange(volatile void *at, void *expected, uint64_t value, int success,
	int failure) LIBRARY(compare_exchange);
uint64_t atomic_fetch_add(volatile void *at, uint64_t value, int order) LIBRARY(fetch_add);
uint64_t atomic_fetch_sub(volatile void *at, uint64_t value, int order) LIBRARY(fetch_sub);
uint64_t atomic_fetch_or(volatile void *at, uint64_t value, int order) LIBRARY(fetch_or);
uint64_t atomic_fetch_and(volatile void *at, uint64_t value, int order) LIBRARY(fetch_and);

/* Exchanges 0 for 0: reads, and otherwise changes nothing. */
uint64_t atomic_load(const volatile void *at, int order)
{
	return exchange_if((volatile uint64_t *)at, 0, 0);
}

bool atomic_compare_exchange(
	volatile void *at, void *expected, uint64_t value, int success, int failure)
{
	uint64_t wanted = *(uint64_t *)expected, was = exchange_if(at, wanted, value);

	*(uint64_t *)expected = was;
	return was == wanted;
}

/* Replace `old`, which *at held, by an expression of it; what it was. */
#define FETCH(expression)                                                                          \
	do {                                                                                       \
		volatile uint64_t *word = at;                                                      \
		uint64_t old = *word, was;                                                         \
                                                                                                   \
		while ((was = exchange_if(word, old, (expression))) != old) {                      \
			old = was;                                                                 \
		}                                                                                  \
		return old;                                                                        \
	} while (0)

uint64_t atomic_exchange(volatile void *at, uint64_t value, int order)
{
	FETCH(value);
}

void atomic_store(volatile void *at, uint64_t value, int order)
{
	(void)atomic_exchange(at, value, order);
}

uint64_t atomic_fetch_add(volatile void *at, uint64_t value, int order)
{
	FETCH(old + value);
}

uint64_t atomic_fetch_sub(volatile void *at, uint64_t value, int order)
{
	FETCH(old - value);
}

uint64_t atomic_fetch_or(volatile void *at, uint64_t value, int order)
{
	FETCH(old | value);
}

uint64_t atomic_fetch_and(volatile void *at, uint64_t value, int order)
{
	FETCH(old & value);
}
