/*
 * evtchn-deliver.c - from Xen's upcall to a port's handler, and throttling of those that bring no work.
 *
 * Invariants: evtchn-port.h.
 */
#include "evtchn-port.h"

#include <arch/clock.h>
#include <drivers/xen/vcpu.h>
#include <kernel/log.h>
#include <kernel/timer.h>

static evtchn_port_t delivering[CONFIG_NR_CPUS];
static uint64_t spurious_count;
static struct list throttled = LIST_INIT(throttled);
static struct timer throttle_timer;
static nsec_t useless_window = EVTCHN_USELESS_WINDOW;

bool evtchn_is_delivered_elsewhere(evtchn_port_t port)
{
	for (unsigned cpu = 0; cpu < CONFIG_NR_CPUS; cpu++) {
		if (cpu != cpu_id() &&
			__atomic_load_n(&delivering[cpu], __ATOMIC_SEQ_CST) == port) {
			return true;
		}
	}
	return false;
}

uint64_t evtchn_spurious_count(void)
{
	return READ_ONCE(spurious_count);
}

/* ---- throttling ------------------------------------------------------- */

nsec_t evtchn_useless_window_set(nsec_t window)
{
	return __atomic_exchange_n(&useless_window, window, __ATOMIC_RELAXED);
}

static void throttle_expire(struct timer *timer)
{
	irq_state_t irq = spin_lock_irqsave(&evtchn_lock);
	nsec_t now = clock_now(), next = CLOCK_NEVER;

	list_for_each_safe(pos, &throttled) {
		struct evtchn *e = list_entry(pos, struct evtchn, throttle_link);

		if (e->throttled_until > now) {
			next = MIN(next, e->throttled_until);
			continue;
		}
		list_remove(pos);
		evtchn_unmask_locked(e);
	}
	spin_unlock_irqrestore(&evtchn_lock, irq);
	if (next != CLOCK_NEVER) {
		timer_set(timer, next);
	}
}

static void throttle(struct evtchn *e, nsec_t now)
{
	bool is_first;

	spin_lock(&evtchn_lock);
	if (evtchn_slot_get(e->port) != e || list_is_linked(&e->throttle_link)) {
		spin_unlock(&evtchn_lock);
		return;
	}
	is_first = list_is_empty(&throttled);
	e->throttled_until = now + EVTCHN_THROTTLE_TIME;
	list_push_back(&throttled, &e->throttle_link);
	evtchn_abi->mask(e->port);
	spin_unlock(&evtchn_lock);
	if (is_first) {
		timer_set(&throttle_timer, e->throttled_until);
	}
	if (e->counts.throttled++ == 0) {
		log_warn("evtchn: port %u (%s): events without work, throttled", e->port,
			e->handler.name);
	}
}

static void useless(struct evtchn *e)
{
	nsec_t now = clock_now();

	e->counts.useless++;
	if (now - e->window_start > READ_ONCE(useless_window)) {
		e->window_start = now;
		e->window_useless = 0;
	}
	if (++e->window_useless > EVTCHN_USELESS_MAX) {
		e->window_useless = 0;
		throttle(e, now);
	}
}

/* ---- delivery --------------------------------------------------------- */

/* Masked, if nobody has it; else, having been bound meanwhile, it is whose event this may be. */
static struct evtchn *spurious(evtchn_port_t port)
{
	struct evtchn *e;

	spin_lock(&evtchn_lock); /* E3 */
	e = evtchn_slot_get(port);
	if (!e) {
		evtchn_abi->mask(port);
	}
	spin_unlock(&evtchn_lock);
	if (!e && __atomic_fetch_add(&spurious_count, 1, __ATOMIC_RELAXED) == 0) {
		log_warn("evtchn: event on port %u, which nobody handles; masked", port);
	}
	return e;
}

void evtchn_deliver(evtchn_port_t port, unsigned cpu)
{
	struct evtchn *e;

	__atomic_store_n(&delivering[cpu], port, __ATOMIC_SEQ_CST); /* E2 */
	e = evtchn_slot_get(port);
	if (unlikely(!e)) {
		e = spurious(port);
	}
	if (likely(e)) {
		e->counts.events_by_cpu[cpu]++;
		if (!e->handler.handle(port, e->handler.arg) && evtchn_slot_get(port) == e) {
			useless(e);
		}
	}
	__atomic_store_n(&delivering[cpu], 0, __ATOMIC_RELEASE);
}

bool evtchn_is_delivering(void)
{
	return delivering[cpu_id()] != 0;
}

/*
 * Xen sets `pending` after the event's own state; clearing it before looking
 * means that what comes after the look upcalls again (public xen.h, struct
 * vcpu_info).
 */
void xen_upcall(void)
{
	unsigned cpu = cpu_id();
	struct vcpu_info *vcpu = vcpu_info_of(cpu);

	do {
		WRITE_ONCE(vcpu->evtchn_upcall_pending, 0);
		if (!evtchn_abi) {
			return;
		}
		evtchn_abi->dispatch(vcpu, cpu);
	} while (READ_ONCE(vcpu->evtchn_upcall_pending));
}

void evtchn_deliver_init(void)
{
	timer_init(&throttle_timer, throttle_expire);
}
