/*
 * evtchn.c - event channels: the table of handlers, delivery, throttling, and the boot's choice of ABI.
 *
 * The table is a directory of pages that grow on demand; a slot holds the
 * bound port's struct evtchn or NULL. Delivery reads it without a lock.
 *
 * Invariants:
 *   E1  A port without a handler is masked (evtchn-abi.h).
 *   E2  Each CPU publishes the port it is delivering before it reads the slot;
 *       evtchn_close() empties the slot before it looks at what CPUs deliver.
 *       So a struct evtchn is freed only when no other CPU can be using it, and
 *       the delivering CPU looks at the slot again after the handler returned.
 *   E3  `port_lock` guards slots, `masked`, the throttle list and the port's mask bit.
 *
 * Lock order: port_lock is taken with nothing below it but the allocators' and timers' locks.
 */
#include "evtchn-abi.h"

#include <drivers/xen/clock.h>
#include <drivers/xen/hypercall.h>
#include <drivers/xen/vcpu.h>
#include <arch/clock.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/machine.h>
#include <kernel/option.h>
#include <kernel/panic.h>
#include <kernel/string.h>
#include <kernel/timer.h>
#include <xen/sched.h>

struct evtchn {
	evtchn_port_t port;
	unsigned cpu;
	struct evtchn_handler handler;
	struct evtchn_counts counts;

	bool masked;		   /* by its owner */
	struct list throttle_link; /* linked: masked until `throttled_until` */
	nsec_t throttled_until;

	/* of the CPU that delivers */
	nsec_t window_start;
	unsigned window_useless;
};

#define SLOTS_PER_PAGE (PAGE_SIZE / sizeof(struct evtchn *))
#define SLOT_PAGES     (EVTCHN_FIFO_NR_CHANNELS / SLOTS_PER_PAGE)

static const struct evtchn_abi *abi;
static struct spinlock port_lock = SPINLOCK_INIT("evtchn");
static struct evtchn **slot_pages[SLOT_PAGES];
static evtchn_port_t delivering[CONFIG_NR_CPUS];
static uint64_t spurious_count;
static struct cache evtchn_cache;
static struct list throttled = LIST_INIT(throttled);
static struct timer throttle_timer;

static char abi_wanted[8] = "auto";
OPTION_TEXT(evtchn, "evtchn", abi_wanted,
	"event channel ABI: 2l, fifo, or auto (fifo where Xen has it)");

/* ---- the table -------------------------------------------------------- */

static struct evtchn *slot_get(evtchn_port_t port)
{
	struct evtchn **page;

	if (port >= EVTCHN_FIFO_NR_CHANNELS) {
		return NULL;
	}
	page = __atomic_load_n(&slot_pages[port / SLOTS_PER_PAGE], __ATOMIC_ACQUIRE);
	return page ? __atomic_load_n(&page[port % SLOTS_PER_PAGE], __ATOMIC_SEQ_CST) : NULL;
}

/* port_lock held; the page exists. */
static void slot_set(evtchn_port_t port, struct evtchn *e)
{
	struct evtchn **page = slot_pages[port / SLOTS_PER_PAGE];

	__atomic_store_n(&page[port % SLOTS_PER_PAGE], e, __ATOMIC_SEQ_CST);
}

/* port_lock held. */
static int slot_reserve(evtchn_port_t port)
{
	struct evtchn ***page = &slot_pages[port / SLOTS_PER_PAGE];

	if (!*page) {
		void *fresh = page_alloc_zeroed();

		if (!fresh) {
			return -ENOMEM;
		}
		__atomic_store_n(page, fresh, __ATOMIC_RELEASE);
	}
	return 0;
}

/* port_lock held. Naming a port that is not bound is a bug of ours. */
static struct evtchn *bound(evtchn_port_t port)
{
	struct evtchn *e = slot_get(port);

	if (!e) {
		panic("evtchn: port %u is not bound", port);
	}
	return e;
}

static int install_locked(evtchn_port_t port, unsigned cpu, struct evtchn_handler handler)
{
	struct evtchn *e;
	int err;

	if (port == 0 || port >= abi->port_limit()) {
		return -EINVAL;
	}
	if (slot_get(port)) {
		return -EBUSY;
	}
	err = abi->reserve(port);
	err = err ? err : slot_reserve(port);
	if (err) {
		return err;
	}
	e = cache_alloc_zeroed(&evtchn_cache);
	if (!e) {
		return -ENOMEM;
	}
	e->port = port;
	e->cpu = cpu;
	e->handler = handler;
	e->masked = true;
	list_init(&e->throttle_link);
	slot_set(port, e);
	return 0;
}

static int install(evtchn_port_t port, unsigned cpu, struct evtchn_handler handler)
{
	irq_state_t irq = spin_lock_irqsave(&port_lock);
	int err = install_locked(port, cpu, handler);

	spin_unlock_irqrestore(&port_lock, irq);
	return err;
}

/* ---- binding ---------------------------------------------------------- */

static void close_at_xen(evtchn_port_t port)
{
	struct evtchn_close op = { .port = port };
	long err = xen_event_channel_op(EVTCHNOP_close, &op);

	if (err) {
		log_warn("evtchn: Xen does not close port %u: %ld", port, err);
	}
}

/* Xen has made `port`: give it its handler, or give it back. */
static int bind_finish(evtchn_port_t port, unsigned cpu, struct evtchn_handler handler)
{
	int err = install(port, cpu, handler);

	if (err) {
		close_at_xen(port);
		return err;
	}
	return (int)port;
}

int evtchn_bind_virq(unsigned virq, unsigned cpu, struct evtchn_handler handler)
{
	struct evtchn_bind_virq op = { .virq = virq, .vcpu = cpu };
	long err = xen_event_channel_op(EVTCHNOP_bind_virq, &op);

	return err ? (int)err : bind_finish(op.port, cpu, handler);
}

int evtchn_bind_ipi(unsigned cpu, struct evtchn_handler handler)
{
	struct evtchn_bind_ipi op = { .vcpu = cpu };
	long err = xen_event_channel_op(EVTCHNOP_bind_ipi, &op);

	return err ? (int)err : bind_finish(op.port, cpu, handler);
}

int evtchn_alloc_unbound(domid_t remote, struct evtchn_handler handler)
{
	struct evtchn_alloc_unbound op = { .dom = DOMID_SELF, .remote_dom = remote };
	long err = xen_event_channel_op(EVTCHNOP_alloc_unbound, &op);

	return err ? (int)err : bind_finish(op.port, 0, handler);
}

int evtchn_bind_interdomain(
	domid_t remote, evtchn_port_t remote_port, struct evtchn_handler handler)
{
	struct evtchn_bind_interdomain op = { .remote_dom = remote, .remote_port = remote_port };
	long err = xen_event_channel_op(EVTCHNOP_bind_interdomain, &op);

	return err ? (int)err : bind_finish(op.local_port, 0, handler);
}

int evtchn_adopt(evtchn_port_t port, struct evtchn_handler handler)
{
	return install(port, 0, handler);
}

static bool is_delivered_elsewhere(evtchn_port_t port)
{
	for (unsigned cpu = 0; cpu < CONFIG_NR_CPUS; cpu++) {
		if (cpu != cpu_id() &&
			__atomic_load_n(&delivering[cpu], __ATOMIC_SEQ_CST) == port) {
			return true;
		}
	}
	return false;
}

void evtchn_close(evtchn_port_t port)
{
	irq_state_t irq = spin_lock_irqsave(&port_lock);
	struct evtchn *e = bound(port);

	abi->mask(port);
	slot_set(port, NULL);
	list_remove(&e->throttle_link);
	spin_unlock_irqrestore(&port_lock, irq);
	while (is_delivered_elsewhere(port)) {
		cpu_relax();
	}
	close_at_xen(port);
	cache_free(&evtchn_cache, e);
}

/* ---- ports ------------------------------------------------------------ */

/* port_lock held. */
static void unmask_locked(struct evtchn *e)
{
	if (!e->masked && !list_is_linked(&e->throttle_link)) {
		abi->unmask(e->port, e->cpu == cpu_id());
	}
}

void evtchn_mask(evtchn_port_t port)
{
	irq_state_t irq = spin_lock_irqsave(&port_lock);

	bound(port)->masked = true;
	abi->mask(port);
	spin_unlock_irqrestore(&port_lock, irq);
}

void evtchn_unmask(evtchn_port_t port)
{
	irq_state_t irq = spin_lock_irqsave(&port_lock);
	struct evtchn *e = bound(port);

	e->masked = false;
	unmask_locked(e);
	spin_unlock_irqrestore(&port_lock, irq);
}

void evtchn_unmask_by_xen(evtchn_port_t port)
{
	struct evtchn_unmask op = { .port = port };
	long err = xen_event_channel_op(EVTCHNOP_unmask, &op);

	if (err) {
		panic("evtchn: Xen does not unmask port %u: %ld", port, err);
	}
}

bool evtchn_is_masked(evtchn_port_t port)
{
	return abi->is_masked(port);
}

bool evtchn_is_pending(evtchn_port_t port)
{
	return abi->is_pending(port);
}

bool evtchn_clear(evtchn_port_t port)
{
	return abi->clear(port);
}

int evtchn_send(evtchn_port_t port)
{
	struct evtchn_send op = { .port = port };

	return (int)xen_event_channel_op(EVTCHNOP_send, &op);
}

void evtchn_poll(evtchn_port_t port, nsec_t deadline)
{
	struct sched_poll poll = { .nr_ports = 1, .timeout = clock_to_system(deadline) };

	set_xen_guest_handle(poll.ports, &port);
	xen_sched_op(SCHEDOP_poll, &poll);
	xen_sched_op(SCHEDOP_yield, NULL); /* polling a port that is pending gives nothing away */
}

int evtchn_status(evtchn_port_t port, struct evtchn_status *status)
{
	*status = (struct evtchn_status){ .dom = DOMID_SELF, .port = port };
	return (int)xen_event_channel_op(EVTCHNOP_status, status);
}

int evtchn_set_priority(evtchn_port_t port, unsigned priority)
{
	return abi->set_priority(port, priority);
}

int evtchn_counts(evtchn_port_t port, struct evtchn_counts *counts)
{
	irq_state_t irq = spin_lock_irqsave(&port_lock);
	struct evtchn *e = slot_get(port);

	if (e) {
		*counts = e->counts;
	}
	spin_unlock_irqrestore(&port_lock, irq);
	return e ? 0 : -ENOENT;
}

void evtchn_for_each(void (*each)(evtchn_port_t port, const char *name,
			     const struct evtchn_counts *counts, void *arg),
	void *arg)
{
	for (evtchn_port_t port = 0; port < EVTCHN_FIFO_NR_CHANNELS; port++) {
		if (!slot_pages[port / SLOTS_PER_PAGE]) {
			port += SLOTS_PER_PAGE - 1;
			continue;
		}
		irq_state_t irq = spin_lock_irqsave(&port_lock);
		struct evtchn *e = slot_get(port);
		struct evtchn copy = e ? *e : (struct evtchn){ 0 };

		spin_unlock_irqrestore(&port_lock, irq);
		if (e) {
			each(port, copy.handler.name, &copy.counts, arg);
		}
	}
}

uint64_t evtchn_spurious_count(void)
{
	return READ_ONCE(spurious_count);
}

const char *evtchn_abi_name(void)
{
	return abi->name;
}

bool evtchn_is_elsewhere(evtchn_port_t port, unsigned cpu)
{
	struct evtchn *e = slot_get(port);

	return e && e->cpu != cpu;
}

/* ---- throttling ------------------------------------------------------- */

static void throttle_expire(struct timer *timer)
{
	irq_state_t irq = spin_lock_irqsave(&port_lock);
	nsec_t now = clock_now(), next = CLOCK_NEVER;

	list_for_each_safe(pos, &throttled) {
		struct evtchn *e = list_entry(pos, struct evtchn, throttle_link);

		if (e->throttled_until > now) {
			next = MIN(next, e->throttled_until);
			continue;
		}
		list_remove(pos);
		unmask_locked(e);
	}
	spin_unlock_irqrestore(&port_lock, irq);
	if (next != CLOCK_NEVER) {
		timer_set(timer, next);
	}
}

static void throttle(struct evtchn *e, nsec_t now)
{
	bool is_first;

	spin_lock(&port_lock);
	if (slot_get(e->port) != e || list_is_linked(&e->throttle_link)) {
		spin_unlock(&port_lock);
		return;
	}
	is_first = list_is_empty(&throttled);
	e->throttled_until = now + EVTCHN_THROTTLE_TIME;
	list_push_back(&throttled, &e->throttle_link);
	abi->mask(e->port);
	spin_unlock(&port_lock);
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
	if (now - e->window_start > EVTCHN_USELESS_WINDOW) {
		e->window_start = now;
		e->window_useless = 0;
	}
	if (++e->window_useless > EVTCHN_USELESS_MAX) {
		e->window_useless = 0;
		throttle(e, now);
	}
}

/* ---- delivery --------------------------------------------------------- */

static void spurious(evtchn_port_t port)
{
	abi->mask(port);
	if (__atomic_fetch_add(&spurious_count, 1, __ATOMIC_RELAXED) == 0) {
		log_warn("evtchn: event on port %u, which nobody handles; masked", port);
	}
}

void evtchn_deliver(evtchn_port_t port, unsigned cpu)
{
	struct evtchn *e;

	__atomic_store_n(&delivering[cpu], port, __ATOMIC_SEQ_CST); /* E2 */
	e = slot_get(port);
	if (!e) {
		spurious(port);
	} else {
		e->counts.events++;
		if (!e->handler.handle(port, e->handler.arg) && slot_get(port) == e) {
			useless(e);
		}
	}
	__atomic_store_n(&delivering[cpu], 0, __ATOMIC_RELEASE);
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
		if (!abi) {
			return;
		}
		abi->dispatch(vcpu, cpu);
	} while (READ_ONCE(vcpu->evtchn_upcall_pending));
}

/* ---- boot ------------------------------------------------------------- */

static void __noreturn abi_refuse(const char *why)
{
	log_err("evtchn=%s: %s", abi_wanted, why);
	machine_shutdown(MACHINE_POWEROFF, 2);
}

static void abi_choose(void)
{
	bool want_fifo = !strcmp(abi_wanted, "fifo"), want_2l = !strcmp(abi_wanted, "2l");
	int err;

	if (!want_fifo && !want_2l && strcmp(abi_wanted, "auto")) {
		abi_refuse("the choice is 2l, fifo or auto");
	}
	err = evtchn_abi_2l.init();
	assert_that(!err, "the 2-level ABI needs nothing");
	abi = &evtchn_abi_2l;
	if (want_2l) {
		return;
	}
	err = evtchn_abi_fifo.init();
	if (!err) {
		abi = &evtchn_abi_fifo;
	} else if (err == -ENOMEM) {
		abi_refuse("no memory for the FIFO ABI's tables");
	} else if (want_fifo) {
		abi_refuse("this Xen has no FIFO event channels");
	}
}

void evtchn_init(void)
{
	cache_init(&evtchn_cache, "evtchn", sizeof(struct evtchn));
	timer_init(&throttle_timer, throttle_expire);
	abi_choose();
	log_info("evtchn: %s ABI, %u ports", abi->name, abi->port_limit());
}
