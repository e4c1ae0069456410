/* attack_net_nodes.c - a network interface's back-end in the store: features, addresses, sizes, states. */
#include "rogue.h"

#include <stdio.h>
#include <string.h>

#define MAC "00:16:3e:00:00:09"

/* ---- features ------------------------------------------------------------------------------------ */

static void features_all(const char *value)
{
	const struct node features[] = { { "feature-rx-copy", value }, { "feature-sg", value },
		{ "feature-gso-tcpv4", value }, { "feature-gso-tcpv6", value },
		{ "feature-ipv6-csum-offload", value }, { "feature-no-csum-offload", value },
		{ "feature-split-event-channels", value }, { "multi-queue-max-queues", value },
		{ "feature-multicast-control", value },
		{ "feature-dynamic-multicast-control", value }, { "feature-xdp-headroom", value },
		{ "carrier", value }, { 0 } };

	vif_connect(features);
	vif_serve(400);
	if (front_state() != XenbusStateConnected) {
		give_up("it did not go on without them, state %ld", front_state());
	}
}

ATTACK(features_huge, "net features too large", "")
{
	features_all("18446744073709551615");
}

ATTACK(features_beyond, "net features beyond numbers", "")
{
	features_all("99999999999999999999999999");
}

ATTACK(features_none, "net features all 0", "")
{
	features_all("0");
}

ATTACK(features_negative, "net features negative", "")
{
	features_all("-1");
}

ATTACK(features_text, "net features no numbers", "")
{
	features_all("yes");
}

ATTACK(features_missing, "net features missing", "")
{
	vif_connect(NULL);
	vif_serve(400);
}

/* Known to be said, then taken back; and others are said while it is connected. */
ATTACK(features_change, "net features change all the time", "")
{
	static const char *const values[] = { "1", "0", "8", "-1", "18446744073709551615", "" };

	vif_connect(vif_features);
	for (unsigned i = 0; i < 60; i++) {
		node_write(back, vif_features[i % 4].name, "%s", values[chance() % 6]);
		node_write(back, "multi-queue-max-queues", "%s", values[chance() % 6]);
		vif_serve(20);
	}
}

ATTACK(carrier_flaps, "net carrier flaps", "")
{
	static const char *const values[] = { "0", "1", "2", "", "on", "-1" };

	vif_connect(vif_features);
	for (unsigned i = 0; i < 300; i++) {
		node_write(back, "carrier", "%s", i % 7 ? i % 2 ? "1" : "0" : values[chance() % 6]);
	}
	vif_serve(300);
}

/* ---- the front-end's own directory: the toolstack's, but nonsense all the same ------------------- */

static void mac_is(const char *mac)
{
	long until = clock_ms() + 15000;
	char dir[64];

	snprintf(dir, sizeof(dir), "/local/domain/%u/error/device/vif/9", domid);
	node_remove(dir, "error");
	node_watch(dir, "error");
	vif_plug(vif_features, mac);
	while (!node_exists(dir, "error") && store_wait(until)) {
	}
}

ATTACK(mac_text, "net address that is none", "not started (EINVAL)")
{
	mac_is("not:an:address");
}

ATTACK(mac_group, "net address of a group", "not started (EINVAL)")
{
	mac_is("ff:ff:ff:ff:ff:ff");
}

ATTACK(mac_long, "net address without end", "not started (ERANGE)")
{
	char mac[1001];

	memset(mac, 'a', sizeof(mac) - 1);
	mac[sizeof(mac) - 1] = '\0';
	mac_is(mac);
}

ATTACK(mtu_wild, "net sizes that are none", "")
{
	static const char *const values[] = { "0", "1", "67", "65536", "-1", "text", "",
		"99999999999999999999", "1400" };

	vif_connect(vif_features);
	for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		node_write(front, "mtu", "%s", values[i]);
		vif_serve(60);
	}
}

/* ---- states --------------------------------------------------------------------------------------- */

ATTACK(states_jump, "net states in any order", "")
{
	vif_plug(vif_features, MAC);
	device_states_jump();
}

ATTACK(states_nonsense, "net states that are none", "the back-end's state cannot be understood")
{
	vif_connect(vif_features);
	vif_serve(200);
	device_states_nonsense();
}

/* Connected, and then the end, of what has no queue yet. */
ATTACK(closes_before, "net closes before there are queues", "")
{
	static const struct node nodes[] = { { "mac", MAC }, { "handle", "9" }, { 0 } };
	static const uint8_t order[] = { 4, 5, 6, 4, 6, 2 };

	device_plug("vif", 9, nodes);
	for (unsigned i = 0; i < sizeof(order); i++) {
		device_state(order[i]);
		nap(200);
	}
	vif_map();
}

ATTACK(never_connects, "net never connects", "")
{
	vif_plug(vif_features, MAC);
	vif_map();
	nap(1000);
}

ATTACK(closes_while_sending, "net closes while packets are out", "")
{
	vif_connect(vif_features);
	vif_tx_await();
	device_close();
	nap(300);
	device_state(XenbusStateClosed);
	nap(300);
}

ATTACK(gone_while_connecting, "net goes away while connecting", "")
{
	vif_plug(vif_features, MAC);
	vif_map();
	store_remove(back);
	nap(500);
}

static void plug(void)
{
	vif_plug(vif_features, "00:16:3e:00:00:0a");
}

ATTACK(gone_at_once, "net goes away as soon as it is there", "")
{
	device_come_and_go(plug);
}

/* Packets of before are out, its rings mapped; the interface that is there now has another address. */
ATTACK(made_anew, "net taken away and made anew unseen", "xenbus: device/vif/9: another one")
{
	vif_connect(vif_features);
	vif_tx_await();
	device_replug(plug);
	vif_go_on();
	vif_tx_await();
	vif_serve(300);
}
