/*
 * blk_front.c - the block front-end's data path, and the queues above it, under a back-end that does
 * what it wants: it answers what was asked and what was not, writes over the ring, keeps
 * pages, goes away and comes back.
 *
 * Whatever it does: each request is answered once, no memory but what is granted is read or written,
 * no page is free while it is granted, nothing stays granted in the end that the
 * back-end lets go, and with pages that stay granted a request is out as long as one waits.
 */
#include "kernel/blk/queue.c"
#include "drivers/front/blk_slot.c"
#include "drivers/front/blk_ring.c"
#include "drivers/front/blk.c"

#include "shim.h"
#include <kernel/thread.h>

#define REQUESTS 24u
#define PAGES	 320u
#define GRANTS	 320u
#define LENT	 10u  /* pages to copy through: fewer than a merged request may want */
#define ACTS	 300u /* of one input */

/* ---- memory: what is free is poisoned ---------------------------------------------- */

void __asan_poison_memory_region(const volatile void *at, size_t size);
void __asan_unpoison_memory_region(const volatile void *at, size_t size);

static uint8_t memory[PAGES][PAGE_SIZE] __aligned(PAGE_SIZE);

static struct frame {
	struct page page;
	bool is_used;
	unsigned grants;
} frames[PAGES];

static struct frame *frame_of(const struct page *page)
{
	return container_of(page, struct frame, page);
}

void *page_address(const struct page *page)
{
	return memory[frame_of(page) - frames];
}

struct page *page_alloc(unsigned order)
{
	static unsigned next;

	for (unsigned i = 0; i < PAGES && order == 0; i++) {
		struct frame *f = &frames[next++ % PAGES];

		if (!f->is_used) {
			*f = (struct frame){ .page.refs = 1, .is_used = true };
			__asan_unpoison_memory_region(page_address(&f->page), PAGE_SIZE);
			return &f->page;
		}
	}
	return NULL;
}

void *page_alloc_zeroed(void)
{
	struct page *page = page_alloc(0);

	return page ? memset(page_address(page), 0, PAGE_SIZE) : NULL;
}

void page_stats_get(struct page_stats *stats)
{
	*stats = (struct page_stats){ .total = 16 * LENT };
}

static void frame_free(struct frame *f)
{
	f->is_used = false;
	__asan_poison_memory_region(page_address(&f->page), PAGE_SIZE);
}

void page_free(struct page *page, unsigned order)
{
	REQUIRE(frame_of(page)->is_used && page->refs == 1);
	REQUIRE(frame_of(page)->grants == 0);
	frame_free(frame_of(page));
}

void page_ref(struct page *page)
{
	page->refs++;
}

pfn_t page_pfn(const struct page *page)
{
	return virt_to_pfn(page_address(page));
}

struct page *page_of(pfn_t p)
{
	unsigned long index = p.n - virt_to_pfn(memory).n;

	return index < PAGES && frames[index].is_used ? &frames[index].page : NULL;
}

/* ---- grants: the back-end may hold some when they are to end --------------------------- */

static struct {
	struct frame *frame; /* NULL: free */
	bool is_deferred;
	struct page *page;
} grants[GRANTS];

static bool holds; /* whether it does, now */

int grant_access(domid_t domid, pfn_t pfn, bool is_readonly, gref_t *ref)
{
	struct page *page = page_of(pfn);

	REQUIRE(page);
	for (unsigned i = 8; i < GRANTS; i++) {
		if (!grants[i].frame) {
			grants[i].frame = frame_of(page);
			grants[i].is_deferred = false;
			frame_of(page)->grants++;
			ref->n = i;
			return 0;
		}
	}
	return -ENOSPC;
}

static void grant_forget(unsigned i)
{
	grants[i].frame->grants--;
	grants[i].frame = NULL;
}

int grant_try_end(gref_t ref)
{
	REQUIRE(ref.n < GRANTS && grants[ref.n].frame && !grants[ref.n].is_deferred);
	if (holds) {
		return -EBUSY;
	}
	grant_forget(ref.n);
	return 0;
}

void grant_end(gref_t ref, struct page *page)
{
	if (grant_try_end(ref) == 0) {
		if (page) {
			page_free(page, 0);
		}
		return;
	}
	grants[ref.n].is_deferred = true;
	grants[ref.n].page = page;
}

/* The back-end lets go of all. */
static void grants_settle(void)
{
	for (unsigned i = 0; i < GRANTS; i++) {
		if (grants[i].frame && grants[i].is_deferred) {
			struct page *page = grants[i].page;

			grant_forget(i);
			if (page) {
				page_free(page, 0);
			}
		}
	}
}

int grant_reserve(unsigned count)
{
	return 0;
}

/* ---- other stand-ins ------------------------------------------------------------------ */

int evtchn_alloc_unbound(domid_t remote, struct evtchn_handler handler)
{
	return 7;
}

void evtchn_close(evtchn_port_t port)
{
}

void timer_init(struct timer *timer, void (*fire)(struct timer *timer))
{
}

void timer_set(struct timer *timer, nsec_t deadline)
{
}

bool timer_cancel(struct timer *timer)
{
	return false;
}

void spin_init(struct spinlock *lock, const char *name)
{
}

static struct blk_front front;
static struct blk_device disk;

void blk_front_break(struct blk_front *f, const char *why)
{
	REQUIRE(why && f == &front);
	front.is_broken = true;
}

/* ---- the issuer ----------------------------------------------------------------------- */

static struct user {
	struct blk_request rq;
	struct blk_segment segments[BLK_SEGMENTS_MAX];
	struct page *pages[BLK_SEGMENTS_MAX];
	bool is_out;
} users[REQUESTS];

static void user_done(struct blk_request *rq)
{
	struct user *u = rq->arg;

	REQUIRE(u->is_out); /* K1 */
	u->is_out = false;
	for (unsigned i = 0; i < rq->segment_count; i++) {
		if (u->pages[i]->refs == 1) { /* else it is lost (S1) */
			page_free(u->pages[i], 0);
		}
		u->pages[i] = NULL;
	}
}

static uint64_t next_sector; /* behind the last request: those may be merged */

static void submit(void)
{
	struct user *u = &users[input_u8() % REQUESTS];
	struct list requests = LIST_INIT(requests);
	uint8_t what = input_u8();

	if (u->is_out) {
		return;
	}
	u->rq = (struct blk_request){ .op = what % 5,
		.sector = what & 64 ? next_sector : input_u8() * 8u,
		.segments = u->segments,
		.done = user_done,
		.arg = u };
	if (u->rq.op == BLK_READ || u->rq.op == BLK_WRITE) {
		unsigned count = 1 + (what >> 3) % BLK_SEGMENTS_MAX;

		while (u->rq.segment_count < count &&
			(u->pages[u->rq.segment_count] = page_alloc(0))) {
			u->segments[u->rq.segment_count] =
				(struct blk_segment){ u->pages[u->rq.segment_count], 0, PAGE_SIZE };
			u->rq.segment_count++;
		}
		if (!u->rq.segment_count) {
			return;
		}
	}
	u->rq.count = u->rq.segment_count * BLK_PAGE_SECTORS;
	next_sector = u->rq.sector + u->rq.count;
	u->is_out = true;
	list_push_back(&requests, &u->rq.link);
	blk_submit(&disk, &requests);
}

/* ---- the back-end ----------------------------------------------------------------------- */

static const struct blk_device_ops ops = { .start = blk_front_start };

static void connect(uint8_t how)
{
	front.features = (struct blk_features){ .queues = 1,
		.segments = how & 4 ? 32 : BLKIF_MAX_SEGMENTS_PER_REQUEST,
		.is_persistent = how & 1,
		.is_trusted = how & 2,
		.has_barrier = how & 8 };
	front.flush_operation = BLKIF_OP_FLUSH_DISKCACHE;
	disk.limits = (struct blk_limits){ .sectors = 1u << 20,
		.segments_max = front.features.segments,
		.has_flush = true,
		.has_discard = how & 16,
		.has_secure_discard = how & 32 };
	if (blk_ring_create(&front.rings[0])) {
		blk_ring_destroy(&front.rings[0]); /* the back-end holds all there is */
		return;
	}
	front.ring_count = 1;
	front.rings[0].is_up = true;
	blk_ring_pump(&front.rings[0]);
}

static void disconnect(bool replay)
{
	if (!front.ring_count) {
		return;
	}
	blk_ring_drain(&front.rings[0], replay);
	blk_ring_destroy(&front.rings[0]);
	front.ring_count = 0;
}

/* An answer to something that is out, or nearly so. */
static void answer(uint8_t how)
{
	struct blk_ring *ring = &front.rings[0];
	struct blkif_sring *shared = (struct blkif_sring *)ring->ring.shared;
	struct blkif_response *to = &shared->ring[shared->rsp_prod & (ring->slot_count - 1)].rsp;
	unsigned id = input_u8() % ring->slot_count;

	to->id = how & 1 ? input_u32() : id;
	to->operation = how & 2 ? input_u8() : ring->slots[id].operation;
	to->status = how & 4 ? (int16_t) - (input_u8() % 4) : 0;
	shared->rsp_prod++;
}

static void scribble(void)
{
	struct blk_ring *ring = &front.rings[0];
	uint8_t *bytes = (uint8_t *)ring->ring.shared;
	unsigned at = input_u32() % PAGE_SIZE, len = input_u8() % 32;

	for (unsigned i = 0; i < len && at + i < PAGE_SIZE; i++) {
		bytes[at + i] = input_u8();
	}
}

static void act(void)
{
	uint8_t what = input_u8();

	if (!front.ring_count && (what & 7) >= 3 && (what & 7) <= 5) {
		return;
	}
	switch (what & 7) {
	case 0:
	case 1:
	case 2:
		submit();
		break;
	case 3:
	case 4:
		answer(what >> 3 & (what & 128 ? 7 : 0));
		blk_front_event(7, &front.rings[0]);
		break;
	case 5:
		scribble();
		blk_front_event(7, &front.rings[0]);
		break;
	case 6:
		holds = what >> 3 & 1;
		break;
	case 7:
		if (!front.is_broken) {
			disconnect(true);
			connect(what >> 3);
		}
		break;
	}
}

/* There is always room for one request (blk_ring_create()). */
static void check_not_stuck(void)
{
	struct blk_ring *ring = &front.rings[0];

	if (front.ring_count && !front.is_broken && front.features.is_persistent) {
		REQUIRE(ring->out || list_is_empty(&disk.queues[0].waiting));
	}
}

static void check_all_done(void)
{
	for (unsigned i = 0; i < REQUESTS; i++) {
		REQUIRE(!users[i].is_out);
	}
}

/* What S1 has lost is lost for the kernel; here it is taken back. */
static void memory_end(void)
{
	holds = false;
	grants_settle();
	for (unsigned i = 0; i < GRANTS; i++) {
		REQUIRE(!grants[i].frame);
	}
	for (unsigned i = 0; i < PAGES; i++) {
		if (frames[i].is_used) {
			frame_free(&frames[i]);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	input_set(data, size);
	memset(&front, 0, sizeof(front));
	memset(&disk, 0, sizeof(disk));
	memset(users, 0, sizeof(users));
	next_sector = 0;
	holds = false;
	front.disk = &disk;
	front.rings[0].front = &front;
	disk.ops = &ops;
	disk.private = &front;
	queues_init(&disk, 1);
	connect(input_u8());
	for (unsigned i = 0; i < ACTS && input_left(); i++) {
		act();
		check_not_stuck();
	}
	disconnect(false);
	disk.is_dead = true;
	queues_fail(&disk);
	check_all_done();
	memory_end();
	return 0;
}
