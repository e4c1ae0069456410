/* grants.h - a page of ours that is granted to us many times, for the measurements of grants. */
#ifndef STUDY_GRANTS_H
#define STUDY_GRANTS_H

#include <drivers/xen/grant.h>
#include <drivers/xen/hypercall.h>
#include <drivers/xen/platform.h>
#include <kernel/page.h>
#include <xen/grant_table.h>

#define GRANTS 256u

struct study_grants {
	domid_t me;
	char *shared, *own; /* a page each; `shared` is granted */
	gref_t refs[GRANTS];
	unsigned failures;
};

extern struct study_grants study_grants;

/*
 * Whether Xen carries out that operation on grants: a list of none tells. The shim does not (its grants are
 * those of the domain around it, and it knows their table only).
 */
bool study_grants_serves(unsigned operation);

/* As setup() and teardown(). False when something is missing; nothing is measured then. */
bool study_grants_open(unsigned n);
void study_grants_close(unsigned n);

#endif
