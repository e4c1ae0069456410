/* table.c - the front-ends: one line makes one known to the bus. */
#include <drivers/front/blk.h>
#include <drivers/front/hvc.h>
#include <drivers/front/net.h>
#include <drivers/xen/xenbus.h>

const struct xenbus_driver *const xenbus_front_drivers[] = {
	&blk_front_driver,
	&net_front_driver,
	&hvc_front_driver,
	NULL,
};
