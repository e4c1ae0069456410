/* drivers/xen/xenlog.h - the kernel log on Xen's own console. */
#ifndef DRIVERS_XEN_XENLOG_H
#define DRIVERS_XEN_XENLOG_H

/* Add the sink if the option asks for it. */
void xenlog_init(void);

#endif
