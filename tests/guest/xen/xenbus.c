/*
 * xenbus.c - the bus, in a part of the store that is ours: we play the toolstack, which makes and
 * removes directories, and the back-end, which changes its state.
 */
#include <arch/clock.h>
#include <drivers/xen/xenbus.h>
#include <kernel/errno.h>
#include <kernel/ktest.h>
#include <kernel/log.h>
#include <kernel/string.h>
#include <kernel/thread.h>

#define BUS	 "data/bus"
#define PATIENCE (60 * NSEC_PER_SEC)

static volatile unsigned probes, changes, removes;
static volatile enum xenbus_state last_state;
static volatile int probe_result;
static struct xenbus_device *last_device;
static char home[64];

static int test_probe(struct xenbus_device *dev)
{
	last_device = dev;
	dev->priv = (void *)&probes;
	probes++;
	return probe_result ? probe_result : xenbus_switch_state(dev, XenbusStateInitialised);
}

static void test_changed(struct xenbus_device *dev, enum xenbus_state state)
{
	last_state = state;
	changes++;
	if (state == XenbusStateConnected) {
		xenbus_switch_state(dev, XenbusStateConnected);
	} else if (state == XenbusStateClosing || state == XenbusStateClosed) {
		xenbus_switch_state(dev, XenbusStateClosed);
	}
}

static void test_remove(struct xenbus_device *dev)
{
	KTEST_EXPECT(dev->priv == (void *)&probes);
	removes++;
}

static const struct xenbus_driver test_driver = {
	.class = "test",
	.probe = test_probe,
	.backend_changed = test_changed,
	.remove = test_remove,
};
static const struct xenbus_driver *const test_drivers[] = { &test_driver, NULL };
static struct xenbus bus = { .root = BUS "/device", .drivers = test_drivers };

static void reset(void)
{
	uint64_t domid = xenstore_read_number_or(XS_NONE, "domid", NULL, 0);

	fmt_print(home, sizeof(home), "/local/domain/%lu", (unsigned long)domid);
	probes = changes = removes = 0;
	probe_result = 0;
	last_state = XenbusStateUnknown;
	xenstore_rm(XS_NONE, BUS, NULL);
	KTEST_EXPECT(xenstore_mkdir(XS_NONE, BUS, "device") == 0);
}

static int backend_set(const char *id, unsigned state)
{
	char node[48];

	fmt_print(node, sizeof(node), "backend/%s/state", id);
	return xenstore_printf(XS_NONE, BUS, node, "%u", state);
}

/* What the toolstack writes, as it does, in one transaction. */
static int plug_body(struct xs_tx tx, void *arg)
{
	const char *id = arg;
	char dir[64];
	int err;

	fmt_print(dir, sizeof(dir), BUS "/device/%s", id);
	err = xenstore_printf(tx, dir, "backend", "%s/" BUS "/backend/%s", home, id);
	err = err ? err : xenstore_write(tx, dir, "backend-id", "0");
	return err ? err : xenstore_write(tx, dir, "state", "1");
}

static int plug(const char *id, unsigned backend_state)
{
	int err = backend_set(id, backend_state);

	return err ? err : xenstore_transaction(plug_body, (void *)id);
}

static uint64_t our_state(const char *id)
{
	char node[64];

	fmt_print(node, sizeof(node), "device/%s/state", id);
	return xenstore_read_number_or(XS_NONE, BUS, node, 99);
}

static bool becomes(volatile unsigned *counter, unsigned value)
{
	nsec_t deadline = clock_now() + PATIENCE;

	while (*counter < value && clock_now() < deadline) {
		thread_sleep(NSEC_PER_MSEC);
	}
	return *counter == value;
}

static bool state_becomes(const char *id, uint64_t state)
{
	nsec_t deadline = clock_now() + PATIENCE;

	while (our_state(id) != state && clock_now() < deadline) {
		thread_sleep(NSEC_PER_MSEC);
	}
	return our_state(id) == state;
}

static void finish(void)
{
	xenbus_stop(&bus);
	KTEST_EXPECT(removes == probes);
	xenstore_rm(XS_NONE, BUS, NULL);
	xenstore_rm(XS_NONE, "error", BUS);
}

#define SKIP_WITHOUT_STORE() KTEST_SKIP_IF(!xenstore_is_up(), "the domain has no xenstore")

/* It is told; it does not look again and again, which would be a hundred times. */
static bool waits_quietly(void)
{
	unsigned long before = thread_current()->switches;

	return !xenbus_wait_settled(&bus, clock_now() + 100 * NSEC_PER_MSEC) &&
		thread_current()->switches - before < 5;
}

KTEST(xenbus_device_lives_and_dies)
{
	SKIP_WITHOUT_STORE();
	reset();
	KTEST_EXPECT(plug("test/0", XenbusStateInitWait) == 0);
	KTEST_REQUIRE(xenbus_start(&bus) == 0);
	KTEST_EXPECT(becomes(&probes, 1) && becomes(&changes, 1));
	KTEST_EXPECT(last_state == XenbusStateInitWait);
	KTEST_EXPECT(state_becomes("test/0", XenbusStateInitialised));
	KTEST_EXPECT(waits_quietly());
	KTEST_EXPECT(backend_set("test/0", XenbusStateConnected) == 0);
	KTEST_EXPECT(xenbus_wait_settled(&bus, clock_now() + PATIENCE));
	KTEST_EXPECT(our_state("test/0") == XenbusStateConnected);
	KTEST_EXPECT(backend_set("test/0", XenbusStateClosing) == 0);
	KTEST_EXPECT(state_becomes("test/0", XenbusStateClosed));
	KTEST_EXPECT(xenstore_rm(XS_NONE, BUS, "device/test/0") == 0);
	KTEST_EXPECT(becomes(&removes, 1));
	finish();
}

KTEST(xenbus_hot_plug_and_many)
{
	SKIP_WITHOUT_STORE();
	reset();
	KTEST_REQUIRE(xenbus_start(&bus) == 0);
	KTEST_EXPECT(xenbus_wait_settled(&bus, clock_now() + PATIENCE));
	KTEST_EXPECT(probes == 0);
	KTEST_EXPECT(plug("test/1", XenbusStateConnected) == 0); /* states were skipped */
	KTEST_EXPECT(plug("test/2", XenbusStateConnected) == 0);
	KTEST_EXPECT(plug("other/1", XenbusStateInitWait) == 0); /* no driver */
	KTEST_EXPECT(becomes(&probes, 2));
	KTEST_EXPECT(state_becomes("test/1", XenbusStateConnected));
	KTEST_EXPECT(state_becomes("test/2", XenbusStateConnected));
	KTEST_EXPECT(our_state("other/1") == XenbusStateInitialising);
	KTEST_EXPECT(xenstore_rm(XS_NONE, BUS, "device/test") == 0);
	KTEST_EXPECT(becomes(&removes, 2));
	KTEST_EXPECT(plug("test/1", XenbusStateConnected) == 0);
	KTEST_EXPECT(becomes(&probes, 3));
	finish();
}

KTEST(xenbus_backend_moves)
{
	SKIP_WITHOUT_STORE();
	reset();
	KTEST_EXPECT(plug("test/0", XenbusStateInitWait) == 0);
	KTEST_EXPECT(backend_set("test/9", XenbusStateConnected) == 0);
	KTEST_REQUIRE(xenbus_start(&bus) == 0);
	KTEST_EXPECT(becomes(&changes, 1));
	KTEST_EXPECT(xenstore_printf(XS_NONE, BUS, "device/test/0/backend",
			     "%s/" BUS "/backend/test/9", home) == 0);
	KTEST_EXPECT(becomes(&removes, 1) && becomes(&probes, 2));
	KTEST_EXPECT(state_becomes("test/0", XenbusStateConnected));
	finish();
}

KTEST(xenbus_strange_backends)
{
	SKIP_WITHOUT_STORE();
	reset();
	KTEST_EXPECT(plug("test/0", XenbusStateReconfigured) == 0);
	KTEST_REQUIRE(xenbus_start(&bus) == 0);
	KTEST_EXPECT(becomes(&changes, 1) && last_state == XenbusStateReconfigured);
	KTEST_EXPECT(backend_set("test/0", 77) == 0);
	KTEST_EXPECT(becomes(&changes, 2) && last_state == XenbusStateUnknown);
	KTEST_EXPECT(backend_set("test/0", XenbusStateInitWait) == 0);
	KTEST_EXPECT(becomes(&changes, 3) && last_state == XenbusStateInitWait);
	KTEST_EXPECT(xenstore_rm(XS_NONE, BUS, "backend") == 0);
	KTEST_EXPECT(becomes(&changes, 4) && last_state == XenbusStateUnknown);
	/* A device whose back-end is no path is not a device. */
	KTEST_EXPECT(xenstore_write(XS_NONE, BUS, "device/test/5/backend", "no path!") == 0);
	KTEST_EXPECT(xenstore_write(XS_NONE, BUS, "device/test/5/backend-id", "0") == 0);
	thread_sleep(50 * NSEC_PER_MSEC);
	KTEST_EXPECT(probes == 1);
	finish();
}

KTEST(xenbus_failed_probe_is_reported)
{
	char text[64];

	SKIP_WITHOUT_STORE();
	reset();
	probe_result = -ENOMEM;
	KTEST_EXPECT(plug("test/0", XenbusStateInitWait) == 0);
	KTEST_REQUIRE(xenbus_start(&bus) == 0);
	KTEST_EXPECT(becomes(&probes, 1) && becomes(&removes, 1));
	KTEST_EXPECT(xenbus_wait_settled(&bus, clock_now() + PATIENCE));
	KTEST_EXPECT(!xenstore_read_text(
			     XS_NONE, "error/" BUS "/device/test/0", "error", text, sizeof(text)) &&
		!strcmp(text, "12 not started"));
	finish();
}

/* Our state must not bring a directory back that the toolstack removed. */
KTEST(xenbus_state_of_a_removed_device)
{
	SKIP_WITHOUT_STORE();
	reset();
	KTEST_EXPECT(plug("test/0", XenbusStateInitWait) == 0);
	KTEST_REQUIRE(xenbus_start(&bus) == 0);
	KTEST_EXPECT(becomes(&changes, 1));
	xenstore_unwatch(&bus.watch); /* so that the device outlives its directory */
	KTEST_EXPECT(xenstore_rm(XS_NONE, BUS, "device/test/0") == 0);
	KTEST_EXPECT(xenbus_switch_state(last_device, XenbusStateConnected) == -ENOENT);
	KTEST_EXPECT(our_state("test/0") == 99);
	KTEST_EXPECT(xenstore_watch(&bus.watch) == 0);
	finish();
}
