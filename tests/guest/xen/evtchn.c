/*
 * evtchn.c - event channels against Xen: ports that come back to this domain, masking, closing,
 * storms. The runner boots this with both ABIs (evtchn=2l, evtchn=fifo).
 *
 * Even an event to oneself may be late: with FIFO it may be linked behind one that another
 * CPU is still announcing. So every test waits, and sends again only after that.
 */
#include <arch/clock.h>
#include <arch/cpu.h>
#include <drivers/xen/evtchn.h>
#include <drivers/xen/hypercall.h>
#include <kernel/errno.h>
#include <kernel/ktest.h>
#include <kernel/string.h>
#include <kernel/thread.h>

/* The machine may stand still for seconds. */
#define PATIENCE (60 * NSEC_PER_SEC)

struct probe {
	volatile unsigned calls;
	volatile bool is_useless;
	volatile bool closes;
	unsigned order; /* when it was called, among all */
	unsigned noted_call;
	nsec_t noted; /* time of that call */
};

static unsigned order_next;

static bool probe_event(evtchn_port_t port, void *arg)
{
	struct probe *p = arg;

	if (++p->calls == p->noted_call) {
		p->noted = clock_now();
	}
	p->order = ++order_next;
	if (p->closes) {
		evtchn_close(port);
	}
	return !p->is_useless;
}

static struct evtchn_handler handler_of(struct probe *p)
{
	return (struct evtchn_handler){ .handle = probe_event, .arg = p, .name = "test" };
}

/* Without sleeping: the timer's event could bring ours along. */
static void wait_calls(const struct probe *p, unsigned calls)
{
	nsec_t deadline = clock_now() + PATIENCE;

	while (p->calls < calls && clock_now() < deadline) {
		cpu_relax();
	}
}

/* A port that is a wire to itself, unmasked. */
static int ipi_open(struct probe *p)
{
	int port = evtchn_bind_ipi(0, handler_of(p));

	if (port > 0) {
		evtchn_unmask((evtchn_port_t)port);
	}
	return port;
}

KTEST(evtchn_ipi_to_self)
{
	struct probe p = { 0 };
	int port = ipi_open(&p);
	struct evtchn_status status;

	KTEST_REQUIRE(port > 0);
	KTEST_EXPECT(evtchn_status((evtchn_port_t)port, &status) == 0);
	KTEST_EXPECT(status.status == EVTCHNSTAT_ipi);
	for (unsigned i = 1; i <= 100; i++) {
		KTEST_EXPECT(evtchn_send((evtchn_port_t)port) == 0);
		wait_calls(&p, i);
		KTEST_EXPECT(p.calls == i);
	}
	evtchn_close((evtchn_port_t)port);
}

static bool has_fifo(void)
{
	return !strcmp(evtchn_abi_name(), "FIFO");
}

/*
 * Xen leaves a port pending that it binds to another domain's. Xen's shim can lose that event: it takes whole words
 * of events from Xen and drops those whose port it has not unmasked there yet, when another's (the console's) comes
 * between Xen's answer and the unmasking. The shim has no FIFO. No front-end of ours binds to a port of another domain.
 */
KTEST(evtchn_loopback_both_ways)
{
	struct probe a = { 0 }, b = { 0 };
	unsigned first;
	int port_a = evtchn_alloc_unbound(DOMID_SELF, handler_of(&a)), port_b;

	KTEST_REQUIRE(port_a > 0);
	port_b = evtchn_bind_interdomain(DOMID_SELF, (evtchn_port_t)port_a, handler_of(&b));
	KTEST_REQUIRE(port_b > 0);
	evtchn_unmask((evtchn_port_t)port_a);
	evtchn_unmask((evtchn_port_t)port_b);
	wait_calls(&b, 1);
	first = b.calls;
	KTEST_EXPECT(first == 1 || (first == 0 && !has_fifo()));
	evtchn_send((evtchn_port_t)port_a);
	wait_calls(&b, first + 1);
	KTEST_EXPECT(b.calls == first + 1);
	evtchn_send((evtchn_port_t)port_b);
	wait_calls(&a, 1);
	KTEST_EXPECT(a.calls == 1);
	evtchn_close((evtchn_port_t)port_b);
	evtchn_close((evtchn_port_t)port_a);
}

KTEST(evtchn_starts_masked_and_keeps_the_event)
{
	struct probe p = { 0 };
	int bound = evtchn_bind_ipi(0, handler_of(&p));
	evtchn_port_t port = (evtchn_port_t)bound;

	KTEST_REQUIRE(bound > 0);
	KTEST_EXPECT(evtchn_is_masked(port));
	for (unsigned i = 0; i < 3; i++) {
		evtchn_send(port);
	}
	thread_sleep(NSEC_PER_MSEC);
	KTEST_EXPECT(p.calls == 0);
	KTEST_EXPECT(evtchn_is_pending(port));
	evtchn_unmask(port);
	wait_calls(&p, 1);
	KTEST_EXPECT(p.calls == 1);
	KTEST_EXPECT(!evtchn_is_pending(port) && !evtchn_is_masked(port));
	evtchn_mask(port);
	evtchn_send(port);
	KTEST_EXPECT(evtchn_clear(port));
	evtchn_unmask(port);
	thread_sleep(NSEC_PER_MSEC);
	KTEST_EXPECT(p.calls == 1);
	evtchn_close(port);
}

/* The race that unmasking must win: the event comes between any two steps of it. */
KTEST(evtchn_unmask_loses_nothing)
{
	struct probe p = { 0 };
	int bound = ipi_open(&p);
	evtchn_port_t port = (evtchn_port_t)bound;

	KTEST_REQUIRE(bound > 0);
	for (unsigned i = 1; i <= 500; i++) {
		evtchn_mask(port);
		evtchn_send(port);
		evtchn_unmask(port);
		if (p.calls != i) {
			wait_calls(&p, i);
		}
		KTEST_REQUIRE(p.calls == i);
	}
	evtchn_close(port);
}

KTEST(evtchn_waits_for_interrupts)
{
	struct probe p = { 0 };
	int bound = ipi_open(&p);
	irq_state_t irq;
	unsigned masked_calls;

	KTEST_REQUIRE(bound > 0);
	irq = irq_save();
	evtchn_send((evtchn_port_t)bound);
	masked_calls = p.calls;
	irq_restore(irq);
	wait_calls(&p, 1);
	KTEST_EXPECT(masked_calls == 0);
	KTEST_EXPECT(p.calls == 1);
	evtchn_close((evtchn_port_t)bound);
}

KTEST(evtchn_port_is_reused_clean)
{
	for (unsigned i = 0; i < 60; i++) {
		struct probe p = { 0 };
		struct evtchn_status status;
		int bound = evtchn_bind_ipi(0, handler_of(&p));
		evtchn_port_t port = (evtchn_port_t)bound;

		KTEST_REQUIRE(bound > 0);
		KTEST_REQUIRE(evtchn_is_masked(port) && !evtchn_is_pending(port));
		if (i % 2) {
			evtchn_unmask(port);
		}
		evtchn_send(port);
		wait_calls(&p, i % 2);
		evtchn_close(port); /* with an event that nobody took, every other time */
		KTEST_REQUIRE(evtchn_status(port, &status) == 0);
		KTEST_REQUIRE(status.status == EVTCHNSTAT_closed);
		KTEST_REQUIRE(p.calls == i % 2);
	}
}

KTEST(evtchn_handler_closes_its_own_port)
{
	struct probe p = { .closes = true };
	struct evtchn_counts counts;
	int bound = ipi_open(&p);

	KTEST_REQUIRE(bound > 0);
	evtchn_send((evtchn_port_t)bound);
	wait_calls(&p, 1);
	KTEST_EXPECT(p.calls == 1);
	KTEST_EXPECT(evtchn_counts((evtchn_port_t)bound, &counts) == -ENOENT);
	KTEST_EXPECT(evtchn_send((evtchn_port_t)bound) < 0);
}

KTEST(evtchn_nobodys_event_is_masked)
{
	struct evtchn_bind_ipi bind = { .vcpu = 0 };
	uint64_t before = evtchn_spurious_count();
	nsec_t deadline = clock_now() + PATIENCE;
	struct evtchn_close close;
	struct evtchn_unmask unmask;

	KTEST_REQUIRE(xen_event_channel_op(EVTCHNOP_bind_ipi, &bind) == 0);
	unmask = (struct evtchn_unmask){ .port = bind.port };
	close = (struct evtchn_close){ .port = bind.port };
	KTEST_EXPECT(xen_event_channel_op(EVTCHNOP_unmask, &unmask) == 0);
	KTEST_EXPECT(evtchn_send(bind.port) == 0);
	while (evtchn_spurious_count() == before && clock_now() < deadline) {
		thread_sleep(NSEC_PER_MSEC);
	}
	KTEST_EXPECT(evtchn_spurious_count() == before + 1);
	KTEST_EXPECT(evtchn_is_masked(bind.port));
	for (unsigned i = 0; i < 100; i++) {
		evtchn_send(bind.port);
	}
	thread_sleep(NSEC_PER_MSEC);
	KTEST_EXPECT(evtchn_spurious_count() == before + 1);
	KTEST_EXPECT(xen_event_channel_op(EVTCHNOP_close, &close) == 0);
}

/*
 * Throttling. A machine may be too slow for EVTCHN_USELESS_MAX events within the usual window, so
 * the window is made long, or nothing, and events are sent one after the other was taken.
 */
#define LONG_WINDOW (600 * NSEC_PER_SEC)

/* Send and be called, `count` times. */
static bool calls_make(evtchn_port_t port, const struct probe *p, unsigned count)
{
	for (unsigned wanted = p->calls + count; p->calls < wanted;) {
		unsigned calls = p->calls;

		evtchn_send(port);
		wait_calls(p, calls + 1);
		if (p->calls == calls) {
			return false;
		}
	}
	return true;
}

static uint64_t times_throttled(evtchn_port_t port)
{
	struct evtchn_counts counts = { 0 };

	evtchn_counts(port, &counts);
	return counts.throttled;
}

static void expect_quiet(evtchn_port_t port)
{
	nsec_t deadline = clock_now() + PATIENCE;

	while ((evtchn_is_pending(port) || evtchn_is_masked(port)) && clock_now() < deadline) {
		thread_sleep(NSEC_PER_MSEC);
	}
	KTEST_EXPECT(!evtchn_is_pending(port) && !evtchn_is_masked(port));
}

static void storm(evtchn_port_t port, struct probe *p)
{
	nsec_t start, end;

	KTEST_REQUIRE(calls_make(port, p, EVTCHN_USELESS_MAX));
	KTEST_EXPECT(times_throttled(port) == 0 && !evtchn_is_masked(port));
	start = clock_now();
	KTEST_REQUIRE(calls_make(port, p, 1));
	KTEST_EXPECT(times_throttled(port) == 1);

	/* However fast they come: none before its time, then not more than allowed. */
	end = start + PATIENCE;
	while (p->calls < p->noted_call && clock_now() < end) {
		evtchn_send(port);
	}
	KTEST_EXPECT(p->calls >= p->noted_call && p->noted - start >= EVTCHN_THROTTLE_TIME);
	end = clock_now() + 5 * EVTCHN_THROTTLE_TIME;
	while (clock_now() < end) {
		evtchn_send(port);
	}
	KTEST_EXPECT(p->calls <=
		((clock_now() - start) / EVTCHN_THROTTLE_TIME + 2) * (EVTCHN_USELESS_MAX + 1));
}

KTEST(evtchn_storm_is_throttled_and_ends)
{
	struct probe p = { .is_useless = true, .noted_call = EVTCHN_USELESS_MAX + 2 };
	nsec_t window = evtchn_useless_window_set(LONG_WINDOW);
	int bound = ipi_open(&p);
	evtchn_port_t port = (evtchn_port_t)bound;

	if (bound > 0) {
		storm(port, &p);
	}
	evtchn_useless_window_set(window);
	KTEST_REQUIRE(bound > 0);

	/* The last event is late, not lost; and a port that works again is fast again. */
	expect_quiet(port);
	p.is_useless = false;
	KTEST_EXPECT(calls_make(port, &p, 200));
	evtchn_close(port);
}

KTEST(evtchn_few_useless_events_are_no_storm)
{
	struct probe p = { .is_useless = true };
	nsec_t window = evtchn_useless_window_set(0);
	int bound = ipi_open(&p);
	bool are_taken = bound > 0 && calls_make((evtchn_port_t)bound, &p, 3 * EVTCHN_USELESS_MAX);

	evtchn_useless_window_set(window);
	KTEST_REQUIRE(bound > 0);
	KTEST_EXPECT(are_taken && times_throttled((evtchn_port_t)bound) == 0);
	evtchn_close((evtchn_port_t)bound);
}

/* Throttled, and masked by its owner before that ended: which on a slow machine takes several tries. */
static bool mask_throttled(evtchn_port_t port, const struct probe *p)
{
	for (unsigned tries = 0; tries < 20; tries++) {
		irq_state_t irq;
		bool is_throttled;

		while (!evtchn_is_masked(port) && calls_make(port, p, 1)) {
		}
		irq = irq_save();
		is_throttled = evtchn_is_masked(port);
		evtchn_mask(port);
		irq_restore(irq);
		if (is_throttled) {
			return true;
		}
		evtchn_unmask(port);
	}
	return false;
}

KTEST(evtchn_owner_keeps_throttled_port_masked)
{
	struct probe p = { .is_useless = true };
	nsec_t window = evtchn_useless_window_set(LONG_WINDOW);
	int bound = ipi_open(&p);
	evtchn_port_t port = (evtchn_port_t)bound;
	bool is_masked = bound > 0 && mask_throttled(port, &p);
	unsigned calls = p.calls;

	evtchn_useless_window_set(window);
	KTEST_REQUIRE(is_masked);
	evtchn_send(port);
	thread_sleep(3 * EVTCHN_THROTTLE_TIME);
	KTEST_EXPECT(evtchn_is_masked(port) && p.calls == calls);
	evtchn_unmask(port);
	KTEST_EXPECT(!evtchn_is_masked(port));
	wait_calls(&p, calls + 1);
	KTEST_EXPECT(p.calls == calls + 1);
	evtchn_close(port);
}

#define MANY 600u /* more than a page of the handler table holds */

KTEST(evtchn_many_ports)
{
	static struct probe probes[MANY];
	static int ports[MANY];
	unsigned count = 0;

	memset(probes, 0, sizeof(probes));
	while (count < MANY && (ports[count] = ipi_open(&probes[count])) > 0) {
		count++;
	}
	KTEST_EXPECT(count == MANY);
	for (unsigned i = 0; i < count; i++) {
		evtchn_send((evtchn_port_t)ports[i]);
	}
	for (unsigned i = 0; i < count; i++) {
		wait_calls(&probes[i], 1);
		KTEST_EXPECT(probes[i].calls == 1);
		evtchn_close((evtchn_port_t)ports[i]);
	}
}

KTEST(evtchn_priority_orders)
{
	struct probe low = { 0 }, high = { 0 };
	int port_low = ipi_open(&low), port_high = ipi_open(&high);
	irq_state_t irq;
	int err;

	KTEST_REQUIRE(port_low > 0 && port_high > 0);
	err = evtchn_set_priority((evtchn_port_t)port_low, EVTCHN_FIFO_PRIORITY_MIN);
	if (!has_fifo()) {
		KTEST_EXPECT(err == -ENOSYS);
	} else {
		KTEST_EXPECT(err == 0);
		err = evtchn_set_priority((evtchn_port_t)port_high, 1);
		KTEST_EXPECT(err == 0);
		KTEST_EXPECT(evtchn_set_priority((evtchn_port_t)port_high, 16) == -EINVAL);
		irq = irq_save();
		evtchn_send((evtchn_port_t)port_low);
		evtchn_send((evtchn_port_t)port_high);
		irq_restore(irq);
		wait_calls(&low, 1);
		KTEST_EXPECT(low.calls == 1 && high.calls == 1);
		KTEST_EXPECT(high.order < low.order);
	}
	evtchn_close((evtchn_port_t)port_low);
	evtchn_close((evtchn_port_t)port_high);
}

KTEST(evtchn_refusals)
{
	struct probe p = { 0 };
	int bound = ipi_open(&p);

	KTEST_REQUIRE(bound > 0);
	KTEST_EXPECT(evtchn_adopt((evtchn_port_t)bound, handler_of(&p)) == -EBUSY);
	KTEST_EXPECT(evtchn_adopt(0, handler_of(&p)) == -EINVAL);
	KTEST_EXPECT(evtchn_adopt(~0u, handler_of(&p)) == -EINVAL);
	KTEST_EXPECT(evtchn_bind_virq(VIRQ_TIMER, 0, handler_of(&p)) == -EEXIST);
	KTEST_EXPECT(evtchn_bind_interdomain(DOMID_SELF, (evtchn_port_t)bound, handler_of(&p)) < 0);
	evtchn_close((evtchn_port_t)bound);
}

BREAKAGE(evtchn_unmask_of_nothing, "evtchn: port 777 is not bound")
{
	evtchn_unmask(777);
}
