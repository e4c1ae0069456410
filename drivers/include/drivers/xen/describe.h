/* drivers/xen/describe.h - the hypervisor, in a few log lines. */
#ifndef DRIVERS_XEN_DESCRIBE_H
#define DRIVERS_XEN_DESCRIBE_H

/* Log Xen's version, its features for this domain, and the domain's UUID. */
void xen_describe(void);

#endif
