/*
 * grant_map.c (pv) - what a back-end does with a grant: it maps it, in lists of n, and unmaps it. Xen writes the
 * page-table entries, and flushes TLBs after each list of unmappings.
 *
 * In one sample each grant is mapped once. A PVH domain cannot map its own grants without losing
 * the page, so this is not measured there.
 */
#include <arch/mmu.h>
#include <kernel/string.h>

#include "../study.h"
#include "../xen/grants.h"

#define REQUESTS 256u

static struct gnttab_map_grant_ref maps[GRANTS];
static struct gnttab_unmap_grant_ref unmaps[GRANTS];
static char *area; /* a page for each grant */

static bool open(unsigned n)
{
	static pfn_t frames[GRANTS];

	if (!study_grants_serves(GNTTABOP_map_grant_ref) || !study_grants_open(n)) {
		return false;
	}
	for (unsigned i = 0; i < GRANTS; i++) {
		frames[i] = virt_to_pfn(study_grants.own);
	}
	area = vmap(frames, GRANTS, MMU_READ | MMU_WRITE);
	return area;
}

static void close(unsigned n)
{
	vunmap(area, GRANTS);
	study_grants_close(n);
}

/* ---- lists -------------------------------------------------------------------- */

static void list_map(unsigned first, unsigned n)
{
	for (unsigned i = first; i < first + n; i++) {
		maps[i] = (struct gnttab_map_grant_ref){
			.host_addr = (uintptr_t)area + i * PAGE_SIZE,
			.flags = GNTMAP_host_map,
			.ref = study_grants.refs[i].n,
			.dom = study_grants.me,
		};
	}
	study_grants.failures += xen_grant_table_op(GNTTABOP_map_grant_ref, &maps[first], n) != 0;
}

static void list_unmap(unsigned first, unsigned n)
{
	for (unsigned i = first; i < first + n; i++) {
		unmaps[i] = (struct gnttab_unmap_grant_ref){
			.host_addr = (uintptr_t)area + i * PAGE_SIZE,
			.handle = maps[i].handle,
		};
	}
	study_grants.failures +=
		xen_grant_table_op(GNTTABOP_unmap_grant_ref, &unmaps[first], n) != 0;
}

static bool are_mapped(unsigned pages)
{
	for (unsigned i = 0; i < pages; i++) {
		if (maps[i].status != GNTST_okay || area[i * PAGE_SIZE] != study_grants.shared[0]) {
			return false;
		}
	}
	return !study_grants.failures;
}

static bool are_unmapped(unsigned pages)
{
	for (unsigned i = 0; i < pages; i++) {
		if (unmaps[i].status != GNTST_okay) {
			return false;
		}
	}
	return !study_grants.failures;
}

static void map_run(unsigned n, unsigned count)
{
	study_grants.shared[0]++;
	for (unsigned i = 0; i < count; i++) {
		list_map(i * n, n);
	}
}

static bool map_check(unsigned n, unsigned count)
{
	bool is_done = are_mapped(n * count);

	list_unmap(0, n * count);
	return is_done && are_unmapped(n * count);
}

static bool open_mapped(unsigned n)
{
	if (!open(n)) {
		return false;
	}
	list_map(0, GRANTS);
	return true;
}

static void unmap_run(unsigned n, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		list_unmap(i * n, n);
	}
}

static bool unmap_check(unsigned n, unsigned count)
{
	bool is_done = are_unmapped(n * count);

	list_map(0, n * count);
	return is_done && are_mapped(n * count);
}

static void close_mapped(unsigned n)
{
	list_unmap(0, GRANTS);
	close(n);
}

/* ---- a request with one page -------------------------------------------------- */

static void request_run(unsigned n, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		study_grants.failures +=
			grant_access(study_grants.me, virt_to_pfn(study_grants.shared), false,
				&study_grants.refs[0]) != 0;
		list_map(0, 1);
		list_unmap(0, 1);
		study_grants.failures += grant_try_end(study_grants.refs[0]) != 0;
	}
}

static bool request_open(unsigned n)
{
	bool is_open = open(n);

	study_grants.failures += is_open && grant_try_end(study_grants.refs[0]);
	return is_open;
}

static bool request_check(unsigned n, unsigned count)
{
	return are_unmapped(1);
}

static void request_close(unsigned n)
{
	study_grants.failures += grant_access(study_grants.me, virt_to_pfn(study_grants.shared),
					 false, &study_grants.refs[0]) != 0;
	close(n);
}

/* clang-format off */
STUDY(map, .name = "grant-map", .largest = GRANTS, .work = GRANTS,
	.setup = open, .run = map_run, .check = map_check, .teardown = close);
STUDY(unmap, .name = "grant-unmap", .largest = GRANTS, .work = GRANTS,
	.setup = open_mapped, .run = unmap_run, .check = unmap_check, .teardown = close_mapped);
STUDY(request_map, .name = "request-map", .work = REQUESTS,
	.setup = request_open, .run = request_run, .check = request_check, .teardown = request_close);
/* clang-format on */
