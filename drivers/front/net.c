/* net.c - the network front-end as the network sees it: frames to queues, polling, addresses, sizes. */
#include "net-front.h"

#include <drivers/front/net.h>
#include <kernel/errno.h>
#include <kernel/log.h>

#define MTU_PLAIN 1500u	 /* without scatter-gather a frame has to fit a page */
#define MTU_MAX	  65517u /* with it: what the protocol's 16 bits leave to IP */

static bool front_transmit(struct net_device *device, const struct net_frame *frame)
{
	struct net_front *front = net_front_of(device);

	if (front->queue_count == 0 || front->is_broken) {
		device->sent.dropped++;
		return true;
	}
	return net_tx(&front->queues[frame->flow % front->queue_count], frame);
}

static struct net_store *front_store_get(struct net_device *device)
{
	struct net_front *front = net_front_of(device);

	return front->is_broken ? NULL : net_store_get(front);
}

static void front_flush(struct net_device *device)
{
	struct net_front *front = net_front_of(device);

	for (unsigned i = 0; i < front->queue_count && !front->is_broken; i++) {
		net_tx_push(&front->queues[i]);
	}
}

/* The budget is shared; with some left of it all queues are empty and ask for their next event. */
static unsigned front_poll(struct net_device *device, unsigned budget)
{
	struct net_front *front = net_front_of(device);
	unsigned done = 0;
	bool again = true;

	while (again && done < budget && !front->is_broken) {
		again = false;
		for (unsigned i = 0; i < front->queue_count && !front->is_broken; i++) {
			struct net_queue *q = &front->queues[i];

			done += net_rx(q, budget - MIN(done, budget));
			(void)net_tx_reap(q);
		}
		for (unsigned i = 0; i < front->queue_count && done < budget; i++) {
			again = !front->is_broken && (net_rx_rearm(&front->queues[i]) || again);
		}
	}
	return MIN(done, budget);
}

static int front_mtu_set(struct net_device *device, unsigned mtu)
{
	struct net_front *front = net_front_of(device);

	return mtu <= (front->features.has_sg ? MTU_MAX : MTU_PLAIN) ? 0 : -EINVAL;
}

static void front_multicast(struct net_device *device, const uint8_t mac[NET_MAC_LEN], bool on)
{
	struct net_front *front = net_front_of(device);

	if (front->queue_count && front->features.has_multicast && !front->is_broken) {
		net_tx_multicast(&front->queues[0], mac, on);
		net_tx_push(&front->queues[0]);
	}
}

const struct net_device_ops net_front_ops = {
	.transmit = front_transmit,
	.store_get = front_store_get,
	.flush = front_flush,
	.poll = front_poll,
	.mtu_set = front_mtu_set,
	.multicast = front_multicast,
};
