/*
 * xenbus.c - the bus against a toolstack that plugs, unplugs, moves and skips states.
 *
 * The bus under test has a driver of the test's own, which records what it is told.
 */
#include "harness.h"

#include <arch/clock.h>
#include <drivers/xen/xenbus.h>
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/string.h>
#include <kernel/thread.h>

#define HOME	"/local/domain/7/"
#define BACKEND "/local/domain/0/backend/toy/7/0"

static struct {
	unsigned probes, removes, changes;
	enum xenbus_state states[32];
	int probe_result;
	bool follow; /* answer the back-end's states as a real front-end would */
	struct xenbus_device *dev;
	unsigned live;
} toy;

static int toy_probe(struct xenbus_device *dev)
{
	toy.probes++;
	if (toy.probe_result) {
		return toy.probe_result;
	}
	dev->priv = &toy;
	toy.dev = dev;
	toy.live++;
	return toy.follow ? xenbus_switch_state(dev, XenbusStateInitialised) : 0;
}

static void toy_changed(struct xenbus_device *dev, enum xenbus_state state)
{
	EXPECT(dev->priv == &toy);
	if (toy.changes < ARRAY_SIZE(toy.states)) {
		toy.states[toy.changes] = state;
	}
	toy.changes++;
	if (!toy.follow) {
		return;
	}
	if (state == XenbusStateConnected) {
		xenbus_switch_state(dev, XenbusStateConnected);
	} else if (state == XenbusStateClosing || state == XenbusStateClosed) {
		xenbus_switch_state(dev, XenbusStateClosed);
	}
}

static void toy_remove(struct xenbus_device *dev)
{
	toy.removes++;
	if (dev->priv) {
		toy.live--;
	}
	toy.dev = NULL;
}

static const struct xenbus_driver toy_driver = {
	.class = "toy",
	.probe = toy_probe,
	.backend_changed = toy_changed,
	.remove = toy_remove,
};
static const struct xenbus_driver *const drivers[] = { &toy_driver, NULL };
static struct xenbus bus = { .root = "hostdev", .drivers = drivers };

static void settle(void)
{
	thread_sleep(50 * NSEC_PER_MSEC);
}

static void backend_state(unsigned state)
{
	char text[4];

	fmt_print(text, sizeof(text), "%u", state);
	model_store_set(BACKEND "/state", text);
	settle();
}

/* As the toolstack does, in its order; nobody looks yet. */
static void plug_unseen(void)
{
	model_store_set(BACKEND "/state", "1");
	model_store_set(HOME "hostdev/toy/0", "");
	model_store_set(HOME "hostdev/toy/0/backend", BACKEND);
	model_store_set(HOME "hostdev/toy/0/backend-id", "0");
	model_store_set(HOME "hostdev/toy/0/state", "1");
}

static void plug(void)
{
	plug_unseen();
	settle();
}

static void start(void)
{
	EXPECT_EQ(xenbus_start(&bus), 0);
	settle();
}

TEST_BOOTED(device_that_is_there, "")
{
	toy.follow = true;
	plug();
	start();
	EXPECT_EQ(toy.probes, 1);
	EXPECT_STR(model_store_get(HOME "hostdev/toy/0/state"), "3");
	backend_state(XenbusStateConnected);
	EXPECT_STR(model_store_get(HOME "hostdev/toy/0/state"), "4");
	EXPECT(xenbus_wait_settled(&bus, clock_now()));
	xenbus_stop(&bus);
	EXPECT_EQ(toy.removes, 1);
	EXPECT_EQ(toy.live, 0);
}

TEST_BOOTED(device_that_comes_and_goes, "")
{
	toy.follow = true;
	start();
	EXPECT_EQ(toy.probes, 0);
	for (unsigned i = 1; i <= 3; i++) {
		plug();
		EXPECT_EQ(toy.probes, i);
		backend_state(XenbusStateConnected);
		EXPECT_STR(model_store_get(HOME "hostdev/toy/0/state"), "4");
		model_store_set(HOME "hostdev/toy/0", NULL);
		settle();
		EXPECT_EQ(toy.removes, i);
		/* Our state must not have come back as a node of its own. */
		EXPECT(!model_store_get(HOME "hostdev/toy/0/state"));
	}
	xenbus_stop(&bus);
	EXPECT_EQ(toy.live, 0);
}

static void unplug(void)
{
	model_store_set(HOME "hostdev/toy/0", NULL);
	model_store_set(BACKEND, NULL);
}

/* Gone and there again before anybody looks: another device, also if nothing but our state in the store tells. */
TEST_BOOTED(device_that_comes_again_unseen, "")
{
	toy.follow = true;
	plug();
	start();
	for (unsigned i = 1; i <= 3; i++) {
		backend_state(XenbusStateConnected);
		EXPECT_STR(model_store_get(HOME "hostdev/toy/0/state"), "4");
		if (i == 2) {
			backend_state(
				XenbusStateClosed); /* to which nothing would be answered twice */
		}
		unplug();
		plug();
		EXPECT_EQ(toy.removes, i);
		EXPECT_EQ(toy.probes, i + 1);
		EXPECT_STR(model_store_get(HOME "hostdev/toy/0/state"), "3");
	}
	xenbus_stop(&bus);
	EXPECT_EQ(toy.live, 0);
}

/* The back-end's state is seen first: what the driver answers is not for the device that is there now. */
TEST_BOOTED(answer_to_one_that_is_gone, "")
{
	toy.follow = true;
	plug();
	start();
	backend_state(XenbusStateConnected);
	model_store_set(BACKEND "/state", "5");
	unplug();
	plug_unseen();
	backend_state(XenbusStateClosing);
	EXPECT_EQ(toy.removes, 1);
	EXPECT_EQ(toy.probes, 2);
	EXPECT_STR(model_store_get(HOME "hostdev/toy/0/state"), "6"); /* the new one's */
	xenbus_stop(&bus);
	EXPECT_EQ(toy.live, 0);
}

/* Every state after every other, equal ones not twice. */
TEST_BOOTED(every_change_of_state, "")
{
	static const unsigned order[] = { 2, 4, 1, 3, 5, 6, 7, 8, 4, 6, 2, 0, 8, 1 };

	plug();
	start();
	EXPECT_EQ(toy.changes, 1);
	EXPECT_EQ(toy.states[0], XenbusStateInitialising);
	for (unsigned i = 0; i < ARRAY_SIZE(order); i++) {
		backend_state(order[i]);
		EXPECT_EQ(toy.changes, i + 2);
		EXPECT_EQ(toy.states[i + 1], order[i]);
		backend_state(order[i]);
		EXPECT_EQ(toy.changes, i + 2);
	}
	xenbus_stop(&bus);
}

/* States that pass faster than we look are skipped; the last one counts. */
TEST_BOOTED(skipped_states, "")
{
	plug();
	start();
	model_store_set(BACKEND "/state", "2");
	model_store_set(BACKEND "/state", "4");
	model_store_set(BACKEND "/state", "5");
	model_store_set(BACKEND "/state", "6");
	settle();
	EXPECT_EQ(toy.states[toy.changes - 1], XenbusStateClosed);
	xenbus_stop(&bus);
}

TEST_BOOTED(nonsense_states, "")
{
	static const char *const nonsense[] = { "9", "-1", "", "four", "4 ",
		"99999999999999999999" };

	plug();
	start();
	for (unsigned i = 0; i < ARRAY_SIZE(nonsense); i++) {
		backend_state(XenbusStateConnected);
		EXPECT_EQ(toy.states[toy.changes - 1], XenbusStateConnected);
		model_store_set(BACKEND "/state", nonsense[i]);
		settle();
		EXPECT_EQ(toy.states[toy.changes - 1], XenbusStateUnknown);
		toy.changes = 0;
	}
	model_store_set(BACKEND, NULL);
	backend_state(XenbusStateConnected);
	EXPECT_EQ(toy.states[toy.changes - 1], XenbusStateConnected);
	xenbus_stop(&bus);
}

TEST_BOOTED(back_end_moves, "")
{
	toy.follow = true;
	plug();
	start();
	backend_state(XenbusStateConnected);
	model_store_set("/local/domain/3/backend/toy/7/0/state", "2");
	model_store_set(HOME "hostdev/toy/0/backend", "/local/domain/3/backend/toy/7/0");
	model_store_set(HOME "hostdev/toy/0/backend-id", "3");
	settle();
	EXPECT(toy.probes >= 2);
	EXPECT_EQ(toy.live, 1);
	EXPECT_EQ(toy.dev->backend_id, 3);
	EXPECT_STR(toy.dev->backend, "/local/domain/3/backend/toy/7/0");
	xenbus_stop(&bus);
	EXPECT_EQ(toy.live, 0);
}

TEST_BOOTED(probe_fails, "")
{
	toy.probe_result = -ENOMEM;
	plug();
	start();
	EXPECT_EQ(toy.probes, 1);
	EXPECT_EQ(toy.removes, 1);
	EXPECT(xenbus_wait_settled(&bus, clock_now() + NSEC_PER_SEC));
	EXPECT(model_store_get(HOME "error/hostdev/toy/0/error"));
	backend_state(XenbusStateConnected);
	EXPECT_EQ(toy.changes, 0);
	xenbus_stop(&bus);
	EXPECT_EQ(toy.live, 0);
}

TEST_BOOTED(hostile_paths, "")
{
	static char text[400];

	memset(text, 'a', sizeof(text) - 1);
	text[0] = '/';
	start();
	model_store_set(HOME "hostdev/toy/0/backend", text);
	model_store_set(HOME "hostdev/toy/0/backend-id", "0");
	model_store_set(HOME "hostdev/toy/1/backend", "relative/path");
	model_store_set(HOME "hostdev/toy/1/backend-id", "0");
	model_store_set(HOME "hostdev/toy/2/backend", BACKEND);
	model_store_set(HOME "hostdev/toy/2/backend-id", "32752"); /* DOMID_SELF */
	model_store_set(HOME "hostdev/toy/3/backend", "//");
	model_store_set(HOME "hostdev/toy/3/backend-id", "-1");
	settle();
	EXPECT_EQ(toy.probes, 0);
	fmt_print(text, sizeof(text), HOME "hostdev/toy/%s",
		"a-very-long-name-of-a-device-that-goes-on-and-on-"
		"and-on-until-no-reasonable-buffer-would-hold-it-any-more-so-that-it-has-to-be-"
		"refused-by-the-bus");
	model_store_set(text, "");
	settle();
	plug();
	EXPECT_EQ(toy.probes, 1);
	xenbus_stop(&bus);
}

/* The toolstack plays with the device at random; at rest the two ends agree. */
TEST_BOOTED(random_toolstack, "", .seed = 91)
{
	test_seed(91);
	toy.follow = true;
	start();
	for (unsigned i = 0; i < 400; i++) {
		switch (test_random_below(6)) {
		case 0:
			plug();
			break;
		case 1:
			model_store_set(HOME "hostdev/toy/0", NULL);
			break;
		case 2:
			model_store_set(BACKEND, NULL);
			break;
		case 3:
			thread_sleep(test_random_below(3) * NSEC_PER_MSEC);
			break;
		default:
			backend_state(test_random_below(9));
		}
		EXPECT(toy.live <= 1);
	}
	model_store_set(HOME "hostdev/toy/0", NULL);
	settle();
	EXPECT_EQ(toy.live, 0);
	plug();
	backend_state(XenbusStateConnected);
	EXPECT_STR(model_store_get(HOME "hostdev/toy/0/state"), "4");
	xenbus_stop(&bus);
	EXPECT_EQ(toy.live, 0);
}

static unsigned complaints;

static void complaint_count(struct log_sink *sink, const char *text, size_t len, enum log_form form)
{
	char line[256];

	strlcpy(line, text, MIN(len + 1, sizeof(line)));
	complaints += strstr(line, "cannot be understood") != NULL;
}

/* A back-end that writes nonsense, and other nonsense, does not fill the log; later nonsense is news again. */
TEST_BOOTED(nonsense_for_a_state_is_said_once, "")
{
	static struct log_sink sink = { .write = complaint_count };
	static const char *const nonsense[] = { "banana", "9", "-1", "" };

	plug();
	start();
	backend_state(XenbusStateConnected);
	log_sink_add(&sink);
	for (unsigned round = 1; round <= 2; round++) {
		for (unsigned i = 0; i < ARRAY_SIZE(nonsense); i++) {
			model_store_set(BACKEND "/state", nonsense[i]);
			settle();
		}
		EXPECT_EQ(complaints, round);
		backend_state(XenbusStateConnected);
	}
	log_sink_remove(&sink);
	xenbus_stop(&bus);
}

TEST_BOOTED(silent_store_is_no_back_end_that_is_gone, "")
{
	toy.follow = true;
	plug();
	start();
	backend_state(XenbusStateConnected);
	for (unsigned silent = 1; silent <= 4; silent++) {
		unsigned changes = toy.changes;

		model_store_fault(MODEL_STORE_SILENT, silent);
		model_store_set(BACKEND "/state", "4");
		thread_sleep(5 * XENSTORE_TIMEOUT);
		EXPECT_EQ(toy.changes, changes);
		EXPECT_STR(model_store_get(HOME "hostdev/toy/0/state"), "4");
	}
	xenbus_stop(&bus);
}
