/*
 * events.c - notifications, and how many a ring needs.
 *
 *   event-send    a notification that nobody takes: the port is pending already
 *   event-round   ... that is taken: sent, delivered, handled
 *   ring/n        one request and its answer through an I/O ring whose other end, a back-end in this kernel,
 *                 runs only when n requests wait. A notification is sent exactly if the other end
 *                 asked for one (drivers/front/ring.h, R3)
 */
#include <arch/cpu.h>
#include <drivers/front/ring.h>
#include <drivers/xen/evtchn.h>
#include <kernel/page.h>

#include "../study.h"

/* What Xen's ring macros want of who uses them. */
#define xen_mb()  __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define xen_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)

#define EVENTS	   2048u
#define PATIENCE   100000u
#define RING_SLOTS 32u

struct study_request {
	uint64_t id;
};

struct study_response {
	uint64_t id;
};

DEFINE_RING_TYPES(study, struct study_request, struct study_response);

static struct front_ring front;
static struct study_back_ring back;
static int port;
static volatile unsigned events;
static unsigned answered;

/* The back-end: takes what there is and answers it, until it finds nothing more. */
static void requests_serve(void)
{
	int more;

	do {
		while (RING_HAS_UNCONSUMED_REQUESTS(&back)) {
			uint64_t id = RING_GET_REQUEST(&back, back.req_cons)->id;

			back.req_cons++;
			RING_GET_RESPONSE(&back, back.rsp_prod_pvt)->id = id;
			back.rsp_prod_pvt++;
		}
		RING_PUSH_RESPONSES(&back);
		RING_FINAL_CHECK_FOR_REQUESTS(&back, more);
	} while (more);
}

static bool event(evtchn_port_t number, void *arg)
{
	events++;
	if (front.shared) {
		requests_serve();
	}
	return true;
}

static bool port_open(unsigned n)
{
	port = evtchn_bind_ipi(0, (struct evtchn_handler){ .handle = event, .name = "study" });
	if (port > 0) {
		evtchn_unmask((evtchn_port_t)port);
	}
	events = 0;
	return port > 0;
}

static void port_close(unsigned n)
{
	evtchn_close((evtchn_port_t)port);
}

static void send_run(unsigned n, unsigned count)
{
	while (count--) {
		evtchn_send((evtchn_port_t)port);
	}
}

/* Let in what came, until there were so many events. On PVH Xen may need some instructions to inject one. */
static void deliver(unsigned wanted)
{
	irq_enable();
	for (unsigned i = 0; i < PATIENCE && events < wanted; i++) {
		cpu_relax();
	}
	irq_disable();
}

/* One event, however often it was sent. */
static bool send_check(unsigned n, unsigned count)
{
	bool is_pending = evtchn_is_pending((evtchn_port_t)port);

	events = 0;
	deliver(1);
	return is_pending && events == 1;
}

static void round_run(unsigned n, unsigned count)
{
	events = 0;
	for (unsigned i = 1; i <= count; i++) {
		evtchn_send((evtchn_port_t)port);
		deliver(i);
	}
}

static bool round_check(unsigned n, unsigned count)
{
	return events == count;
}

/* ---- a ring ------------------------------------------------------------------- */

static bool ring_open(unsigned n)
{
	struct study_sring *shared = page_alloc_zeroed();

	if (!shared || !port_open(n)) {
		return false;
	}
	front_ring_init(&front, shared, RING_SLOTS);
	BACK_RING_INIT(&back, shared, PAGE_SIZE);
	back.nr_ents = RING_SLOTS;
	return true;
}

static void ring_close(unsigned n)
{
	port_close(n);
	page_free(page_of(virt_to_pfn(front.shared)), 0);
	front.shared = NULL;
}

static void request_put(uint64_t id)
{
	struct study_sring *shared = (struct study_sring *)front.shared;

	shared->ring[front.req_prod++ % RING_SLOTS].req.id = id;
	if (front_ring_push(&front)) {
		evtchn_send((evtchn_port_t)port);
	}
}

static void responses_take(uint64_t first)
{
	const struct study_sring *shared = (const struct study_sring *)front.shared;

	for (int waiting = front_ring_waiting(&front); waiting > 0; waiting--) {
		answered += shared->ring[front.rsp_cons++ % RING_SLOTS].rsp.id == first++;
	}
}

static void ring_run(unsigned n, unsigned count)
{
	events = answered = 0;
	for (unsigned round = 0; round < count; round++) {
		uint64_t id = (uint64_t)round * n;

		for (unsigned i = 0; i < n; i++) {
			request_put(id + i);
		}
		deliver(round + 1);
		responses_take(id);
	}
}

/* Each was answered, and each time the ring was found full to n a single event said so. */
static bool ring_check(unsigned n, unsigned count)
{
	return answered == n * count && events == count;
}

/* clang-format off */
STUDY(send, .name = "event-send", .work = EVENTS, .setup = port_open,
	.run = send_run, .check = send_check, .teardown = port_close);
STUDY(round, .name = "event-round", .work = EVENTS, .setup = port_open,
	.run = round_run, .check = round_check, .teardown = port_close);
STUDY(ring, .name = "ring", .largest = RING_SLOTS, .work = EVENTS, .setup = ring_open,
	.run = ring_run, .check = ring_check, .teardown = ring_close);
/* clang-format on */
