/* drivers/xen/suspend.h - the domain is saved, and goes on: here, or restored somewhere else. */
#ifndef DRIVERS_XEN_SUSPEND_H
#define DRIVERS_XEN_SUSPEND_H

/*
 * As the toolstack asked: stop, have the domain saved, and return when it goes on. The thread "xenwatch", on the
 * boot CPU; xen_platform.suspend is there.
 */
void domain_suspend(void);

#endif
