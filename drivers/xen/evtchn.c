/*
 * evtchn.c - event channels: the table of handlers, binding, masking, closing.
 *
 * The table is a directory of pages that grow on demand; a slot holds the
 * bound port's struct evtchn or NULL. Invariants: evtchn-port.h.
 */
#include "evtchn-port.h"

#include <drivers/xen/clock.h>
#include <drivers/xen/hypercall.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/panic.h>
#include <kernel/string.h>
#include <kernel/smp.h>
#include <xen/sched.h>

#define SLOTS_PER_PAGE (PAGE_SIZE / sizeof(struct evtchn *))
#define SLOT_PAGES     (EVTCHN_FIFO_NR_CHANNELS / SLOTS_PER_PAGE)

const struct evtchn_abi *evtchn_abi;
struct spinlock evtchn_lock = SPINLOCK_INIT("evtchn");

static struct evtchn **slot_pages[SLOT_PAGES];
static struct cache evtchn_cache;

/* ---- the table -------------------------------------------------------- */

struct evtchn *evtchn_slot_get(evtchn_port_t port)
{
	struct evtchn **page;

	if (port >= EVTCHN_FIFO_NR_CHANNELS) {
		return NULL;
	}
	page = __atomic_load_n(&slot_pages[port / SLOTS_PER_PAGE], __ATOMIC_ACQUIRE);
	return page ? __atomic_load_n(&page[port % SLOTS_PER_PAGE], __ATOMIC_SEQ_CST) : NULL;
}

/* evtchn_lock held; the page exists. */
static void slot_set(evtchn_port_t port, struct evtchn *e)
{
	struct evtchn **page = slot_pages[port / SLOTS_PER_PAGE];

	__atomic_store_n(&page[port % SLOTS_PER_PAGE], e, __ATOMIC_SEQ_CST);
}

/* evtchn_lock held. */
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

/* evtchn_lock held. Naming a port that is not bound is a bug of ours. */
static struct evtchn *bound(evtchn_port_t port)
{
	struct evtchn *e = evtchn_slot_get(port);

	if (!e) {
		panic("evtchn: port %u is not bound", port);
	}
	return e;
}

static int install_locked(evtchn_port_t port, unsigned cpu, struct evtchn_handler handler)
{
	struct evtchn *e;
	int err;

	if (port == 0 || port >= evtchn_abi->port_limit()) {
		return -EINVAL;
	}
	if (evtchn_slot_get(port)) {
		return -EBUSY;
	}
	err = evtchn_abi->reserve(port);
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
	irq_state_t irq = spin_lock_irqsave(&evtchn_lock);
	int err = install_locked(port, cpu, handler);

	spin_unlock_irqrestore(&evtchn_lock, irq);
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

void evtchn_close(evtchn_port_t port)
{
	irq_state_t irq = spin_lock_irqsave(&evtchn_lock);
	struct evtchn *e = bound(port);

	evtchn_abi->mask(port);
	slot_set(port, NULL);
	list_remove(&e->throttle_link);
	spin_unlock_irqrestore(&evtchn_lock, irq);
	for (unsigned turns = 0; evtchn_is_delivered_elsewhere(port); turns++) {
		smp_wait(turns);
	}
	if (!e->is_lost) {
		close_at_xen(port);
	}
	cache_free(&evtchn_cache, e);
}

/* ---- ports ------------------------------------------------------------ */

/* evtchn_lock held. */
void evtchn_unmask_locked(struct evtchn *e)
{
	if (!e->masked && !list_is_linked(&e->throttle_link)) {
		evtchn_abi->unmask(e->port, e->cpu == cpu_id());
	}
}

void evtchn_mask(evtchn_port_t port)
{
	irq_state_t irq = spin_lock_irqsave(&evtchn_lock);

	bound(port)->masked = true;
	evtchn_abi->mask(port);
	spin_unlock_irqrestore(&evtchn_lock, irq);
}

void evtchn_unmask(evtchn_port_t port)
{
	irq_state_t irq = spin_lock_irqsave(&evtchn_lock);
	struct evtchn *e = bound(port);

	e->masked = false;
	evtchn_unmask_locked(e);
	spin_unlock_irqrestore(&evtchn_lock, irq);
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
	return evtchn_abi->is_masked(port);
}

bool evtchn_is_pending(evtchn_port_t port)
{
	return evtchn_abi->is_pending(port);
}

bool evtchn_clear(evtchn_port_t port)
{
	return evtchn_abi->clear(port);
}

int evtchn_send(evtchn_port_t port)
{
	struct evtchn_send op = { .port = port };

	return (int)xen_event_channel_op(EVTCHNOP_send, &op);
}

void evtchn_poll_any(evtchn_port_t *ports, unsigned count, nsec_t deadline)
{
	struct sched_poll poll = { .nr_ports = count, .timeout = clock_to_system(deadline) };

	set_xen_guest_handle(poll.ports, ports);
	xen_sched_op(SCHEDOP_poll, &poll);
}

void evtchn_poll(evtchn_port_t port, nsec_t deadline)
{
	evtchn_poll_any(&port, 1, deadline);
	xen_sched_op(SCHEDOP_yield, NULL); /* polling a port that is pending gives nothing away */
}

int evtchn_status(evtchn_port_t port, struct evtchn_status *status)
{
	*status = (struct evtchn_status){ .dom = DOMID_SELF, .port = port };
	return (int)xen_event_channel_op(EVTCHNOP_status, status);
}

int evtchn_set_priority(evtchn_port_t port, unsigned priority)
{
	return evtchn_abi->set_priority(port, priority);
}

static struct evtchn_counts counts_of(const struct evtchn *e)
{
	struct evtchn_counts counts = e->counts;

	for (unsigned cpu = 0; cpu < CONFIG_NR_CPUS; cpu++) {
		counts.events += counts.events_by_cpu[cpu];
	}
	return counts;
}

int evtchn_counts(evtchn_port_t port, struct evtchn_counts *counts)
{
	irq_state_t irq = spin_lock_irqsave(&evtchn_lock);
	struct evtchn *e = evtchn_slot_get(port);

	if (e) {
		*counts = counts_of(e);
	}
	spin_unlock_irqrestore(&evtchn_lock, irq);
	return e ? 0 : -ENOENT;
}

/* The first bound port from `port` on; 0, which never is, when there is none. */
static evtchn_port_t bound_next(evtchn_port_t port)
{
	while (port < EVTCHN_FIFO_NR_CHANNELS && !evtchn_slot_get(port)) {
		port = slot_pages[port / SLOTS_PER_PAGE] ? port + 1
							 : ALIGN_UP(port + 1, SLOTS_PER_PAGE);
	}
	return port < EVTCHN_FIFO_NR_CHANNELS ? port : 0;
}

void evtchn_for_each(void (*each)(evtchn_port_t port, const char *name,
			     const struct evtchn_counts *counts, void *arg),
	void *arg)
{
	for (evtchn_port_t port = bound_next(0); port; port = bound_next(port + 1)) {
		irq_state_t irq = spin_lock_irqsave(&evtchn_lock);
		struct evtchn *e = evtchn_slot_get(port);
		struct evtchn_counts counts;
		char name[32]; /* the port's may be gone when the lock is */

		if (e) {
			counts = counts_of(e);
			strlcpy(name, e->handler.name, sizeof(name));
		}
		spin_unlock_irqrestore(&evtchn_lock, irq);
		if (e) {
			each(port, name, &counts, arg);
		}
	}
}

const char *evtchn_abi_name(void)
{
	return evtchn_abi->name;
}

/* ---- after a restore -------------------------------------------------- */

/* Ports that their owners bind anew are forgotten, the others are lost: the last of those, or 0. */
static evtchn_port_t forget_or_lose(void)
{
	evtchn_port_t last = 0;

	for (evtchn_port_t port = bound_next(0); port; port = bound_next(port + 1)) {
		struct evtchn *e = evtchn_slot_get(port);

		if (e->handler.rebinds) {
			slot_set(port, NULL);
			list_remove(&e->throttle_link);
			cache_free(&evtchn_cache, e);
		} else {
			e->is_lost = true;
			last = port;
		}
	}
	return last;
}

/* A port of ours that nobody triggers; 0 when there is none. None but us makes such. */
static evtchn_port_t placeholder_bind(void)
{
	struct evtchn_bind_ipi op = { .vcpu = 0 };

	return xen_event_channel_op(EVTCHNOP_bind_ipi, &op) ? 0 : op.port;
}

static bool is_placeholder(evtchn_port_t port)
{
	struct evtchn_status status;

	return !evtchn_status(port, &status) && status.status == EVTCHNSTAT_ipi;
}

/*
 * Xen gives the lowest port that is free. The lost ones are filled with placeholders, so that nobody gets
 * their numbers before their owners have closed them; what fell in between is closed again. A
 * lost one that no placeholder fell on is the toolstack's now, which is not ours to close.
 */
static void lost_ports_fill(evtchn_port_t last)
{
	evtchn_port_t port = 0;

	while (port < last) {
		evtchn_port_t next = placeholder_bind();
		struct evtchn *e = evtchn_slot_get(next);

		if (next <= port) {
			break;
		}
		port = next;
		if (e) {
			e->is_lost = false;
		}
	}
	for (; port > 0; port--) {
		if (!evtchn_slot_get(port) && is_placeholder(port)) {
			close_at_xen(port);
		}
	}
}

int evtchn_resume(void)
{
	int err = evtchn_abi->resume();

	if (!err) {
		lost_ports_fill(forget_or_lose());
	}
	return err;
}

bool evtchn_is_elsewhere(evtchn_port_t port, unsigned cpu)
{
	struct evtchn *e = evtchn_slot_get(port);

	return e && e->cpu != cpu;
}

void evtchn_table_init(void)
{
	cache_init(&evtchn_cache, "evtchn", sizeof(struct evtchn));
}
