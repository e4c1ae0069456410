/*
 * grants.c - letting another domain at a page. The other domain is this one: Xen looks at a grant of its
 * own as at anybody's.
 *
 *   grant-entry      a grant is given and ended: the table is shared memory, no call
 *   grant-copy/n     Xen copies n pages out of grants, in one list
 *   request-copy     what a request with one page costs that way: granted, copied, ended
 *   request-reuse    ... if the page was granted once for all: copied by us
 */
#include "grants.h"

#include <drivers/xen/xenstore.h>
#include <kernel/string.h>

#include "../study.h"

#define OPERATIONS 2048u
#define COPIES	   512u

static struct gnttab_copy copies[GRANTS];
struct study_grants study_grants;

bool study_grants_serves(unsigned operation)
{
	return xen_grant_table_op(operation, copies, 0) == 0;
}

bool study_grants_open(unsigned n)
{
	uint64_t number;

	study_grants.failures = 0;
	if (xenstore_read_number(XS_NONE, "domid", NULL, &number) || grant_reserve(GRANTS)) {
		return false;
	}
	study_grants.me = (domid_t)number;
	study_grants.shared = page_alloc_zeroed();
	study_grants.own = page_alloc_zeroed();
	if (!study_grants.shared || !study_grants.own) {
		return false;
	}
	for (unsigned i = 0; i < GRANTS; i++) {
		if (grant_access(study_grants.me, virt_to_pfn(study_grants.shared), false,
			    &study_grants.refs[i])) {
			return false;
		}
	}
	return true;
}

void study_grants_close(unsigned n)
{
	for (unsigned i = 0; i < GRANTS; i++) {
		study_grants.failures += grant_try_end(study_grants.refs[i]) != 0;
	}
	page_free(page_of(virt_to_pfn(study_grants.shared)), 0);
	page_free(page_of(virt_to_pfn(study_grants.own)), 0);
}

static gref_t grant(void)
{
	gref_t ref = GREF_NONE;

	study_grants.failures +=
		grant_access(study_grants.me, virt_to_pfn(study_grants.shared), false, &ref) != 0;
	return ref;
}

static void copy_fill(struct gnttab_copy *op, gref_t ref)
{
	*op = (struct gnttab_copy){
		.source = { .u.ref = ref.n, .domid = study_grants.me },
		.dest = { .u.gmfn = pfn_to_gfn(virt_to_pfn(study_grants.own)).n,
			.domid = DOMID_SELF },
		.len = PAGE_SIZE,
		.flags = GNTCOPY_source_gref,
	};
}

static void entry_run(unsigned n, unsigned count)
{
	while (count--) {
		study_grants.failures += grant_try_end(grant()) != 0;
	}
}

static bool entry_check(unsigned n, unsigned count)
{
	return !study_grants.failures;
}

static bool copy_open(unsigned n)
{
	return study_grants_serves(GNTTABOP_copy) && study_grants_open(n);
}

static void copy_run(unsigned n, unsigned count)
{
	study_grants.own[0] = 0;
	study_grants.shared[0]++;
	while (count--) {
		for (unsigned i = 0; i < n; i++) {
			copy_fill(&copies[i], study_grants.refs[i]);
		}
		study_grants.failures += xen_grant_table_op(GNTTABOP_copy, copies, n) != 0;
	}
}

static bool copy_check(unsigned n, unsigned count)
{
	for (unsigned i = 0; i < n; i++) {
		study_grants.failures += copies[i].status != GNTST_okay;
	}
	return !study_grants.failures && study_grants.own[0] == study_grants.shared[0];
}

static void request_copy_run(unsigned n, unsigned count)
{
	study_grants.own[0] = 0;
	study_grants.shared[0]++;
	while (count--) {
		gref_t ref = grant();

		copy_fill(&copies[0], ref);
		study_grants.failures += xen_grant_table_op(GNTTABOP_copy, copies, 1) != 0;
		study_grants.failures += grant_try_end(ref) != 0;
	}
}

static void request_reuse_run(unsigned n, unsigned count)
{
	study_grants.own[0] = 0;
	study_grants.shared[0]++;
	while (count--) {
		memcpy(study_grants.own, study_grants.shared, PAGE_SIZE);
		__asm__ volatile("" : : : "memory"); /* each time */
	}
	copies[0].status = GNTST_okay;
}

/* clang-format off */
STUDY(entry, .name = "grant-entry", .work = OPERATIONS, .setup = study_grants_open,
	.run = entry_run, .check = entry_check, .teardown = study_grants_close);
STUDY(copy, .name = "grant-copy", .largest = GRANTS, .work = COPIES, .setup = copy_open,
	.run = copy_run, .check = copy_check, .teardown = study_grants_close);
STUDY(request_copy, .name = "request-copy", .work = COPIES, .setup = copy_open,
	.run = request_copy_run, .check = copy_check, .teardown = study_grants_close);
STUDY(request_reuse, .name = "request-reuse", .work = COPIES, .setup = study_grants_open,
	.run = request_reuse_run, .check = copy_check, .teardown = study_grants_close);
/* clang-format on */
