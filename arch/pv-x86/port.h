/* port.h (pv-x86) - what the files of this port share among themselves. */
#ifndef PV_PORT_H
#define PV_PORT_H

#include <drivers/xen/platform.h>
#include <x86/pte.h>

struct cpu;
struct port_user;
struct start_info;
struct vcpu_guest_context;

/* Flags of entries for the kernel's data. Accessed and dirty are set, so that no walk has to. */
#define DATA_READ_ONLY (PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY | PTE_NX)
#define DATA_WRITABLE  (DATA_READ_ONLY | PTE_WRITE)

/* First C of the kernel, on the boot stack (64/entry.S); `tsc` was read by the first instruction. */
void pv_start(struct start_info *info, uint64_t tsc) __noreturn;

/* The page at `va`, one of xen_map_foreign()'s, shows this frame from now on. Interrupts masked, other CPUs stopped. */
void foreign_set(vaddr_t va, gfn_t frame);

/*
 * Around a save (suspend.c): what Xen's builder or, after a restore, the toolstack says, in a page of its own, and
 * taking it from there. Have Xen find events masked; ask to be saved (as xen_suspend's save()); as its machine_resume()
 * and cpu_resume(). pv64's (64/suspend.c) are the grant table's pages, which are unmapped and, in the same domain, mapped again.
 */
extern struct start_info start_info_page;
void start_info_resume(void);
void suspend_events_mask(void);
int suspend_ask(void) __must_check;
int suspend_machine_resume(void) __must_check;
int suspend_cpu_resume(void) __must_check;
void grant_frames_hide(void);
void grant_frames_show(void);

/* Fill xen_platform.suspend. */
void port_suspend_init(void);

/* Tell Xen the trap table and the other entries. */
void port_traps_register(void);

/* A program's thread-local data, into the batch. */
void port_tls_queue(const struct port_user *user, const void *site);

/* The space that pt_load() queued has been loaded: after the flush. Preemption off. */
void pt_loaded(void);

/*
 * Steps of pv_start() that differ by width (64/early.c, 32/early.c). Xen's own table of
 * frames is found first; then the per-CPU base is set, before which no hypercall can be counted.
 */
void early_m2p_find(void);
void early_cpu_base_set(void);

/* Fill a zeroed context with which a CPU starts, as if it had called enter(cpu). 0 or a negative errno. */
int port_context_fill(struct vcpu_guest_context *context, struct cpu *cpu,
	void (*enter)(struct cpu *cpu)) __must_check;

#endif
