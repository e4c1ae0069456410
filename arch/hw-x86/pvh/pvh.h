/* pvh.h - what the files of the PVH port want from each other. */
#ifndef PVH_H
#define PVH_H

#include <kernel/types.h>

struct hvm_start_info;

/* ---- xen.c: finding Xen and what it gave us ---------------------------- */

/* Whether there is a Xen; if so hypercalls work from now on. */
bool xen_find(void);

/* Fill xen_platform's version, console and store rings; announce their frames to paging. */
void xen_rings_find(void);

/* Place the shared info page, start the clock, count vCPUs. Regions are known. */
void xen_shared_info_place(const struct hvm_start_info *info);

/* After a restore: what the two above and xen_callback_set() did. 0, or Xen's refusal. */
int xen_machine_resume(void);

/* Have event channels raise VECTOR_XEN. */
void xen_callback_set(void);

/* ---- smp.c ---------------------------------------------------------------- */

extern const struct xen_suspend pvh_suspend;

/* ---- foreign.c: this image without Xen --------------------------------- */

/* The log goes to the first serial port from now on; the machine ends by the PC's means. */
void foreign_bare_init(void);
/* End such a machine; returns under Xen. */
void foreign_bare_end(void);

#endif
