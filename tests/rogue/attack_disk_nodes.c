/* attack_disk_nodes.c - a disk's back-end in the store: features, sizes, states. */
#include "rogue.h"

#include <string.h>

/* ---- features ---------------------------------------------------------------------------------- */

static const char *const feature_names[] = { "feature-barrier", "feature-flush-cache",
	"feature-discard", "feature-persistent", "feature-max-indirect-segments",
	"max-ring-page-order", "max-ring-pages", "multi-queue-max-queues", "discard-granularity",
	"discard-alignment", "discard-secure", "physical-sector-size", "sector-size-max" };
#define FEATURE_COUNT (sizeof(feature_names) / sizeof(feature_names[0]))

static void features_all(const char *value)
{
	struct node features[FEATURE_COUNT + 1] = { { 0 } };

	for (unsigned i = 0; i < FEATURE_COUNT; i++) {
		features[i] = (struct node){ feature_names[i], value };
	}
	disk_connect(features, disk_sizes);
	disk_serve(600, BLKIF_RSP_OKAY);
	if (front_state() != XenbusStateConnected) {
		give_up("it did not go on without them, state %ld", front_state());
	}
}

ATTACK(features_huge, "block features too large", "")
{
	features_all("18446744073709551615");
}

ATTACK(features_beyond, "block features beyond numbers", "")
{
	features_all("99999999999999999999999999");
}

ATTACK(features_negative, "block features negative", "")
{
	features_all("-1");
}

ATTACK(features_text, "block features no numbers", "")
{
	features_all("1e9 or so");
}

ATTACK(features_empty, "block features empty", "")
{
	features_all("");
}

ATTACK(features_long, "block features without end", "")
{
	char value[2001];

	memset(value, '9', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	features_all(value);
}

ATTACK(features_missing, "block features missing", "")
{
	disk_connect(NULL, disk_sizes);
	disk_serve(600, BLKIF_RSP_OKAY);
}

/* ---- sizes ---------------------------------------------------------------------------------------- */

static void size_is(const char *name, const char *value)
{
	const struct node sizes[] = { { "sectors", "2048" }, { "sector-size", "512" },
		{ "info", "0" }, { name, value }, { 0 } };

	disk_connect(disk_features, sizes);
	disk_serve(600, BLKIF_RSP_OKAY);
}

ATTACK(sector_zero, "block sector size 0", "the back-end's sizes make no sense")
{
	size_is("sector-size", "0");
}

ATTACK(sector_odd, "block sector size odd", "the back-end's sizes make no sense")
{
	size_is("sector-size", "513");
}

ATTACK(sector_huge, "block sector size huge", "the back-end's sizes make no sense")
{
	size_is("sector-size", "4294967296");
}

ATTACK(sector_pages, "block sector size beyond a page", "the back-end's sizes make no sense")
{
	size_is("sector-size", "8192");
}

ATTACK(physical_odd, "block physical sector size odd", "")
{
	size_is("physical-sector-size", "1000");
}

ATTACK(sectors_huge, "block too many sectors", "the back-end's sizes make no sense")
{
	size_is("sectors", "18446744073709551615");
}

ATTACK(sectors_most, "block as many sectors as can be", "")
{
	size_is("sectors", "18014398509481983");
}

ATTACK(sectors_none, "block no sectors", "")
{
	size_is("sectors", "0");
}

ATTACK(sectors_part, "block size that is no multiple of its sectors", "")
{
	const struct node sizes[] = { { "sectors", "2047" }, { "sector-size", "4096" }, { 0 } };

	disk_connect(disk_features, sizes);
	disk_serve(600, BLKIF_RSP_OKAY);
}

ATTACK(sectors_change, "block size changes all the time", "")
{
	disk_connect(disk_features, disk_sizes);
	for (unsigned i = 0; i < 60; i++) {
		node_write(back, "sectors", "%u", chance() % 4096);
		disk_serve(20, BLKIF_RSP_OKAY);
	}
}

/* Cut down while what is written waits for ever. */
ATTACK(shrinks_silently, "block shrinks and answers no more", "")
{
	blkif_request_t r;

	disk_connect(disk_features, disk_sizes);
	while ((r = disk_await()).operation != BLKIF_OP_WRITE) {
		disk_answer(r.id, r.operation, BLKIF_RSP_OKAY);
	}
	for (unsigned sectors = 2047; sectors > 2027; sectors--) {
		node_write(back, "sectors", "%u", sectors);
		nap(20);
	}
}

ATTACK(info_wild, "block all bits of info", "")
{
	size_is("info", "4294967295");
}

/* ---- states ----------------------------------------------------------------------------------------- */

ATTACK(states_jump, "block states in any order", "")
{
	disk_plug(disk_features);
	device_states_jump();
}

ATTACK(states_nonsense, "block states that are none", "the back-end's state cannot be understood")
{
	disk_connect(disk_features, disk_sizes);
	disk_serve(300, BLKIF_RSP_OKAY);
	device_states_nonsense();
}

ATTACK(never_begins, "block never begins", "")
{
	disk_plug(NULL);
	device_state(XenbusStateInitialising);
	nap(1500);
}

ATTACK(never_connects, "block never connects", "")
{
	disk_plug(disk_features);
	disk_map();
	nap(2000);
}

ATTACK(connects_without, "block connects without a ring", "")
{
	disk_plug(disk_features);
	device_state(XenbusStateConnected);
	nap(1000);
	device_state(XenbusStateInitWait);
	nap(1000);
}

ATTACK(gone_while_connecting, "block goes away while connecting", "")
{
	disk_plug(disk_features);
	disk_map();
	store_remove(back);
	nap(1000);
}

static void plug(void)
{
	disk_plug(disk_features);
}

ATTACK(gone_at_once, "block goes away as soon as it is there", "")
{
	device_come_and_go(plug);
}

/* Gone, and there again for everybody but the guest, to whom that is all the same. */
ATTACK(unreadable, "block back-end that may not be read", "")
{
	disk_plug(disk_features);
	for (unsigned i = 0; i < 40; i++) {
		nap(20);
		store_remove(back);
		store_make(back);
		device_state(XenbusStateInitWait);
		nap(20);
		store_share(back, 0, domid);
		node_write(back, "online", "1");
		node_remove(back, "state");
		device_state(XenbusStateInitWait);
	}
}

ATTACK(closes_under_reads, "block closes while requests are out", "")
{
	disk_connect(disk_features, disk_sizes);
	disk_await();
	device_close();
	nap(500);
	device_state(XenbusStateClosed);
	nap(1000);
}

/* Away and back, with requests out and the rings of before still mapped. */
ATTACK(comes_back, "block comes back without end", "")
{
	disk_connect(disk_features, disk_sizes);
	for (unsigned i = 0; i < 8; i++) {
		disk_await();
		device_begin_anew();
		disk_map();
		device_state(XenbusStateConnected);
	}
	disk_serve(1000, BLKIF_RSP_OKAY);
}

/* The requests of before are out, its rings mapped; of both the new one knows nothing. */
ATTACK(made_anew, "block taken away and made anew unseen", "xenbus: device/vbd/51728: another one")
{
	disk_connect(disk_features, disk_sizes);
	disk_await();
	device_replug(plug);
	disk_go_on(disk_sizes);
	disk_await();
	disk_serve(600, BLKIF_RSP_OKAY);
}

/* ---- the front-end's own directory: the toolstack's, but nonsense all the same ------------------------ */

static void plug_with(const char *name, const char *value)
{
	const struct node nodes[] = { { "virtual-device", "51728" }, { name, value }, { 0 } };

	device_plug("vbd", 51728, nodes);
	device_state(XenbusStateInitWait);
	nap(800);
}

ATTACK(vdev_text, "block virtual device no number", "")
{
	plug_with("virtual-device", "xvdb");
}

ATTACK(vdev_huge, "block virtual device beyond all", "")
{
	plug_with("virtual-device", "18446744073709551615");
}

ATTACK(trusted_text, "block trusted no number", "")
{
	plug_with("trusted", "maybe");
}

static void backend_is(const char *path, const char *id)
{
	plug_with("mode", "w");
	node_write(front, "backend-id", "%s", id);
	node_write(front, "backend", "%s", path);
	nap(800);
}

ATTACK(backend_relative, "block back-end at no path", "")
{
	backend_is("nowhere", "0");
}

ATTACK(backend_elsewhere, "block back-end of a domain that is not", "")
{
	backend_is("/local/domain/31000/backend/vbd", "31000");
}

ATTACK(backend_beyond, "block back-end of no domain", "")
{
	backend_is("/local/domain/0/rogue", "99999");
}

ATTACK(backend_long, "block back-end at a path without end", "")
{
	char path[1500] = "/";

	memset(path + 1, 'a', sizeof(path) - 2);
	backend_is(path, "0");
}
