/* drivers/xen/control.h - what the toolstack asks of the domain: control/shutdown and control/sysrq. */
#ifndef DRIVERS_XEN_CONTROL_H
#define DRIVERS_XEN_CONTROL_H

/* Watch for requests, and say which ones are understood (control/feature-*). */
void control_init(void);

#endif
