/*
 * evtchn-abi.h - what the two layouts of event state have in common (evtchn-2l.c, evtchn-fifo.c).
 *
 * Invariant E1: a port without a handler is masked, in memory that Xen reads.
 */
#ifndef XEN_EVTCHN_ABI_H
#define XEN_EVTCHN_ABI_H

#include <drivers/xen/evtchn.h>

struct evtchn_abi {
	const char *name;
	/* Set up for the boot CPU, all ports masked. 0, or Xen's negative errno when it refuses. */
	int (*init)(void);
	/* For a further CPU, which does not run yet; NULL where nothing is to be done. 0 or a negative errno. */
	int (*cpu_init)(unsigned cpu);
	/* After a restore: all state at Xen is gone, CPUs are stopped, interrupts masked. As init(). */
	int (*resume)(void);
	/* Ports below this number can be used. */
	unsigned (*port_limit)(void);
	/* Memory for the port's state. 0, -EINVAL beyond the limit, -ENOMEM. */
	int (*reserve)(evtchn_port_t port);
	void (*mask)(evtchn_port_t port);
	/* Interrupts masked. `local`: the port is bound to this CPU. */
	void (*unmask)(evtchn_port_t port, bool local);
	bool (*is_masked)(evtchn_port_t port);
	bool (*is_pending)(evtchn_port_t port);
	bool (*clear)(evtchn_port_t port);
	/* Hand every pending, unmasked port of this CPU to evtchn_deliver(). */
	void (*dispatch)(struct vcpu_info *vcpu, unsigned cpu);
	int (*set_priority)(evtchn_port_t port, unsigned priority);
};

extern const struct evtchn_abi evtchn_abi_2l, evtchn_abi_fifo;

/* The port is bound to another CPU: leave it to that one. */
bool evtchn_is_elsewhere(evtchn_port_t port, unsigned cpu);

/* Call the port's handler; its pending bit has been cleared. */
void evtchn_deliver(evtchn_port_t port, unsigned cpu);

/* Have Xen clear the mask and deliver what is pending. */
void evtchn_unmask_by_xen(evtchn_port_t port);

#endif
