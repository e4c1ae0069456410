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
	} while (!__atomic_compare_exchange_n(&e->flags, &flags, want, false, __ATOMIC_SEQ_CST,
		__ATOMIC_SEQ_CST));
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
		__atomic_fetch_and(&e->flags, (uint16_t)~(GTF_reading | GTF_writing), __ATOMIC_SEQ_CST);
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
	__atomic_fetch_and(&entry_of(ref)->flags, (uint16_t)~(GTF_reading | GTF_writing),
		__ATOMIC_SEQ_CST);
	return 0;
}

bool model_grant_is_mapped(uint32_t ref)
{
	return entry_of(ref) && mappings[ref].count;
}

/* ---- copies -------------------------------------------------------------------- */

/* Where one side of a copy lies: a frame of the guest's, since it copies to and from itself here. */
static uint8_t *copy_side(const struct gnttab_copy *op, bool is_source)
{
	unsigned long mfn;
	uint16_t offset = is_source ? op->source.offset : op->dest.offset;

	if (op->flags & (is_source ? GNTCOPY_source_gref : GNTCOPY_dest_gref)) {
		uint32_t ref = is_source ? op->source.u.ref : op->dest.u.ref;
		grant_entry_v1_t *e = entry_of(ref);

		if (!e || (e->flags & GTF_type_mask) != GTF_permit_access) {
			return NULL;
		}
		mfn = e->frame;
	} else {
		mfn = is_source ? op->source.u.gmfn : op->dest.u.gmfn;
	}
	if (!frame_of(mfn) || offset + op->len > PAGE_SIZE) {
		return NULL;
	}
	return (uint8_t *)frame_memory(mfn) + offset;
}

static long copy(struct gnttab_copy *ops, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		uint8_t *from = copy_side(&ops[i], true), *to = copy_side(&ops[i], false);

		ops[i].status = from && to ? GNTST_okay : GNTST_bad_gntref;
		if (from && to) {
			memmove(to, from, ops[i].len);
		}
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
