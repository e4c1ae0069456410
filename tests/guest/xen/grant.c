/*
 * grant.c - grants against Xen: the remote end is this domain itself, through Xen's copy and map
 * operations, which check a grant as they would for anybody.
 */
#include <arch/clock.h>
#include <arch/mmu.h>
#include <drivers/xen/grant.h>
#include <drivers/xen/hypercall.h>
#include <drivers/xen/platform.h>
#include <drivers/xen/xenstore.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/ktest.h>
#include <kernel/log.h>
#include <kernel/page.h>
#include <kernel/string.h>
#include <kernel/thread.h>
#include <xen/grant_table.h>
#include <xen/memory.h>

static bool own_domid(domid_t *domid)
{
	uint64_t number;

	if (xenstore_read_number(XS_NONE, "domid", NULL, &number)) {
		return false;
	}
	*domid = (domid_t)number;
	return true;
}

static pfn_t frame_of(const void *p)
{
	return virt_to_pfn(p);
}

static struct page *page_at(const void *p)
{
	return page_of(frame_of(p));
}

/* ---- copying ---------------------------------------------------------- */

static int copy_run(struct gnttab_copy *op)
{
	return xen_grant_table_op(GNTTABOP_copy, op, 1) ? -ENOSYS : op->status;
}

static int copy_from(gref_t ref, domid_t domid, void *to, uint16_t len)
{
	struct gnttab_copy op = {
		.source = { .u.ref = ref.n, .domid = domid },
		.dest = { .u.gmfn = pfn_to_gfn(frame_of(to)).n, .domid = DOMID_SELF },
		.len = len,
		.flags = GNTCOPY_source_gref,
	};

	return copy_run(&op);
}

static int copy_to(gref_t ref, domid_t domid, const void *from, uint16_t len)
{
	struct gnttab_copy op = {
		.source = { .u.gmfn = pfn_to_gfn(frame_of(from)).n, .domid = DOMID_SELF },
		.dest = { .u.ref = ref.n, .domid = domid },
		.len = len,
		.flags = GNTCOPY_dest_gref,
	};

	return copy_run(&op);
}

/* The shim has no copy: tell that apart from a refusal. */
static bool has_copy(void)
{
	return xen_grant_table_op(GNTTABOP_copy, NULL, 0) == 0;
}

KTEST(grant_copy_out_and_in)
{
	domid_t me;
	char *shared, *own;
	gref_t ref;

	KTEST_SKIP_IF(!own_domid(&me), "the domid is not known");
	KTEST_SKIP_IF(!has_copy(), "this Xen has no grant copy");
	shared = page_alloc_zeroed();
	own = page_alloc_zeroed();
	KTEST_REQUIRE(shared && own);
	strlcpy(shared, "granted", PAGE_SIZE);
	KTEST_REQUIRE(grant_access(me, frame_of(shared), false, &ref) == 0);
	KTEST_EXPECT(copy_from(ref, me, own, PAGE_SIZE) == GNTST_okay);
	KTEST_EXPECT(!strcmp(own, "granted"));
	strlcpy(own, "written", PAGE_SIZE);
	KTEST_EXPECT(copy_to(ref, me, own, 64) == GNTST_okay);
	KTEST_EXPECT(!strcmp(shared, "written"));
	KTEST_EXPECT(grant_try_end(ref) == 0);
	KTEST_EXPECT(copy_from(ref, me, own, 64) != GNTST_okay);
	page_free(page_at(shared), 0);
	page_free(page_at(own), 0);
}

KTEST(grant_readonly_cannot_be_written)
{
	domid_t me;
	char *shared, *own;
	gref_t ref;

	KTEST_SKIP_IF(!own_domid(&me), "the domid is not known");
	KTEST_SKIP_IF(!has_copy(), "this Xen has no grant copy");
	shared = page_alloc_zeroed();
	own = page_alloc_zeroed();
	KTEST_REQUIRE(shared && own);
	strlcpy(own, "intruder", PAGE_SIZE);
	KTEST_REQUIRE(grant_access(me, frame_of(shared), true, &ref) == 0);
	KTEST_EXPECT(copy_to(ref, me, own, 64) != GNTST_okay);
	KTEST_EXPECT(shared[0] == '\0');
	KTEST_EXPECT(copy_from(ref, me, own, 64) == GNTST_okay);
	KTEST_EXPECT(own[0] == '\0');
	KTEST_EXPECT(grant_try_end(ref) == 0);
	page_free(page_at(shared), 0);
	page_free(page_at(own), 0);
}

KTEST(grant_is_for_the_named_domain_only)
{
	domid_t me;
	char *shared, *own;
	gref_t ref;

	KTEST_SKIP_IF(!own_domid(&me), "the domid is not known");
	KTEST_SKIP_IF(!has_copy(), "this Xen has no grant copy");
	shared = page_alloc_zeroed();
	own = page_alloc_zeroed();
	KTEST_REQUIRE(shared && own);
	KTEST_REQUIRE(grant_access(0, frame_of(shared), false, &ref) == 0);
	KTEST_EXPECT(copy_from(ref, me, own, 64) != GNTST_okay);
	KTEST_EXPECT(grant_try_end(ref) == 0);
	page_free(page_at(shared), 0);
	page_free(page_at(own), 0);
}

/* ---- mapping, so that a grant is in use ------------------------------- */

/*
 * On PVH Xen keeps a frame of ours at one number only: mapping our own grant at another takes it
 * away from its own, for good. Unmapping therefore asks for new memory there.
 */
struct mapping {
	uint64_t host_addr;
	grant_handle_t handle;
	void *va;	   /* PV: where it is mapped */
	struct page *hole; /* PVH: the frame number it is mapped at */
	pfn_t granted;
};

/* One frame's memory: give it back to Xen, or ask for it (XENMEM_*_reservation, _populate_physmap). */
static bool memory_change(unsigned op, pfn_t p)
{
	xen_pfn_t frame = p.n;
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };

	set_xen_guest_handle(r.extent_start, &frame);
	return xen_memory_op(op, &r) == 1;
}

/* PV: Xen writes the entry of a kernel address. PVH: it takes the place of a frame, which we give back before. */
static bool place_make(struct mapping *m)
{
	struct page *page = page_alloc(0);
	pfn_t p;

	if (!page) {
		return false;
	}
	p = page_pfn(page);
	m->hole = page;
	if (xen_platform.is_pv) {
		m->va = vmap(&p, 1, MMU_READ | MMU_WRITE);
		m->host_addr = (uintptr_t)m->va;
		return m->va;
	}
	m->host_addr = (uint64_t)p.n << PAGE_SHIFT;
	return memory_change(XENMEM_decrease_reservation, p);
}

static void place_free(struct mapping *m)
{
	if (m->va) {
		vunmap(m->va, 1);
	} else {
		KTEST_REQUIRE(memory_change(XENMEM_populate_physmap, page_pfn(m->hole)));
	}
	page_free(m->hole, 0);
}

static bool map(struct mapping *m, gref_t ref, domid_t domid, const void *shared)
{
	struct gnttab_map_grant_ref op;

	*m = (struct mapping){ .granted = frame_of(shared) };
	if (!place_make(m)) {
		return false;
	}
	op = (struct gnttab_map_grant_ref){
		.host_addr = m->host_addr,
		.flags = GNTMAP_host_map,
		.ref = ref.n,
		.dom = domid,
	};
	if (xen_grant_table_op(GNTTABOP_map_grant_ref, &op, 1) || op.status != GNTST_okay) {
		place_free(m);
		return false;
	}
	m->handle = op.handle;
	return true;
}

static void unmap(struct mapping *m)
{
	struct gnttab_unmap_grant_ref op = { .host_addr = m->host_addr, .handle = m->handle };
	bool is_back = true;

	preempt_disable(); /* nobody ends the grant and uses the frame before its memory is back */
	KTEST_EXPECT(xen_grant_table_op(GNTTABOP_unmap_grant_ref, &op, 1) == 0);
	if (!xen_platform.is_pv) {
		is_back = memory_change(XENMEM_populate_physmap, m->granted);
	}
	preempt_enable();
	KTEST_EXPECT(op.status == GNTST_okay && is_back);
	place_free(m);
}

/* Whether there is memory of ours there: what has none forgets. */
static bool remembers(volatile uint64_t *words)
{
	for (size_t i = 0; i < PAGE_SIZE / sizeof(*words); i++) {
		words[i] = ~i;
	}
	for (size_t i = 0; i < PAGE_SIZE / sizeof(*words); i++) {
		if (words[i] != ~i) {
			return false;
		}
	}
	return true;
}

KTEST(grant_in_use_does_not_end)
{
	struct mapping m;
	bool is_mapped;
	domid_t me;
	char *shared;
	gref_t ref;

	KTEST_SKIP_IF(!own_domid(&me), "the domid is not known");
	shared = page_alloc_zeroed();
	KTEST_REQUIRE(shared);
	KTEST_REQUIRE(grant_access(me, frame_of(shared), false, &ref) == 0);
	is_mapped = map(&m, ref, me, shared);
	if (!is_mapped) {
		grant_end(ref, page_at(shared));
	}
	KTEST_SKIP_IF(!is_mapped, "this Xen does not map a domain's own grants");
	KTEST_EXPECT(grant_try_end(ref) == -EBUSY);
	KTEST_EXPECT(grant_try_end(ref) == -EBUSY);
	unmap(&m);
	KTEST_EXPECT(grant_try_end(ref) == 0);
	KTEST_EXPECT(remembers((uint64_t *)(void *)shared));
	page_free(page_at(shared), 0);
}

static unsigned deferred_count(void)
{
	struct grant_stats s;

	grant_stats_get(&s);
	return s.deferred;
}

static unsigned long free_frames(void)
{
	struct page_stats s;

	page_stats_get(&s);
	return s.free;
}

KTEST(grant_deferred_end_frees_the_page_later)
{
	struct mapping m;
	bool is_mapped;
	unsigned long before;
	nsec_t deadline;
	domid_t me;
	char *shared;
	gref_t ref;

	KTEST_SKIP_IF(!own_domid(&me), "the domid is not known");
	shared = page_alloc_zeroed();
	KTEST_REQUIRE(shared && deferred_count() == 0);
	KTEST_REQUIRE(grant_access(me, frame_of(shared), false, &ref) == 0);
	is_mapped = map(&m, ref, me, shared);
	if (!is_mapped) {
		grant_end(ref, page_at(shared));
	}
	KTEST_SKIP_IF(!is_mapped, "this Xen does not map a domain's own grants");
	grant_end(ref, page_at(shared));
	KTEST_EXPECT(deferred_count() == 1);
	thread_sleep(NSEC_PER_SEC);
	KTEST_EXPECT(deferred_count() == 1);
	before = free_frames();
	unmap(&m); /* frees one frame, that of the mapping's place */
	deadline = clock_now() + 60 * NSEC_PER_SEC;
	while (deferred_count() && clock_now() < deadline) {
		thread_sleep(10 * NSEC_PER_MSEC);
	}
	KTEST_EXPECT(deferred_count() == 0);
	KTEST_EXPECT(free_frames() == before + 2);
}

/* ---- the table -------------------------------------------------------- */

#define MOST 2048u

/* Take references until there are none, at most `most`: how many. */
static unsigned exhaust(gref_t *refs, unsigned most, domid_t domid, pfn_t frame, int *err)
{
	unsigned count = 0;

	while (count < most && !(*err = grant_access(domid, frame, true, &refs[count]))) {
		count++;
	}
	return count;
}

static void give_back(gref_t *refs, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		KTEST_EXPECT(grant_try_end(refs[i]) == 0);
	}
}

KTEST(grant_full_table_says_so_and_recovers)
{
	struct grant_stats before, after;
	char *shared = page_alloc_zeroed();
	gref_t *refs, ref;
	unsigned limit, count;
	int err = 0;

	grant_stats_get(&before);
	KTEST_SKIP_IF(before.frames == before.frames_max, "the table cannot grow");
	refs = heap_alloc((before.free + 1) * sizeof(*refs));
	KTEST_REQUIRE(refs && shared);
	limit = grant_limit_set(before.frames);
	count = exhaust(refs, before.free + 1, 0, frame_of(shared), &err);
	KTEST_EXPECT(err == -ENOSPC);
	KTEST_EXPECT(count == before.free);
	KTEST_EXPECT(grant_access(0, frame_of(shared), true, &ref) == -ENOSPC);
	grant_stats_get(&after);
	KTEST_EXPECT(after.full == before.full + 2 && after.frames == before.frames);

	/* One more page of table: the next grant grows it. */
	grant_limit_set(before.frames + 1);
	KTEST_EXPECT(grant_access(0, frame_of(shared), true, &ref) == 0);
	KTEST_EXPECT(ref.n >= before.frames * 512u);
	KTEST_EXPECT(grant_try_end(ref) == 0);
	grant_limit_set(limit);
	give_back(refs, count);
	grant_stats_get(&after);
	KTEST_EXPECT(after.frames == before.frames + 1 && after.in_use == before.in_use);
	heap_free(refs);
	page_free(page_at(shared), 0);
}

static bool are_distinct(const gref_t *refs, unsigned count)
{
	static uint8_t seen[GRANT_FRAMES_MAX * 512 / 8];

	memset(seen, 0, sizeof(seen));
	for (unsigned i = 0; i < count; i++) {
		uint32_t n = refs[i].n;

		if (n < 8 || n >= GRANT_FRAMES_MAX * 512 || seen[n / 8] >> (n % 8) & 1) {
			return false;
		}
		seen[n / 8] |= (uint8_t)(1u << (n % 8));
	}
	return true;
}

/* Grants of every page of the table work, not only of the first. */
KTEST(grant_grown_table_works)
{
	gref_t *refs = heap_alloc(MOST * sizeof(*refs));
	char *shared = page_alloc_zeroed(), *own = page_alloc_zeroed();
	unsigned count;
	domid_t me;
	int err;

	KTEST_SKIP_IF(!own_domid(&me), "the domid is not known");
	KTEST_SKIP_IF(!has_copy(), "this Xen has no grant copy");
	KTEST_REQUIRE(refs && shared && own);
	count = exhaust(refs, MOST, me, frame_of(shared), &err);
	KTEST_EXPECT(count == MOST);
	KTEST_EXPECT(are_distinct(refs, count));
	for (unsigned i = 0; i < count; i += 101) {
		fmt_print(shared, PAGE_SIZE, "%u", i);
		KTEST_REQUIRE(copy_from(refs[i], me, own, 16) == GNTST_okay);
		KTEST_REQUIRE(!strcmp(shared, own));
	}
	give_back(refs, count);
	heap_free(refs);
	page_free(page_at(shared), 0);
	page_free(page_at(own), 0);
}

BREAKAGE(grant_ended_twice, "is not in use")
{
	char *shared = page_alloc_zeroed();
	gref_t ref;

	if (shared && !grant_access(0, frame_of(shared), true, &ref) && !grant_try_end(ref)) {
		int err = grant_try_end(ref);

		ktest_verdict(KTEST_FAILURE, "the second end gave %d", err);
	}
}
