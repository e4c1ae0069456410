/*
 * net_setup.c - the network front-end's connection: xenbus states, features, publishing, and its end.
 *
 *   front-end                                back-end
 *   NET_WAITING    Initialising (1) <------  InitWait  (2)   its features stand in the store
 *   NET_CONNECTED  Connected    (4) ------>                  rings, ports, what we can receive
 *                                   <------  Connected (4)   carrier, and packets
 *
 * The back-end closing, vanishing or starting over ends the connection, not the interface: it has
 * no carrier until the next one, and keeps its addresses. The device's removal ends both.
 *
 * Everything here runs in the thread "xenwatch", but for what ends a connection that a back-end
 * broke (X3): that is a thread of its own, under the same lock.
 */
#include "net-front.h"

#include <drivers/front/net.h>
#include <kernel/cpu.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/option.h>
#include <kernel/string.h>

static unsigned queues_wanted;
OPTION_UINT(net_queues, "net_queues", queues_wanted, 0, NET_QUEUES_MAX,
	"queues of a network interface, 0: as many as CPUs");

static uint64_t backend_number(const struct net_front *front, const char *node)
{
	return xenstore_read_number_or(XS_NONE, front->dev->backend, node, 0);
}

static void features_read(struct net_front *front)
{
	struct net_features *f = &front->features;
	uint64_t most = backend_number(front, "multi-queue-max-queues");
	uint64_t wanted = queues_wanted ? queues_wanted : cpu_count;

	f->has_sg = backend_number(front, "feature-sg");
	f->csum4 = !backend_number(front, "feature-no-csum-offload");
	f->csum6 = backend_number(front, "feature-ipv6-csum-offload");
	f->gso4 = f->has_sg && f->csum4 && backend_number(front, "feature-gso-tcpv4");
	f->gso6 = f->has_sg && f->csum6 && backend_number(front, "feature-gso-tcpv6");
	f->is_trusted = xenstore_read_number_or(XS_NONE, front->dev->path, "trusted", 1) == 1;
	f->has_split = backend_number(front, "feature-split-event-channels");
	f->has_multicast = backend_number(front, "feature-multicast-control");
	f->has_ctrl = backend_number(front, "feature-ctrl-ring");
	f->queues = (unsigned)MAX(MIN(MIN(most, wanted), (uint64_t)NET_QUEUES_MAX), UINT64_C(1));
}

/* ---- queues --------------------------------------------------------------------------------- */

static void queues_destroy(struct net_front *front, struct net_queue *queues, unsigned count)
{
	net_ctrl_destroy(front);
	for (unsigned i = 0; i < count; i++) {
		net_queue_destroy(&queues[i]);
	}
	heap_free(queues);
}

/* Not yet up: nobody but us knows them. */
static int queues_create(struct net_front *front, struct net_queue **queues, unsigned *made)
{
	int err = 0;

	*made = 0;
	*queues = heap_alloc(front->features.queues * sizeof(**queues));
	if (!*queues) {
		return -ENOMEM;
	}
	while (!err && *made < front->features.queues) {
		err = net_queue_create(&(*queues)[*made], front, *made);
		(*made)++;
	}
	if (!err && front->features.has_ctrl && front->features.queues > 1) {
		err = net_ctrl_create(front);
	}
	if (err) {
		queues_destroy(front, *queues, *made);
	}
	return err;
}

/* Let packets through: the network sees the queues. */
static void queues_up(struct net_front *front, struct net_queue *queues, unsigned count)
{
	const struct net_features *f = &front->features;

	net_lock();
	front->queues = queues;
	front->queue_count = count;
	front->device.features = (f->csum4 ? NET_CSUM_TCP4 : 0) | (f->csum6 ? NET_CSUM_TCP6 : 0) |
		(f->gso4 ? NET_GSO_TCP4 : 0) | (f->gso6 ? NET_GSO_TCP6 : 0);
	for (unsigned i = 0; i < count; i++) {
		net_rx_fill(&queues[i]);
	}
	net_unlock();
	for (unsigned i = 0; i < count; i++) {
		evtchn_unmask(queues[i].rx_port);
		if (queues[i].tx_port != queues[i].rx_port) {
			evtchn_unmask(queues[i].tx_port);
		}
	}
}

/* ---- publishing ----------------------------------------------------------------------------- */

struct offer {
	struct net_front *front;
	struct net_queue *queues;
	unsigned count;
};

static int queue_publish(struct xs_tx tx, const struct net_queue *q, const char *dir)
{
	int err = xenstore_printf(tx, dir, "tx-ring-ref", "%u", q->tx_ref.n);

	if (!err) {
		err = xenstore_printf(tx, dir, "rx-ring-ref", "%u", q->rx_ref.n);
	}
	if (!err && q->tx_port == q->rx_port) {
		return xenstore_printf(tx, dir, "event-channel", "%u", q->rx_port);
	}
	if (!err) {
		err = xenstore_printf(tx, dir, "event-channel-tx", "%u", q->tx_port);
	}
	if (!err) {
		err = xenstore_printf(tx, dir, "event-channel-rx", "%u", q->rx_port);
	}
	return err;
}

/* With one queue its keys stand at the top, with several they must not. */
static int queues_publish(struct xs_tx tx, const struct offer *o, const char *path)
{
	char dir[XENBUS_PATH_MAX + 16];
	int err;

	if (o->count == 1) {
		return queue_publish(tx, &o->queues[0], path);
	}
	err = xenstore_printf(tx, path, "multi-queue-num-queues", "%u", o->count);
	for (unsigned i = 0; !err && i < o->count; i++) {
		fmt_print(dir, sizeof(dir), "%s/queue-%u", path, i);
		err = queue_publish(tx, &o->queues[i], dir);
	}
	return err;
}

/* What we can receive, whatever the back-end can. */
static int abilities_publish(struct xs_tx tx, const struct offer *o, const char *path)
{
	const struct {
		const char *node;
		unsigned value;
	} nodes[] = {
		{ "request-rx-copy", 1 },
		{ "feature-rx-notify", 1 },
		{ "feature-sg", 1 },
		{ "feature-gso-tcpv4", 1 },
		{ "feature-gso-tcpv6", 1 },
		{ "feature-no-csum-offload", 0 },
		{ "feature-ipv6-csum-offload", 1 },
		{ "request-multicast-control", o->front->features.has_multicast },
	};
	int err = 0;

	for (unsigned i = 0; !err && i < ARRAY_SIZE(nodes); i++) {
		err = xenstore_printf(tx, path, nodes[i].node, "%u", nodes[i].value);
	}
	return err;
}

static int publish(struct xs_tx tx, void *arg)
{
	const struct offer *o = arg;
	const struct net_front *front = o->front;
	const char *path = front->dev->path;
	int err = queues_publish(tx, o, path);

	if (!err) {
		err = abilities_publish(tx, o, path);
	}
	if (!err && front->ctrl_port) {
		err = xenstore_printf(tx, path, "ctrl-ring-ref", "%u", front->ctrl_ref.n);
	}
	if (!err && front->ctrl_port) {
		err = xenstore_printf(tx, path, "event-channel-ctrl", "%u", front->ctrl_port);
	}
	return err;
}

/* ---- carrier and size ----------------------------------------------------------------------- */

static void carrier_look(struct net_front *front)
{
	bool on = front->phase == NET_CONNECTED && !front->is_broken &&
		front->dev->backend_state == XenbusStateConnected &&
		xenstore_read_number_or(XS_NONE, front->dev->backend, "carrier", 1);

	net_carrier_set(&front->device, on);
}

static void carrier_fire(struct xs_watch *watch, const char *changed)
{
	struct net_front *front = watch->arg;

	mutex_lock(&front->lock);
	carrier_look(front);
	mutex_unlock(&front->lock);
}

/* What the toolstack says, if it makes sense for what was agreed on. */
static void mtu_look(struct net_front *front)
{
	uint64_t mtu = xenstore_read_number_or(XS_NONE, front->dev->path, "mtu", 1500);

	net_lock();
	if (mtu >= 68 && mtu <= UINT16_MAX && mtu != front->device.mtu &&
		!net_front_ops.mtu_set(&front->device, (unsigned)mtu)) {
		front->device.mtu = (unsigned)mtu;
		net_mtu_changed(&front->device);
	}
	net_unlock();
}

static void mtu_fire(struct xs_watch *watch, const char *changed)
{
	struct net_front *front = watch->arg;

	mutex_lock(&front->lock);
	mtu_look(front);
	mutex_unlock(&front->lock);
}

static void watches_start(struct net_front *front)
{
	fmt_print(front->carrier_path, sizeof(front->carrier_path), "%s/carrier",
		front->dev->backend);
	fmt_print(front->mtu_path, sizeof(front->mtu_path), "%s/mtu", front->dev->path);
	front->carrier_watch = (struct xs_watch){
		.path = front->carrier_path, .fire = carrier_fire, .arg = front
	};
	front->mtu_watch =
		(struct xs_watch){ .path = front->mtu_path, .fire = mtu_fire, .arg = front };
	front->watches_carrier = !xenstore_watch(&front->carrier_watch);
	front->watches_mtu = !xenstore_watch(&front->mtu_watch);
}

static void watches_stop(struct net_front *front)
{
	if (front->watches_carrier) {
		xenstore_unwatch(&front->carrier_watch);
	}
	if (front->watches_mtu) {
		xenstore_unwatch(&front->mtu_watch);
	}
	front->watches_carrier = front->watches_mtu = false;
}

/* ---- connecting and its end ------------------------------------------------------------------- */

static void offer(struct net_front *front)
{
	struct offer o = { .front = front };
	int err;

	features_read(front);
	err = queues_create(front, &o.queues, &o.count);
	if (!err) {
		err = xenstore_transaction(publish, &o);
		if (err) {
			queues_destroy(front, o.queues, o.count);
		}
	}
	if (err) {
		xenbus_fatal(front->dev, err, "no rings");
		return;
	}
	front->phase = NET_CONNECTED;
	queues_up(front, o.queues, o.count);
	mtu_look(front);
	xenbus_switch_state(front->dev, XenbusStateConnected);
}

/* The back-end is there: what has to be told it through the rings. */
static void connected(struct net_front *front)
{
	int err = front->ctrl_port ? net_ctrl_hash(front) : 0;

	if (err == -EPROTO) {
		net_lock();
		net_front_break(front, "a wrong answer on the control ring");
		net_unlock();
		return;
	}
	if (err) {
		log_info("net: %s: the back-end spreads packets as it likes: %s",
			front->device.name, errno_name(err));
	}
	net_lock();
	if (front->features.has_multicast) {
		net_groups_tell(&front->device);
	}
	net_unlock();
	log_info("net: %s: %u queue%s%s%s%s%s", front->device.name, front->queue_count,
		front->queue_count == 1 ? "" : "s", front->features.has_sg ? ", sg" : "",
		front->features.csum4 ? ", csum" : "", front->features.gso4 ? ", gso" : "",
		front->features.has_split ? ", split events" : "");
	carrier_look(front);
}

/* front->lock held. The handlers end before the memory they look at. */
static void disconnect(struct net_front *front)
{
	struct net_queue *queues;
	unsigned count;

	if (front->phase != NET_CONNECTED) {
		return;
	}
	front->phase = NET_WAITING;
	net_carrier_set(&front->device, false);
	net_lock();
	queues = front->queues;
	count = front->queue_count;
	front->queues = NULL;
	front->queue_count = 0;
	front->device.features = 0;
	net_unlock();
	queues_destroy(front, queues, count);
	net_lock();
	net_stores_forget(front);
	net_unlock();
}

/* ---- a broken back-end (X3) -------------------------------------------------------------------- */

static void break_finish(void *arg)
{
	struct net_front *front = arg;

	mutex_lock(&front->lock);
	disconnect(front);
	xenbus_fatal(front->dev, -EPROTO, "the back-end sent %s; the interface is off",
		front->complaint);
	mutex_unlock(&front->lock);
}

void net_front_break(struct net_front *front, const char *what)
{
	if (front->is_broken) {
		return;
	}
	front->is_broken = true;
	front->complaint = what;
	thread_hold(front->breaker);
	thread_launch(front->breaker);
}

/* When nobody can find it broken any more. */
static void breaker_end(struct net_front *front)
{
	if (front->is_broken) {
		(void)thread_join(front->breaker);
	} else if (front->breaker) {
		thread_discard(front->breaker);
	}
}

/* ---- the driver ------------------------------------------------------------------------------- */

static int digit_of(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "00:16:3e:..." */
static int mac_parse(const char *text, uint8_t mac[NET_MAC_LEN])
{
	for (unsigned i = 0; i < NET_MAC_LEN; i++) {
		int high = digit_of(text[0]), low = high < 0 ? -1 : digit_of(text[1]);

		if (low < 0 || text[2] != (i + 1 < NET_MAC_LEN ? ':' : '\0')) {
			return -EINVAL;
		}
		mac[i] = (uint8_t)(high << 4 | low);
		text += 3;
	}
	return mac[0] & 1 ? -EINVAL : 0;
}

static int net_probe(struct xenbus_device *dev)
{
	struct net_front *front = heap_alloc(sizeof(*front));
	char mac[32];
	int err;

	if (!front) {
		return -ENOMEM;
	}
	dev->priv = front;
	front->dev = dev;
	mutex_init(&front->lock, "vif");
	list_init(&front->stores);
	list_init(&front->stores_free);
	front->device.ops = &net_front_ops;
	front->device.mtu = 1500;
	front->device.kind = "xen";
	front->breaker = thread_create_stopped("vif end", break_finish, front);
	if (!front->breaker) {
		return -ENOMEM;
	}
	err = xenstore_read_text(XS_NONE, dev->path, "mac", mac, sizeof(mac));
	if (!err) {
		err = mac_parse(mac, front->device.mac);
	}
	if (!err) {
		err = net_register(&front->device);
		front->is_registered = !err;
	}
	if (!err) {
		watches_start(front);
		xenbus_switch_state(dev, XenbusStateInitialising);
	}
	return err;
}

/* A back-end that is there again waits for a front-end that begins. */
static bool may_come_back(const struct net_front *front)
{
	return !front->is_broken && backend_number(front, "online") == 1;
}

static void changed_locked(struct net_front *front, enum xenbus_state state)
{
	switch (state) {
	case XenbusStateInitWait:
		/*
		 * It started over while our state says that rings stand in the store, and connects to
		 * them while we would write new ones. By way of Closing it starts over once more, after us.
		 */
		if (front->phase == NET_CONNECTED) {
			log_info("net: %s: the back-end starts over", front->device.name);
			disconnect(front);
			xenbus_switch_state(front->dev, XenbusStateClosing);
		} else if (!front->is_broken && front->dev->state != XenbusStateClosing) {
			offer(front);
		}
		break;
	case XenbusStateConnected:
		if (front->phase == NET_CONNECTED && !front->is_broken) {
			connected(front);
		}
		break;
	case XenbusStateClosing:
		disconnect(front);
		xenbus_switch_state(front->dev, XenbusStateClosed);
		break;
	case XenbusStateUnknown:
	case XenbusStateClosed:
		disconnect(front);
		xenbus_switch_state(front->dev,
			may_come_back(front) ? XenbusStateInitialising : XenbusStateClosed);
		break;
	default:
		break; /* on its way */
	}
}

static void net_backend_changed(struct xenbus_device *dev, enum xenbus_state state)
{
	struct net_front *front = dev->priv;

	mutex_lock(&front->lock);
	changed_locked(front, state);
	mutex_unlock(&front->lock);
}

static void net_remove(struct xenbus_device *dev)
{
	struct net_front *front = dev->priv;

	if (!front) {
		return;
	}
	watches_stop(front);
	mutex_lock(&front->lock);
	disconnect(front);
	mutex_unlock(&front->lock);
	if (front->is_registered) {
		net_unregister(&front->device);
	}
	breaker_end(front);
	dev->priv = NULL;
	heap_free(front);
}

/* Rings do not survive; the interface and its addresses do. */
static void net_suspend(struct xenbus_device *dev)
{
	struct net_front *front = dev->priv;

	mutex_lock(&front->lock);
	disconnect(front);
	mutex_unlock(&front->lock);
}

static void net_resume(struct xenbus_device *dev)
{
	struct net_front *front = dev->priv;

	watches_stop(front);
	watches_start(front);
	mutex_lock(&front->lock);
	dev->state = XenbusStateUnknown;
	xenbus_switch_state(dev, XenbusStateInitialising);
	mutex_unlock(&front->lock);
}

const struct xenbus_driver net_front_driver = {
	.class = "vif",
	.probe = net_probe,
	.backend_changed = net_backend_changed,
	.remove = net_remove,
	.suspend = net_suspend,
	.resume = net_resume,
};
