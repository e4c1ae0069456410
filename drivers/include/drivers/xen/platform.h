/*
 * drivers/xen/platform.h - what a Xen port found, and what the Xen services need of it.
 *
 * A PV kernel learns these from start_info, a PVH kernel from HVM parameters;
 * from here on drivers/ does not care which.
 */
#ifndef DRIVERS_XEN_PLATFORM_H
#define DRIVERS_XEN_PLATFORM_H

#include <kernel/types.h>
#include <xen/xen.h>

/* A frame number as Xen is told it: the machine frame on PV, the guest frame on PVH. */
typedef struct {
	unsigned long n;
} gfn_t;

/* How a port is saved and restored (docs/suspend.md): all CPUs are stopped, interrupts masked, no batch has entries. */
struct xen_suspend {
	/* Once memory can be allocated: tell what the toolstack looks for before it asks. NULL: nothing. */
	void (*init)(void);
	/* Memory holds frame numbers of the machine, and so may a thread that was interrupted: none is when save() is called. */
	bool wants_rest;
	/* On the boot CPU: have the domain saved. 0: restored. 1, or Xen's refusal: runs on, all is as it was. */
	int (*save)(void);
	/* After a restore, on the boot CPU: the shared info page, the way of events, the rings' ports, the counter. */
	int (*machine_resume)(void);
	/* Then on each further CPU: its vcpu_info. Both: 0, or Xen's refusal. */
	int (*cpu_resume)(void);
};

struct xen_platform {
	const struct xen_suspend *suspend; /* how the domain is saved */
	struct shared_info *shared;
	struct vcpu_info *vcpu[CONFIG_NR_CPUS]; /* by CPU; NULL: not yet placed */
	void *console_ring;			/* struct xencons_interface, NULL: none */
	uint32_t console_port;			/* event channel */
	void *store_ring;			/* struct xenstore_domain_interface, NULL: none */
	uint32_t store_port;
	bool is_pv;
	bool tsc_is_emulated, tsc_is_reliable; /* arch-x86/cpuid.h, leaf 4 */
	unsigned version_major, version_minor;
	char version_extra[16];
	uint32_t features; /* XENFEAT_*, the first 32 */
};

/* Filled by the port before kernel_main(). */
extern struct xen_platform xen_platform;

/* Provided by the port. */
gfn_t pfn_to_gfn(pfn_t p);

/* Map a frame that is not RAM of ours (a grant table, a shared info page) at a kernel address. PV: the gfn is a machine frame. NULL when out of memory. */
void *xen_map_foreign(const gfn_t *frames, size_t count) __must_check;

/*
 * The port's upcall entry calls this with interrupts masked and a trap frame
 * saved: handle every pending event of this vCPU.
 */
void xen_upcall(void);

/* Start the Xen services and front-ends, in order; the port's port_init_late() and port_init_devices() call these. */
void xen_services_init(void); /* event channels, clock, grants: no sleeping yet */
void xen_devices_init(void);  /* xenstore, xenbus, console, shutdown: threads run */

/* After a restore, services being there again, in the thread "xenwatch": reconnect what xen_devices_init() connected. */
void xen_devices_resume(void);

#endif
