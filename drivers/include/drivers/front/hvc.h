/* drivers/front/hvc.h - the front-end of consoles beyond the first: terminals /dev/hvcN. */
#ifndef DRIVERS_FRONT_HVC_H
#define DRIVERS_FRONT_HVC_H

#include <drivers/xen/xenbus.h>

extern const struct xenbus_driver hvc_front_driver;

#endif
