/*
 * evtchn-port.h - a bound port, shared by the table (evtchn.c), delivery (evtchn-deliver.c) and the
 * choice of ABI at boot (evtchn-init.c).
 *
 * Invariants:
 *   E1  A port without a handler is masked (evtchn-abi.h).
 *   E2  Each CPU publishes the port it is delivering before it reads the slot;
 *       evtchn_close() empties the slot before it looks at what CPUs deliver.
 *       So a struct evtchn is freed only when no other CPU can be using it, and
 *       the delivering CPU looks at the slot again after the handler returned.
 *   E3  `evtchn_lock` guards slots, `masked`, the throttle list and the port's mask bit.
 *
 * Lock order: evtchn_lock is taken with nothing below it but the allocators' and timers' locks.
 */
#ifndef XEN_EVTCHN_PORT_H
#define XEN_EVTCHN_PORT_H

#include "evtchn-abi.h"

#include <kernel/list.h>
#include <kernel/spinlock.h>

struct evtchn {
	evtchn_port_t port;
	unsigned cpu;
	struct evtchn_handler handler;
	struct evtchn_counts counts; /* but their `events` */

	bool masked;		   /* by its owner */
	bool is_lost;		   /* since a restore: Xen's port of that number is not this one */
	struct list throttle_link; /* linked: masked until `throttled_until` */
	nsec_t throttled_until;

	/* of the CPU that delivers */
	nsec_t window_start;
	unsigned window_useless;
};

extern struct spinlock evtchn_lock;
extern const struct evtchn_abi *evtchn_abi; /* NULL before boot has chosen */

/* The port's handler, or NULL. Takes no lock. */
struct evtchn *evtchn_slot_get(evtchn_port_t port);

/* Unmask the port unless its owner or throttling wants it masked; evtchn_lock held. */
void evtchn_unmask_locked(struct evtchn *e);

/* Whether another CPU is in the port's handler, or about to be. */
bool evtchn_is_delivered_elsewhere(evtchn_port_t port);

void evtchn_table_init(void);
void evtchn_deliver_init(void);

#endif
