/*
 * drivers/xen/vcpu.h - where each CPU's struct vcpu_info lies.
 *
 * Xen's number of a vCPU is our CPU id. Only the boot CPU runs so far; its
 * vcpu_info is named by the port. NULL before the port has found it.
 */
#ifndef DRIVERS_XEN_VCPU_H
#define DRIVERS_XEN_VCPU_H

#include <drivers/xen/platform.h>
#include <kernel/panic.h>

static inline struct vcpu_info *vcpu_info_of(unsigned cpu)
{
	assert_that(cpu == 0, "only the boot CPU runs");
	return xen_platform.boot_vcpu;
}

#endif
