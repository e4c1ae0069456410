/* drivers/xen/proc.h - /proc/paravane/hypercalls, batch and batches. */
#ifndef DRIVERS_XEN_PROC_H
#define DRIVERS_XEN_PROC_H

/* As soon as the heap works; says so if it fails. */
void xen_proc_init(void);

#endif
