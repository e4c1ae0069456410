/*
 * drivers/xen/grant.h - the grant table: letting another domain use a frame of ours.
 *
 * A grant names a domain, a frame and whether it may write. The other domain
 * may use it at any time until the grant is ended, and ending can fail: while it
 * has the frame mapped, or Xen copies, the grant stays. Asking first and ending
 * then would race (public advisory XSA-396), so ending itself gives the answer.
 *
 * The table grows page by page up to what Xen, the option grant_frames and
 * grant_limit_set() allow. References 0 to 7 are the toolstack's.
 */
#ifndef DRIVERS_XEN_GRANT_H
#define DRIVERS_XEN_GRANT_H

#include <kernel/types.h>
#include <xen/xen.h>

struct page;

/* A grant reference: what the other domain is told. */
typedef struct {
	uint32_t n;
} gref_t;

#define GREF_NONE ((gref_t){ ~0u })

static inline bool gref_is_none(gref_t ref)
{
	return ref.n == ~0u;
}

/*
 * Grant `frame` to `domid`: 0 and *ref, or -ENOSPC when the table is full. Any
 * context; only a thread with interrupts on waits for the table to grow, others
 * live on what a thread of ours keeps in reserve.
 */
int grant_access(domid_t domid, pfn_t frame, bool is_readonly, gref_t *ref) __must_check;

/* End it: 0, and the reference is gone; -EBUSY: still in use, nothing changed, the frame must not be reused. Any context. */
int grant_try_end(gref_t ref) __must_check;

/*
 * End it, now or as soon as the other domain lets go, and then free `page` (one
 * frame, may be NULL). The reference and the page are no longer the caller's. Any context.
 */
void grant_end(gref_t ref, struct page *page);

/* Have `count` references free without growing later. 0 or -ENOSPC. Threads. */
int grant_reserve(unsigned count) __must_check;

/* An errno for a status (GNTST_*) of a grant table operation; 0 for GNTST_okay. */
int grant_status_errno(int status);

struct grant_stats {
	unsigned frames, frames_max; /* pages of table */
	unsigned free;		     /* references */
	unsigned in_use;
	unsigned deferred;  /* in use by the other side after we ended them */
	unsigned long full; /* times there was none */
};
void grant_stats_get(struct grant_stats *stats);

/* Let the table grow to at most this many pages; what it has stays. Returns the former limit. */
unsigned grant_limit_set(unsigned frames);

/* Boot: the first page; a warning and no grants at all when Xen refuses. */
void grant_init(void);
/* Threads run: retry deferred ends, keep a reserve. */
void grant_start(void);

/* Most pages of table that are used, whatever Xen allows. */
#define GRANT_FRAMES_MAX 128u

/*
 * Provided by the port: make page `index` of the grant table exist and map it.
 * Called with ascending indices, one at a time, from a thread. 0, -ENOMEM, or Xen's refusal.
 */
int port_grant_frame_map(unsigned index, void **va) __must_check;

/*
 * After a restore: the table's pages at their places, all entries 0, so that whatever was granted no longer is; references
 * stay in use until their owners end them. CPUs are stopped, interrupts masked. 0 or Xen's refusal.
 */
int grant_resume(void) __must_check;

/* Provided by the port, for that: page `index` at `va` again. */
int port_grant_frame_resume(unsigned index, void *va) __must_check;

#endif
