/*
 * drivers/xen/vcpu.h - virtual CPUs: how many, where each's struct vcpu_info lies, and
 * what Xen has to know of a further one before it starts.
 *
 * Xen's number of a vCPU is our CPU id. The port names the boot CPU's vcpu_info.
 */
#ifndef DRIVERS_XEN_VCPU_H
#define DRIVERS_XEN_VCPU_H

#include <drivers/xen/platform.h>

/* NULL before it was placed. */
static inline struct vcpu_info *vcpu_info_of(unsigned cpu)
{
	return xen_platform.vcpu[cpu];
}

/* How many the domain has. Works from the first hypercall on. */
unsigned xen_vcpus_present(void);

/*
 * On the boot CPU, services up: place the vcpu_info of a CPU that does not run at `info`,
 * in frame `frame`; give it a batch, events, a timer, and an event channel for
 * smp_interrupt(). 0 or a negative errno; what was made so far is not taken back.
 */
int xen_vcpu_prepare(unsigned cpu, struct vcpu_info *info, gfn_t frame) __must_check;

/* After a restore: bind its timer and its interrupt anew. CPUs are stopped. 0 or a negative errno. */
int xen_vcpu_events_resume(unsigned cpu) __must_check;
/* After a restore, on a further CPU itself: its vcpu_info, which lies in `frame`, is there again. 0 or a negative errno. */
int xen_vcpu_info_resume(gfn_t frame) __must_check;

#endif
