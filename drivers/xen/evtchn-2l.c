/*
 * evtchn-2l.c - the 2-level layout of event state (public xen.h, struct shared_info).
 *
 * One pending and one mask bit per port in the shared info page; above them,
 * one selector word per vCPU with a bit for each word of ports. Xen sets the
 * selector only when an unmasked port becomes pending, so whoever unmasks a port
 * looks itself whether it is pending.
 *
 * Each pass of the dispatch works on one snapshot of the selector, lowest word
 * first, so a port that fires without end cannot keep the others waiting.
 */
#include "evtchn-abi.h"

#include <drivers/xen/vcpu.h>
#include <kernel/cpu.h>
#include <kernel/errno.h>

#define WORD_BITS (sizeof(xen_ulong_t) * 8)

static xen_ulong_t *word_of(xen_ulong_t *words, evtchn_port_t port)
{
	return &words[port / WORD_BITS];
}

static xen_ulong_t bit_of(evtchn_port_t port)
{
	return (xen_ulong_t)1 << (port % WORD_BITS);
}

/* Atomic: Xen changes the same words. The bit's former value. */
static bool bit_set(xen_ulong_t *words, evtchn_port_t port)
{
	return __atomic_fetch_or(word_of(words, port), bit_of(port), __ATOMIC_SEQ_CST) &
		bit_of(port);
}

static bool bit_clear(xen_ulong_t *words, evtchn_port_t port)
{
	return __atomic_fetch_and(word_of(words, port), ~bit_of(port), __ATOMIC_SEQ_CST) &
		bit_of(port);
}

static bool bit_test(xen_ulong_t *words, evtchn_port_t port)
{
	return READ_ONCE(*word_of(words, port)) & bit_of(port);
}

static unsigned two_level_port_limit(void)
{
	return EVTCHN_2L_NR_CHANNELS;
}

static int two_level_init(void)
{
	xen_ulong_t *mask = xen_platform.shared->evtchn_mask;

	for (unsigned i = 0; i < WORD_BITS; i++) {
		WRITE_ONCE(mask[i], ~(xen_ulong_t)0);
	}
	return 0;
}

static int two_level_reserve(evtchn_port_t port)
{
	return port < EVTCHN_2L_NR_CHANNELS ? 0 : -EINVAL;
}

static void two_level_mask(evtchn_port_t port)
{
	bit_set(xen_platform.shared->evtchn_mask, port);
}

static bool two_level_is_masked(evtchn_port_t port)
{
	return bit_test(xen_platform.shared->evtchn_mask, port);
}

static bool two_level_is_pending(evtchn_port_t port)
{
	return bit_test(xen_platform.shared->evtchn_pending, port);
}

static bool two_level_clear(evtchn_port_t port)
{
	return bit_clear(xen_platform.shared->evtchn_pending, port);
}

/* As Xen would: selector, then the vCPU's flag, which unmasking interrupts looks at (port/cpu.h). */
static void select_here(evtchn_port_t port)
{
	struct vcpu_info *vcpu = vcpu_info_of(cpu_id());
	xen_ulong_t bit = (xen_ulong_t)1 << (port / WORD_BITS);

	__atomic_fetch_or(&vcpu->evtchn_pending_sel, bit, __ATOMIC_SEQ_CST);
	WRITE_ONCE(vcpu->evtchn_upcall_pending, 1);
}

static void two_level_unmask(evtchn_port_t port, bool local)
{
	bit_clear(xen_platform.shared->evtchn_mask, port);
	if (!two_level_is_pending(port)) {
		return;
	}
	if (local && xen_platform.is_pv) {
		select_here(port);
	} else {
		/* Xen delivers only if it is who clears the mask. */
		two_level_mask(port);
		evtchn_unmask_by_xen(port);
	}
}

static void word_dispatch(unsigned word, unsigned cpu)
{
	struct shared_info *shared = xen_platform.shared;
	xen_ulong_t ready =
		READ_ONCE(shared->evtchn_pending[word]) & ~READ_ONCE(shared->evtchn_mask[word]);

	for (; ready; ready &= ready - 1) {
		evtchn_port_t port = word * WORD_BITS + (unsigned)__builtin_ctzl(ready);

		/* An earlier handler may have closed or masked it. */
		if (!evtchn_is_elsewhere(port, cpu) && !two_level_is_masked(port) &&
			two_level_clear(port)) {
			evtchn_deliver(port, cpu);
		}
	}
}

static void two_level_dispatch(struct vcpu_info *vcpu, unsigned cpu)
{
	xen_ulong_t selected = __atomic_exchange_n(&vcpu->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);

	for (; selected; selected &= selected - 1) {
		word_dispatch((unsigned)__builtin_ctzl(selected), cpu);
	}
}

static int two_level_set_priority(evtchn_port_t port, unsigned priority)
{
	return -ENOSYS;
}

const struct evtchn_abi evtchn_abi_2l = {
	.name = "2-level",
	.init = two_level_init,
	.resume = two_level_init,
	.port_limit = two_level_port_limit,
	.reserve = two_level_reserve,
	.mask = two_level_mask,
	.unmask = two_level_unmask,
	.is_masked = two_level_is_masked,
	.is_pending = two_level_is_pending,
	.clear = two_level_clear,
	.dispatch = two_level_dispatch,
	.set_priority = two_level_set_priority,
};
