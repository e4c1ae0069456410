/* drivers/xen/control.h - what the toolstack asks of the domain: control/shutdown and control/sysrq. */
#ifndef DRIVERS_XEN_CONTROL_H
#define DRIVERS_XEN_CONTROL_H

/* Watch for requests, and say which ones are understood. */
void control_init(void);

/* Say it (control/feature-*): at boot, and again in the store of a restored domain. */
void control_announce(void);

#endif
