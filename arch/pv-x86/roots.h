/* roots.h (pv-x86) - the tables at the top of an address space, which differ by width: 64/roots.c, 32/roots.c. */
#ifndef PV_ROOTS_H
#define PV_ROOTS_H

#include <port/roots.h>
#include <x86/pt.h>
#include <xen/xen.h>

/* Xen counts its commands from the first level up. */
#define PIN_ROOT (MMUEXT_PIN_L1_TABLE + PT_LEVELS - 1)

/* A zeroed, private root. 0 or -ENOMEM. */
int pt_root_alloc(struct mmu_aspace *as, pfn_t *root) __must_check;

/* What tells Xen to load the space on this CPU. */
void pt_load_ops(const struct mmu_aspace *as, struct mmuext_op ops[PT_LOAD_OPS]);

#endif
