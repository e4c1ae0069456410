/*
 * types.c - reference counts and exclusive types of frames.
 *
 * Invariants, those of Xen:
 *   X1  A frame has one type while its type count is not 0: a table of one
 *       level, writable, or descriptors.
 *   X2  So no table that may be walked has a writable mapping.
 *   X3  A table's entries hold references exactly while it is validated, which
 *       it is exactly while its type count is not 0.
 *   X4  When a frame changes its type, no TLB entry made under the old one
 *       survives: Xen flushes by itself.
 */
#include "model.h"

static bool is_table(enum type type)
{
	return type >= TYPE_L1 && type <= TYPE_L4;
}

int frame_get(unsigned long mfn)
{
	struct frame *f = frame_of(mfn);

	if (!f || (f->owner != OWNER_GUEST && f->owner != OWNER_XEN)) {
		return (int)refuse(EINVAL, "%s is not for this domain", frame_name(mfn));
	}
	f->total_count++;
	return 0;
}

void frame_put(unsigned long mfn)
{
	struct frame *f = frame_of(mfn);

	if (!f->total_count) {
		violation("reference count of %s falls below 0", frame_name(mfn));
	}
	f->total_count--;
}

/* X1: the frame takes the type, or already has it. */
static int type_claim(unsigned long mfn, struct frame *f, enum type type)
{
	if (f->type == type) {
		return 0;
	}
	if (f->type_count) {
		return (int)refuse(EINVAL, "%s is wanted as %s", frame_name(mfn),
			is_table(type) ? "a table" : "writable");
	}
	tlb_flush(); /* X4 */
	f->type = type;
	f->validated = false;
	return 0;
}

int type_get(unsigned long mfn, enum type type)
{
	int rc = frame_get(mfn);
	struct frame *f = frame_of(mfn);

	if (rc) {
		return rc;
	}
	if (f->owner == OWNER_XEN && type != TYPE_WRITABLE) {
		rc = (int)refuse(EINVAL, "%s is Xen's", frame_name(mfn));
	} else {
		rc = type_claim(mfn, f, type);
	}
	if (!rc) {
		f->type_count++;
		if (is_table(type) && !f->validated) {
			rc = table_validate(mfn, type);
			f->validated = !rc;
			f->type_count -= !!rc;
		}
	}
	if (rc) {
		frame_put(mfn);
	}
	return rc;
}

void type_put(unsigned long mfn)
{
	struct frame *f = frame_of(mfn);

	if (!f->type_count) {
		violation("type count of %s falls below 0", frame_name(mfn));
	}
	if (--f->type_count == 0 && is_table(f->type)) {
		f->validated = false;
		f->in_kernel_map = false;
		table_devalidate(mfn, f->type); /* X3 */
	}
	frame_put(mfn);
}
