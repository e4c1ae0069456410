/* places.c (64-bit) - where Xen is, or would be, in an address space, and where we are. */
#include <port/layout.h>
#include "../tour.h"

const char tour_places_where[] = "On 64-bit PV that is from ffff800000000000 to ffff87ff...";

const struct tour_place tour_places[] = {
	{ LAYOUT_XEN_BASE, "read ffff800000000000", "Xen's machine-to-physical table" },
	{ 0xffff820000000000, "read ffff820000000000", "Xen's own page tables" },
	{ 0xffff82d040200000, "read ffff82d040200000", "Xen's text" },
	{ 0xffff830000000000, "read ffff830000000000", "Xen's map of all memory" },
	{ LAYOUT_DIRECT_BASE, "read ffff888000000000", "our memory" },
	{ 0 },
};
