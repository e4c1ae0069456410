/*
 * grant.c - grant table, version 1, and the domain that maps what was granted.
 *
 * Table frames are Xen's; the guest maps them. A remote mapping sets GTF_reading
 * or GTF_writing in the entry, which the guest must find with an atomic
 * operation before it takes the grant back, and holds references to the frame,
 * so a granted page cannot become a page table meanwhile.
 */
#include "model.h"

#include <stdlib.h>
#include <string.h>
#include <xen/grant_table.h>
#include "options.h"

#define TABLE_FRAMES_MAX  64u
#define ENTRIES_PER_FRAME (PAGE_SIZE / sizeof(grant_entry_v1_t))

static unsigned long table_frames[TABLE_FRAMES_MAX];
static unsigned table_count;

struct mapping {
	unsigned long mfn;
	unsigned count;
	bool is_writable;
};
static struct mapping *mappings; /* by reference */

void grant_reset(void)
{
	table_count = 0;
	mappings = calloc(TABLE_FRAMES_MAX * ENTRIES_PER_FRAME, sizeof(*mappings));
}

/* The same frames, but another Xen's: what the remote end had mapped is its own affair. */
void grant_restore(void)
{
	for (unsigned i = 0; i < table_count; i++) {
		memset(frame_memory(table_frames[i]), 0, PAGE_SIZE);
	}
	for (unsigned i = 0; i < TABLE_FRAMES_MAX * ENTRIES_PER_FRAME; i++) {
		if (mappings[i].count && mappings[i].is_writable) {
			type_put(mappings[i].mfn);
		} else if (mappings[i].count) {
			frame_put(mappings[i].mfn);
		}
		mappings[i].count = 0;
	}
}

static unsigned table_max(void)
{
	return options.grant_frames_max ? options.grant_frames_max : 32;
}

static grant_entry_v1_t *entry_of(uint32_t ref)
{
	unsigned frame = ref / ENTRIES_PER_FRAME;

	if (frame >= table_count) {
		return NULL;
	}
	return (grant_entry_v1_t *)frame_memory(table_frames[frame]) + ref % ENTRIES_PER_FRAME;
}

static long setup_table(struct gnttab_setup_table *op)
{
	unsigned long *list;

	memcpy(&list, &op->frame_list, sizeof(list));
	if (op->nr_frames > table_max()) {
		op->status = GNTST_general_error;
		return 0;
	}
	while (table_count < op->nr_frames) {
		table_frames[table_count++] = frame_alloc(OWNER_XEN);
	}
	for (unsigned i = 0; i < op->nr_frames; i++) {
		list[i] = table_frames[i];
	}
	op->status = GNTST_okay;
	return 0;
}

static long query_size(struct gnttab_query_size *op)
{
	op->nr_frames = table_count ? table_count : 1;
	op->max_nr_frames = table_max();
	op->status = GNTST_okay;
	return 0;
}

/* ---- the remote domain ------------------------------------------------------- */

static int entry_claim(grant_entry_v1_t *e, bool write)
{
	uint16_t flags = __atomic_load_n(&e->flags, __ATOMIC_ACQUIRE), want;

	do {
		if ((flags & GTF_type_mask) != GTF_permit_access || e->domid != REMOTE_DOMID ||
			(write && flags & GTF_readonly)) {
			return -EPERM;
		}
		want = flags | GTF_reading | (write ? GTF_writing : 0);
	} while (!__atomic_compare_exchange_n(
		&e->flags, &flags, want, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
	return 0;
}

int model_grant_map(uint32_t ref, bool write, void **memory)
{
	grant_entry_v1_t *e = entry_of(ref);
	struct mapping *m = &mappings[ref];
	int rc;

	if (!e || m->count) {
		return -EINVAL;
	}
	rc = entry_claim(e, write);
	if (rc) {
		return rc;
	}
	rc = write ? type_get(e->frame, TYPE_WRITABLE) : frame_get(e->frame);
	if (rc) {
		__atomic_fetch_and(
			&e->flags, (uint16_t) ~(GTF_reading | GTF_writing), __ATOMIC_SEQ_CST);
		return rc;
	}
	*m = (struct mapping){ e->frame, 1, write };
	*memory = frame_memory(e->frame);
	return 0;
}

int model_grant_unmap(uint32_t ref)
{
	struct mapping *m = &mappings[ref];

	if (!entry_of(ref) || !m->count) {
		return -EINVAL;
	}
	if (m->is_writable) {
		type_put(m->mfn);
	} else {
		frame_put(m->mfn);
	}
	m->count = 0;
	__atomic_fetch_and(
		&entry_of(ref)->flags, (uint16_t) ~(GTF_reading | GTF_writing), __ATOMIC_SEQ_CST);
	return 0;
}

bool model_grant_is_mapped(uint32_t ref)
{
	return entry_of(ref) && mappings[ref].count;
}

/* ---- copies -------------------------------------------------------------------- */

struct side {
	bool is_ref, is_dest;
	uint32_t ref;
	unsigned long gmfn;
	uint16_t offset;
};

/* The frame of one side; the domain copies to and from itself here. */
static int side_frame(const struct side *side, unsigned long *mfn)
{
	const grant_entry_v1_t *e;

	*mfn = side->gmfn;
	if (!side->is_ref) {
		return GNTST_okay;
	}
	e = entry_of(side->ref);
	if (!e || (e->flags & GTF_type_mask) != GTF_permit_access || e->domid != GUEST_DOMID) {
		return GNTST_bad_gntref;
	}
	*mfn = e->frame;
	return side->is_dest && e->flags & GTF_readonly ? GNTST_permission_denied : GNTST_okay;
}

static int side_resolve(const struct side *side, uint16_t len, uint8_t **memory)
{
	unsigned long mfn;
	int status = side_frame(side, &mfn);

	if (status != GNTST_okay) {
		return status;
	}
	if (side->offset + len > PAGE_SIZE) {
		return GNTST_bad_copy_arg;
	}
	/* What is copied to must be a frame that could be mapped writable. */
	if (side->is_dest ? type_get(mfn, TYPE_WRITABLE) : frame_get(mfn)) {
		return GNTST_general_error;
	}
	*memory = (uint8_t *)frame_memory(mfn) + side->offset;
	if (side->is_dest) {
		type_put(mfn);
	} else {
		frame_put(mfn);
	}
	return GNTST_okay;
}

static int copy_one(const struct gnttab_copy *op)
{
	struct side from = { op->flags & GNTCOPY_source_gref, false, op->source.u.ref,
		op->source.u.gmfn, op->source.offset };
	struct side to = { op->flags & GNTCOPY_dest_gref, true, op->dest.u.ref, op->dest.u.gmfn,
		op->dest.offset };
	uint8_t *source, *dest;
	int status = side_resolve(&from, op->len, &source);

	if (status == GNTST_okay) {
		status = side_resolve(&to, op->len, &dest);
	}
	if (status == GNTST_okay) {
		memmove(dest, source, op->len);
	}
	return status;
}

static long copy(struct gnttab_copy *ops, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		ops[i].status = (int16_t)copy_one(&ops[i]);
	}
	return 0;
}

long hc_grant_table_op(const unsigned long a[5])
{
	void *arg = (void *)a[1];

	switch (a[0]) {
	case GNTTABOP_setup_table:
		return setup_table(arg);
	case GNTTABOP_query_size:
		return query_size(arg);
	case GNTTABOP_copy:
		return options.shim ? refuse(EOPNOTSUPP, "the shim copies no grants")
				    : copy(arg, (unsigned)a[2]);
	case GNTTABOP_get_version:
		((struct gnttab_get_version *)arg)->version = 1;
		return options.shim ? refuse(EOPNOTSUPP, "the shim has no grant version") : 0;
	default:
		return refuse(options.shim ? EOPNOTSUPP : ENOSYS, "grant_table_op %lu", a[0]);
	}
}
