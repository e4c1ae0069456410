/* hvc-front.h - a console beyond the first: what its data path (hvc.c) and its connection (hvc_setup.c) share. */
#ifndef FRONT_HVC_FRONT_H
#define FRONT_HVC_FRONT_H

#include <drivers/xen/evtchn.h>
#include <drivers/xen/grant.h>
#include <kernel/list.h>
#include <kernel/tty.h>
#include <xen/io/console.h>

struct xenbus_device;

/*
 *   H1  in_cons and out_prod are ours; the page holds copies for the other side, which are never read back.
 *   H2  A ring whose indices made no sense is neither read nor written any more, nor its other side told anything.
 */
struct hvc {
	struct xenbus_device *dev;
	struct list link;
	unsigned number; /* of /dev/hvcN */
	struct tty_port *tty;

	struct xencons_interface *ring; /* NULL: not connected, nor to be */
	gref_t ref;
	evtchn_port_t port;
	XENCONS_RING_IDX in_cons, out_prod; /* H1 */
	bool is_broken;			    /* H2 */
	bool is_connected;		    /* the back-end said so */

	/* as far as the handler has seen the other side come */
	XENCONS_RING_IDX in_seen, out_seen;
};

/* hvc.c */
extern const struct tty_port_ops hvc_ops;
void hvc_ring_init(struct hvc *hvc, struct xencons_interface *ring);
evtchn_fn hvc_event;

/* hvc_setup.c: is_broken is so from now on. A thread, in one of hvc_ops. */
void hvc_break(struct hvc *hvc);

#endif
