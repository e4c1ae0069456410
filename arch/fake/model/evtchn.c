/*
 * evtchn.c - event channels: the port table, the 2-level bitmaps, upcalls.
 *
 * Xen's side of public event_channel.h. Making a port pending sets its bit; if
 * it is unmasked and was not pending, the selector and the upcall bit follow.
 * Whoever sets a bit that was set already changes nothing: events merge.
 *
 * The upcall itself is taken by the port (arch/fake/cpu.c), when the guest's
 * mask byte allows.
 */
#include "model.h"

#include <string.h>
#include <xen/event_channel.h>
#include "options.h"

#define PORTS 4096u

enum state { CLOSED, UNBOUND, INTERDOMAIN, VIRQ, IPI };

struct channel {
	enum state state;
	uint32_t remote_dom, remote_port;
	unsigned virq;
	unsigned priority;
	unsigned long sent;
	void (*notified)(void);
};

struct shared_info *shared_info;
static struct channel channels[PORTS];
static struct vcpu_info *vcpu;

void model_vcpu_info_place(void *place)
{
	struct vcpu_info *now = place;

	memcpy(now, vcpu, sizeof(*now));
	vcpu = now;
	/* As Xen does after the move: whatever was pending is looked at again. */
	if (!fifo_active()) {
		now->evtchn_pending_sel = ~0ul;
	}
	now->evtchn_upcall_pending = 1;
	clock_publish();
}

void *model_vcpu_info(void)
{
	return vcpu;
}

void evtchn_reset(void)
{
	memset(channels, 0, sizeof(channels));
	vcpu = &shared_info->vcpu_info[0];
	vcpu->evtchn_upcall_mask = 1;
	fifo_reset();
}

static struct channel *channel_of(uint32_t port)
{
	return port && port < PORTS && channels[port].state != CLOSED ? &channels[port] : NULL;
}

unsigned evtchn_priority(uint32_t port)
{
	const struct channel *c = channel_of(port);

	return c ? c->priority : EVTCHN_FIFO_PRIORITY_DEFAULT;
}

static int port_find(void)
{
	unsigned limit = fifo_active() ? PORTS : 64 * 64;

	for (unsigned i = 1; i < limit; i++) {
		if (channels[i].state == CLOSED) {
			return (int)i;
		}
	}
	return (int)refuse(ENOSPC, "no free event channel");
}

static bool bit_test(const unsigned long *bits, uint32_t port)
{
	return bits[port / 64] >> (port % 64) & 1;
}

static void bit_set(unsigned long *bits, uint32_t port, bool value)
{
	if (value) {
		__atomic_fetch_or(&bits[port / 64], 1ul << (port % 64), __ATOMIC_SEQ_CST);
	} else {
		__atomic_fetch_and(&bits[port / 64], ~(1ul << (port % 64)), __ATOMIC_SEQ_CST);
	}
}

void evtchn_mark_upcall(void)
{
	vcpu->evtchn_upcall_pending = 1;
}

static void bitmap_pending(uint32_t port)
{
	bool was = bit_test((unsigned long *)shared_info->evtchn_pending, port);

	bit_set((unsigned long *)shared_info->evtchn_pending, port, true);
	if (!was && !bit_test((unsigned long *)shared_info->evtchn_mask, port)) {
		vcpu->evtchn_pending_sel |= 1ul << (port / 64);
		evtchn_mark_upcall();
	}
}

void evtchn_raise(uint32_t port)
{
	if (!channel_of(port)) {
		return;
	}
	if (fifo_active()) {
		fifo_pending(port, channels[port].priority);
	} else {
		bitmap_pending(port);
	}
}

void evtchn_raise_virq(unsigned virq)
{
	for (uint32_t p = 1; p < PORTS; p++) {
		if (channels[p].state == VIRQ && channels[p].virq == virq) {
			evtchn_raise(p);
		}
	}
}

bool evtchn_upcall_wanted(void)
{
	return vcpu->evtchn_upcall_pending && !vcpu->evtchn_upcall_mask;
}

bool evtchn_upcall_pending(void)
{
	return vcpu->evtchn_upcall_pending;
}

void evtchn_upcall_unmask(void)
{
	vcpu->evtchn_upcall_mask = 0;
}

uint32_t evtchn_bind_static(uint32_t remote, void (*notified)(void))
{
	int port = port_find();

	channels[port] = (struct channel){ .state = INTERDOMAIN,
		.remote_dom = remote,
		.remote_port = 100 + (uint32_t)port,
		.priority = 7,
		.notified = notified };
	return (uint32_t)port;
}

/* ---- operations ----------------------------------------------------------- */

static long alloc_unbound(struct evtchn_alloc_unbound *op)
{
	int port;

	if (op->dom != DOMID_SELF && op->dom != GUEST_DOMID) {
		return refuse(EPERM, "alloc_unbound for domain %u", op->dom);
	}
	port = port_find();
	if (port < 0) {
		return port;
	}
	channels[port] =
		(struct channel){ .state = UNBOUND, .remote_dom = op->remote_dom, .priority = 7 };
	op->port = (uint32_t)port;
	return 0;
}

static long bind_virq(struct evtchn_bind_virq *op)
{
	int port;

	if (op->vcpu >= (options.cpus ? options.cpus : 1)) {
		return refuse(ENOENT, "bind_virq on vcpu %u", op->vcpu);
	}
	for (uint32_t p = 1; p < PORTS; p++) {
		if (channels[p].state == VIRQ && channels[p].virq == op->virq) {
			return refuse(EEXIST, "virq %u is bound already", op->virq);
		}
	}
	port = port_find();
	if (port < 0) {
		return port;
	}
	channels[port] = (struct channel){ .state = VIRQ, .virq = op->virq, .priority = 7 };
	op->port = (uint32_t)port;
	return 0;
}

static long bind_ipi(struct evtchn_bind_ipi *op)
{
	int port = port_find();

	if (port < 0) {
		return port;
	}
	channels[port] = (struct channel){ .state = IPI, .priority = 7 };
	op->port = (uint32_t)port;
	return 0;
}

static bool is_self(domid_t dom)
{
	return dom == DOMID_SELF || dom == GUEST_DOMID;
}

/* Of another domain, ports above 1000 are taken to wait for us. */
static bool is_unbound_for_us(const struct evtchn_bind_interdomain *op)
{
	const struct channel *c = channel_of(op->remote_port);

	if (!is_self(op->remote_dom)) {
		return op->remote_port > 1000;
	}
	return c && c->state == UNBOUND && is_self((domid_t)c->remote_dom);
}

static long bind_interdomain(struct evtchn_bind_interdomain *op)
{
	int port;

	if (!is_unbound_for_us(op)) {
		return refuse(EINVAL, "remote port %u is not unbound", op->remote_port);
	}
	port = port_find();
	if (port < 0) {
		return port;
	}
	if (is_self(op->remote_dom)) {
		channels[op->remote_port].state = INTERDOMAIN;
		channels[op->remote_port].remote_port = (uint32_t)port;
	}
	channels[port] = (struct channel){ .state = INTERDOMAIN,
		.remote_dom = op->remote_dom,
		.remote_port = op->remote_port,
		.priority = 7 };
	op->local_port = (uint32_t)port;
	evtchn_raise((uint32_t)port);
	return 0;
}

static long close_port(struct evtchn_close *op)
{
	struct channel *c = channel_of(op->port);

	if (!c) {
		return refuse(EINVAL, "close of port %u, which is not open", op->port);
	}
	if (c->state == INTERDOMAIN && is_self((domid_t)c->remote_dom)) {
		channels[c->remote_port].state = UNBOUND;
	}
	*c = (struct channel){ .state = CLOSED };
	/* Xen clears pending; the mask stays as the guest left it. */
	if (fifo_active()) {
		fifo_clear_pending(op->port);
	} else {
		bit_set((unsigned long *)shared_info->evtchn_pending, op->port, false);
	}
	return 0;
}

static long send(struct evtchn_send *op)
{
	struct channel *c = channel_of(op->port);

	if (!c || c->state == VIRQ) {
		return refuse(EINVAL, "send on port %u", op->port);
	}
	c->sent++;
	if (c->state == IPI) {
		evtchn_raise(op->port);
	} else if (c->state == INTERDOMAIN && is_self((domid_t)c->remote_dom)) {
		evtchn_raise(c->remote_port);
	} else if (c->notified) {
		c->notified();
	}
	return 0;
}

static long status(struct evtchn_status *op)
{
	static const uint32_t statuses[] = { EVTCHNSTAT_closed, EVTCHNSTAT_unbound,
		EVTCHNSTAT_interdomain, EVTCHNSTAT_virq, EVTCHNSTAT_ipi };
	struct channel *c;

	if (op->port >= PORTS) {
		return refuse(EINVAL, "status of port %u", op->port);
	}
	c = &channels[op->port];
	op->status = statuses[c->state];
	op->vcpu = 0;
	if (c->state == UNBOUND) {
		op->u.unbound.dom = (domid_t)c->remote_dom;
	} else if (c->state == INTERDOMAIN) {
		op->u.interdomain.dom = (domid_t)c->remote_dom;
		op->u.interdomain.port = c->remote_port;
	} else if (c->state == VIRQ) {
		op->u.virq = c->virq;
	}
	return 0;
}

static long unmask(struct evtchn_unmask *op)
{
	struct channel *c = channel_of(op->port);

	if (op->port >= PORTS || !op->port) {
		return refuse(EINVAL, "unmask of port %u", op->port);
	}
	if (fifo_active()) {
		return fifo_unmask(op->port, c ? c->priority : 7);
	}
	bit_set((unsigned long *)shared_info->evtchn_mask, op->port, false);
	if (bit_test((unsigned long *)shared_info->evtchn_pending, op->port)) {
		vcpu->evtchn_pending_sel |= 1ul << (op->port / 64);
		evtchn_mark_upcall();
	}
	return 0;
}

static long set_priority(struct evtchn_set_priority *op)
{
	struct channel *c = channel_of(op->port);

	if (!fifo_active()) {
		return refuse(ENOSYS, "priorities without FIFO");
	}
	if (!c || op->priority > EVTCHN_FIFO_PRIORITY_MIN) {
		return refuse(EINVAL, "priority %u of port %u", op->priority, op->port);
	}
	c->priority = op->priority;
	return 0;
}

static long bind_vcpu(const struct evtchn_bind_vcpu *op)
{
	return channel_of(op->port) && op->vcpu == 0
		? 0
		: refuse(EINVAL, "bind_vcpu of port %u to %u", op->port, op->vcpu);
}

long hc_event_channel_op(const unsigned long a[5])
{
	void *arg = (void *)a[1];

	switch (a[0]) {
	case EVTCHNOP_alloc_unbound:
		return alloc_unbound(arg);
	case EVTCHNOP_bind_interdomain:
		return bind_interdomain(arg);
	case EVTCHNOP_bind_virq:
		return bind_virq(arg);
	case EVTCHNOP_bind_ipi:
		return bind_ipi(arg);
	case EVTCHNOP_close:
		return close_port(arg);
	case EVTCHNOP_send:
		return send(arg);
	case EVTCHNOP_status:
		return status(arg);
	case EVTCHNOP_bind_vcpu:
		return bind_vcpu(arg);
	case EVTCHNOP_unmask:
		return unmask(arg);
	case EVTCHNOP_init_control:
		return fifo_init_control(arg);
	case EVTCHNOP_expand_array:
		return fifo_expand_array(arg);
	case EVTCHNOP_set_priority:
		return set_priority(arg);
	default:
		return refuse(ENOSYS, "event_channel_op %lu", a[0]);
	}
}

/* ---- for tests ------------------------------------------------------------- */

bool model_upcall_wanted(void)
{
	return evtchn_upcall_wanted();
}

void model_evtchn_raise(uint32_t port)
{
	evtchn_raise(port);
}

int model_evtchn_connect(uint32_t port, void (*notified)(void))
{
	struct channel *c = channel_of(port);

	if (!c || c->state != UNBOUND) {
		return -EINVAL;
	}
	c->state = INTERDOMAIN;
	c->remote_port = 2000 + port;
	c->notified = notified;
	return 0;
}

unsigned long model_evtchn_sent(uint32_t port)
{
	return port < PORTS ? channels[port].sent : 0;
}

bool model_evtchn_is_open(uint32_t port)
{
	return channel_of(port) != NULL;
}

bool model_evtchn_is_pending(uint32_t port)
{
	return fifo_active() ? fifo_is_pending(port)
			     : bit_test((unsigned long *)shared_info->evtchn_pending, port);
}

bool model_evtchn_is_masked(uint32_t port)
{
	return fifo_active() ? fifo_is_masked(port)
			     : bit_test((unsigned long *)shared_info->evtchn_mask, port);
}
