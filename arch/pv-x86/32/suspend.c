/* suspend.c (pv32) - a domain of this kind runs in a shim, and is not saved: the shim would have to be. */
#include "../port.h"

void port_suspend_init(void)
{
}
