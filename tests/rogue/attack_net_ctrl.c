/*
 * attack_net_ctrl.c - a network interface's back-end on the control ring, on which a front-end of two queues
 * asks for a hash: one question at a time.
 */
#include "rogue.h"

static void connect_with(const char *queues)
{
	const struct node features[] = { { "feature-rx-copy", "1" }, { "feature-sg", "1" },
		{ "feature-ctrl-ring", "1" }, { "multi-queue-max-queues", queues }, { 0 } };

	vif_plug(features, "00:16:3e:00:00:09");
	vif_map();
	if (node_number(front, "multi-queue-num-queues") < 2) {
		give_up("the front-end does not want several queues");
	}
	vif_ctrl_map();
	device_state(XenbusStateConnected);
}

static void must_go_on(void)
{
	vif_serve(300);
	if (front_state() != XenbusStateConnected) {
		give_up("it did not go on without a hash, state %ld", front_state());
	}
}

ATTACK(ctrl_id, "net control answer to another question",
	"the back-end sent a wrong answer on the control ring; the interface is off")
{
	struct xen_netif_ctrl_request r;

	connect_with("2");
	r = vif_ctrl_take();
	vif_ctrl_answer((uint16_t)(r.id + 1), r.type, XEN_NETIF_CTRL_STATUS_SUCCESS, 0);
}

ATTACK(ctrl_type, "net control answer of another type",
	"the back-end sent a wrong answer on the control ring; the interface is off")
{
	struct xen_netif_ctrl_request r;

	connect_with("2");
	r = vif_ctrl_take();
	vif_ctrl_answer(r.id, 0xffff, XEN_NETIF_CTRL_STATUS_SUCCESS, 0);
}

static void ctrl_index_move(RING_IDX by)
{
	connect_with("2");
	vif_ctrl_take();
	vif.ctrl.sring->rsp_prod += by;
	xenevtchn_notify(events, vif.ctrl_port);
}

ATTACK(ctrl_ahead, "net control producer overrun",
	"the back-end sent a wrong answer on the control ring; the interface is off")
{
	ctrl_index_move(5000);
}

ATTACK(ctrl_back, "net control producer goes back",
	"the back-end sent a wrong answer on the control ring; the interface is off")
{
	ctrl_index_move((RING_IDX)-1);
}

ATTACK(ctrl_refuses, "net control refuses everything", "")
{
	struct xen_netif_ctrl_request r;

	connect_with("18446744073709551615");
	r = vif_ctrl_take();
	vif_ctrl_answer(r.id, r.type, 0xffffffff, 0xffffffff);
	must_go_on();
}

/* All kinds of hash that there are, whatever is asked; then the last of the six questions is refused. */
ATTACK(ctrl_lies, "net control promises everything", "")
{
	connect_with("2");
	for (unsigned i = 0; i < 6; i++) {
		struct xen_netif_ctrl_request r = vif_ctrl_take();

		vif_ctrl_answer(r.id, r.type, i == 5, 0xffffffff);
	}
	must_go_on();
}

/* Who does not answer is not asked again, and what he says later is not heard. The guest sends when it has given up. */
ATTACK(ctrl_late, "net control answers too late", "")
{
	connect_with("2");
	vif_ctrl_take();
	vif_tx_await();
	scribble(vif.ctrl.sring, 4096);
	for (unsigned i = 0; i < 100; i++) {
		xenevtchn_notify(events, vif.ctrl_port);
	}
	device_state(XenbusStateReconfiguring);
	nap(200);
	device_state(XenbusStateConnected);
	must_go_on();
}

ATTACK(ctrl_storm, "net control event storm", "")
{
	connect_with("2");
	vif_ctrl_take();
	port_storm(vif.ctrl_port, NULL);
	vif_tx_await();
	must_go_on();
}
