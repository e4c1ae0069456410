/*
 * drivers/xen/evtchn.h - event channels: ports, handlers, masking, and a bound on useless events.
 *
 * A port carries one bit: pending. Several notifications before the handler
 * runs are one event. A handler runs in interrupt context on the CPU the port
 * is bound to, interrupts masked, after the bit was cleared; so what it looks
 * at after it started is never missed.
 *
 * A port is bound masked: the owner unmasks it when it is ready, and whatever
 * came in meanwhile is delivered then.
 *
 * Useless events: a handler says whether its event brought work. A port whose
 * events bring none more than EVTCHN_USELESS_MAX times within
 * EVTCHN_USELESS_WINDOW is throttled: masked, and unmasked by a timer after
 * EVTCHN_THROTTLE_TIME (public advisory XSA-391). So a remote domain can take
 * no more of our CPU than that many upcalls per window and port, while a busy
 * device is never slowed down: work is bounded by its ring, not here. Handlers
 * of ports that only Xen itself can trigger always say true.
 *
 * Two ABIs are known, see evtchn-2l.c and evtchn-fifo.c; option
 * evtchn=2l|fifo|auto.
 */
#ifndef DRIVERS_XEN_EVTCHN_H
#define DRIVERS_XEN_EVTCHN_H

#include <kernel/types.h>
#include <xen/xen.h>
#include <xen/event_channel.h>

#define EVTCHN_USELESS_MAX    64u
#define EVTCHN_USELESS_WINDOW (10 * NSEC_PER_MSEC)
#define EVTCHN_THROTTLE_TIME  (10 * NSEC_PER_MSEC)

/* Interrupt context. True when the event brought work. */
typedef bool evtchn_fn(evtchn_port_t port, void *arg);

/* Who handles a port. `name` stays valid while the port is bound. */
struct evtchn_handler {
	evtchn_fn *handle;
	void *arg;
	const char *name;
	bool rebinds; /* the owner binds it anew after a restore: the port is forgotten then */
};

/*
 * Bind a port to what may trigger it: the new port (above 0), bound masked, or
 * Xen's negative errno, or -ENOMEM. Any context.
 */
int evtchn_bind_virq(unsigned virq, unsigned cpu, struct evtchn_handler handler) __must_check;
int evtchn_bind_ipi(unsigned cpu, struct evtchn_handler handler) __must_check;
/* A port that `remote` may connect to. */
int evtchn_alloc_unbound(domid_t remote, struct evtchn_handler handler) __must_check;
/* Connect to a port that `remote` allocated for us. It is pending from the start. */
int evtchn_bind_interdomain(
	domid_t remote, evtchn_port_t remote_port, struct evtchn_handler handler) __must_check;

/*
 * Take over a port that was bound before we ran (console, xenstore): 0;
 * -EBUSY when it has a handler; -EINVAL for a number outside the table; -ENOMEM.
 */
int evtchn_adopt(evtchn_port_t port, struct evtchn_handler handler) __must_check;

/*
 * Close a port: when this returns its handler does not run and will not again,
 * except that a handler may close its own port. Any context; do not hold a
 * lock that the handler takes. Panics when the port is not bound.
 */
void evtchn_close(evtchn_port_t port);

/*
 * After a restore, when no port of before exists at Xen: those whose owner binds them anew are forgotten; the others
 * stay, masked and connected to nobody, until their owners close them. All but the toolstack's ports is gone; CPUs are
 * stopped, interrupts masked. 0, or why Xen does not take our tables.
 */
int evtchn_resume(void) __must_check;

/* A masked port collects its event; unmasking delivers it. Any context. */
void evtchn_mask(evtchn_port_t port);
void evtchn_unmask(evtchn_port_t port);

/* Whether this CPU is in the handler of an event. Preemption off. */
bool evtchn_is_delivering(void);

bool evtchn_is_masked(evtchn_port_t port);
bool evtchn_is_pending(evtchn_port_t port);

/* Forget what is pending; true when something was. For ports that are polled while masked. */
bool evtchn_clear(evtchn_port_t port);

/* Trigger the other end. 0, or Xen's negative errno. Any context. */
int evtchn_send(evtchn_port_t port);

/*
 * Give the CPU away until the port is pending or `deadline`, masked or not, and
 * at least once. Nothing is cleared. For waits that may not sleep; works before evtchn_init().
 */
void evtchn_poll(evtchn_port_t port, nsec_t deadline);

/* The same for several ports, any of which will do; nothing is given away if one is pending already. */
void evtchn_poll_any(evtchn_port_t *ports, unsigned count, nsec_t deadline);

/* What Xen knows of the port. 0, or Xen's negative errno. */
int evtchn_status(evtchn_port_t port, struct evtchn_status *status) __must_check;

/* 0 highest, 15 lowest; only the order among pending ports. -ENOSYS in the 2-level ABI. */
int evtchn_set_priority(evtchn_port_t port, unsigned priority) __must_check;

struct evtchn_counts {
	uint64_t events;    /* handler calls */
	uint64_t useless;   /* of those, without work */
	uint64_t throttled; /* times the port was throttled */
	uint64_t events_by_cpu[CONFIG_NR_CPUS];
};
/* 0, or -ENOENT when the port has no handler. */
int evtchn_counts(evtchn_port_t port, struct evtchn_counts *counts);

/* Call `each` for every port that has a handler; it may use the port, not close it. */
void evtchn_for_each(void (*each)(evtchn_port_t port, const char *name,
			     const struct evtchn_counts *counts, void *arg),
	void *arg);

/* Another window than EVTCHN_USELESS_WINDOW, for all ports; the one before. */
nsec_t evtchn_useless_window_set(nsec_t window);

/* Events on ports without a handler; each such port was masked. */
uint64_t evtchn_spurious_count(void);

/* "2-level" or "FIFO". */
const char *evtchn_abi_name(void);

/* Boot: choose the ABI, mask every port. */
void evtchn_init(void);

/* Before a further CPU starts: events can be bound to it. 0 or a negative errno. */
int evtchn_cpu_init(unsigned cpu) __must_check;

#endif
