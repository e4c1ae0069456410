/* drivers/xen/xenlog.h - the kernel log on Xen's own console. */
#ifndef DRIVERS_XEN_XENLOG_H
#define DRIVERS_XEN_XENLOG_H

/* Boot: begin if the option asks for it. */
void xenlog_init(void);

/* From now on, and what the log's ring still holds; once. One CPU at a time, any context in which one may log. */
void xenlog_begin(void);

#endif
