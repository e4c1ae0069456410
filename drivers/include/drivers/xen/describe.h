/* drivers/xen/describe.h - what the hypervisor is. */
#ifndef DRIVERS_XEN_DESCRIBE_H
#define DRIVERS_XEN_DESCRIBE_H

/* As early as hypercalls can be counted: fill in version and features of xen_platform. */
void xen_version_ask(void);

/* Log Xen's version, capabilities, and features for this domain. */
void xen_describe(void);

#endif
