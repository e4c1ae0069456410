/* report.h - the machine and the kernel, described in the log: at boot and by the monitor's `report`. */
#ifndef KERNEL_REPORT_H
#define KERNEL_REPORT_H

#include <kernel/types.h>

/* Version, environment, compiler, build options: the first line of every log. */
void report_banner(void);

/* CPU, hypervisor, clock. */
void report_machine(void);

/* Remember that the kernel is ready now, and log how long that took, the image's size and memory use. */
void report_boot(void);

/* All of it, and the memory map. */
void report_all(void);

#endif
