/* port.h (pv-x86) - what the files of this port share among themselves. */
#ifndef PV_PORT_H
#define PV_PORT_H

#include <kernel/types.h>

struct port_user;
struct start_info;

/* First C of the kernel, on the boot stack (64/entry.S); `tsc` was read by the first instruction. */
void pv_start(struct start_info *info, uint64_t tsc) __noreturn;

/* Tell Xen the trap table and the event, failsafe and system-call entries. */
void port_traps_register(void);

/* A program's FS and GS bases, into the batch. */
void port_bases_queue(const struct port_user *user, const void *site);

/* The space that pt_load() queued has been loaded: after the flush. Preemption off. */
void pt_loaded(void);

#endif
