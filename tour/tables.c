/* tables.c - page tables, which a hypervisor has to keep under its control. */
#include "tour.h"

void tour_tables(void)
{
	tour_say(
		"Whoever writes page tables can reach all memory. A hypervisor can shadow them, have a second");
	tour_say(
		"set walked by hardware, or (Xen PV) let the guest have the real ones, but read-only.");
	tour_tables_here();
}
