/*
 * evtchn.c - event channels in both ABIs: no event is lost, none comes twice, none while masked.
 */
#include "harness.h"

#include <arch/cpu.h>
#include <drivers/xen/evtchn.h>
#include <kernel/errno.h>
#include <kernel/string.h>
#include <kernel/thread.h>

#define PORTS 40

static struct chan {
	evtchn_port_t port;
	bool is_open, is_masked;
	bool is_owed; /* raised and not yet handled */
	unsigned handled;
	bool useless;
	bool closes_itself;
} chans[PORTS];

static bool masks_others;

/* A handler may mask any port: what was about to be delivered there waits. */
static void other_mask(void)
{
	struct chan *other = &chans[test_random_below(PORTS)];

	if (masks_others && other->is_open && test_random_below(3) == 0) {
		evtchn_mask(other->port);
		other->is_masked = true;
	}
}

static bool handle(evtchn_port_t port, void *arg)
{
	struct chan *c = arg;

	EXPECT(!irq_is_enabled());
	EXPECT_EQ(port, c->port);
	if (!c->is_open || c->is_masked || !c->is_owed) {
		FAIL("port %u: an event while %s", port,
			!c->is_open	       ? "closed"
				: c->is_masked ? "masked"
					       : "none was raised");
	}
	c->is_owed = false;
	c->handled++;
	other_mask();
	if (c->closes_itself) {
		c->is_open = false;
		evtchn_close(port);
	}
	return !c->useless;
}

static void chan_open(struct chan *c)
{
	int port = evtchn_alloc_unbound(
		0, (struct evtchn_handler){ .handle = handle, .arg = c, .name = "host test" });

	EXPECT(port > 0);
	EXPECT_EQ(model_evtchn_connect((evtchn_port_t)port, NULL), 0);
	EXPECT(model_evtchn_is_masked((evtchn_port_t)port)); /* bound masked */
	*c = (struct chan){ .port = (evtchn_port_t)port, .is_open = true, .is_masked = true };
}

/* Take what is pending. */
static void settle(void)
{
	irq_disable();
	irq_enable();
}

static void all_are_paid(void)
{
	settle();
	for (unsigned i = 0; i < PORTS; i++) {
		const struct chan *c = &chans[i];

		if (c->is_open && !c->is_masked && c->is_owed) {
			FAIL("port %u: the event is lost", c->port);
		}
		if (c->is_open && c->is_masked && c->is_owed) {
			EXPECT(evtchn_is_pending(c->port));
		}
	}
}

static void step(struct chan *c)
{
	unsigned what = test_random_below(100);

	if (!c->is_open) {
		chan_open(c);
	} else if (what < 3) {
		c->is_open = false;
		evtchn_close(c->port);
	} else if (what < 45) {
		c->is_owed = true;
		model_evtchn_raise(c->port);
	} else if (what < 60) {
		evtchn_mask(c->port);
		c->is_masked = true;
		EXPECT(evtchn_is_masked(c->port));
	} else if (what < 85) {
		c->is_masked = false;
		evtchn_unmask(c->port);
		EXPECT(!c->is_owed || c->is_masked || !irq_is_enabled());
	} else if (what < 88 && c->is_masked) {
		EXPECT_EQ(evtchn_clear(c->port), c->is_owed);
		c->is_owed = false;
	} else {
		EXPECT_EQ(evtchn_send(c->port), 0);
	}
}

static void play(uint32_t seed)
{
	test_seed(seed);
	masks_others = true;
	for (unsigned round = 0; round < 3000; round++) {
		bool together = test_random_below(2);

		/* With interrupts masked, several come at once. */
		if (together) {
			irq_disable();
		}
		for (unsigned n = test_random_below(together ? 30 : 4); n > 0; n--) {
			step(&chans[test_random_below(PORTS)]);
		}
		if (together) {
			irq_enable();
		}
		all_are_paid();
	}
}

TEST_BOOTED(random_two_level, "evtchn=2l")
{
	EXPECT_STR(evtchn_abi_name(), "2-level");
	play(61);
}

TEST_BOOTED(random_fifo, "", .fifo = true)
{
	EXPECT_STR(evtchn_abi_name(), "FIFO");
	play(62);
}

TEST_BOOTED(random_fifo_spurious, "", .fifo = true, .spurious = true)
{
	play(63);
}

TEST_BOOTED(two_level_on_demand, "evtchn=2l", .fifo = true)
{
	EXPECT_STR(evtchn_abi_name(), "2-level");
}

TEST_BOOTED(falls_back_to_two_level, "")
{
	EXPECT_STR(evtchn_abi_name(), "2-level");
}

/* A handler may close its own port. */
TEST_BOOTED(closes_itself, "", .fifo = true)
{
	for (unsigned i = 0; i < PORTS; i++) {
		chan_open(&chans[i]);
		chans[i].closes_itself = true;
		chans[i].is_masked = false;
		evtchn_unmask(chans[i].port);
	}
	irq_disable();
	for (unsigned i = 0; i < PORTS; i++) {
		chans[i].is_owed = true;
		model_evtchn_raise(chans[i].port);
	}
	irq_enable();
	for (unsigned i = 0; i < PORTS; i++) {
		EXPECT_EQ(chans[i].handled, 1);
		EXPECT(!model_evtchn_is_open(chans[i].port));
	}
}

/* Many ports: the FIFO array grows by pages, the 2-level table has several words. */
static void many(unsigned count)
{
	static struct chan lots[3000];

	for (unsigned i = 0; i < count; i++) {
		chan_open(&lots[i]);
		lots[i].is_masked = false;
		evtchn_unmask(lots[i].port);
	}
	irq_disable();
	for (unsigned i = 0; i < count; i++) {
		lots[i].is_owed = true;
		model_evtchn_raise(lots[i].port);
	}
	irq_enable();
	for (unsigned i = 0; i < count; i++) {
		EXPECT_EQ(lots[i].handled, 1);
	}
}

TEST_BOOTED(many_ports_two_level, "evtchn=2l")
{
	many(2000);
}

TEST_BOOTED(many_ports_fifo, "", .fifo = true)
{
	many(3000);
}

/* XSA-391: a port whose events bring nothing is throttled, and comes back. */
static void storm(void)
{
	struct chan *c = &chans[0];
	struct evtchn_counts counts;

	chan_open(c);
	c->useless = true;
	c->is_masked = false;
	evtchn_unmask(c->port);
	for (unsigned i = 0; i < 5000; i++) {
		c->is_owed = true;
		model_evtchn_raise(c->port);
		settle();
	}
	EXPECT_EQ(evtchn_counts(c->port, &counts), 0);
	EXPECT(counts.events <= EVTCHN_USELESS_MAX + 2);
	EXPECT(counts.throttled >= 1);
	thread_sleep(3 * EVTCHN_THROTTLE_TIME);
	EXPECT(!c->is_owed); /* what came while throttled was not lost */
	c->useless = false;
	for (unsigned i = 0; i < 5000; i++) {
		c->is_owed = true;
		model_evtchn_raise(c->port);
		settle();
		EXPECT(!c->is_owed); /* a busy device is not slowed down */
	}
}

TEST_BOOTED(storm_two_level, "evtchn=2l")
{
	storm();
}

TEST_BOOTED(storm_fifo, "", .fifo = true)
{
	storm();
}

TEST_BOOTED(adopting_needs_a_free_port, "")
{
	struct evtchn_handler h = { .handle = handle, .arg = &chans[0], .name = "second" };

	EXPECT_EQ(evtchn_adopt(model_start.console_port, h), -EBUSY);
	EXPECT_EQ(evtchn_adopt(0xffffff, h), -EINVAL);
	chan_open(&chans[0]);
	EXPECT_EQ(evtchn_adopt(chans[0].port, h), -EBUSY);
}

TEST_BOOTED(closing_twice_panics, "")
{
	chan_open(&chans[0]);
	chans[0].is_open = false;
	evtchn_close(chans[0].port);
	expect_panic("evtchn", NULL);
	evtchn_close(chans[0].port);
}

/* Ports nobody handles: masked at the first event, and counted. */
TEST_BOOTED(unhandled_port_is_masked, "evtchn=2l")
{
	uint64_t before = evtchn_spurious_count();
	unsigned long *mask = (unsigned long *)((char *)model_start.shared_info);

	(void)mask;
	model_evtchn_raise(4000); /* not open: Xen says nothing */
	settle();
	EXPECT_EQ(evtchn_spurious_count(), before);
}
