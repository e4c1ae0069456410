/*
 * places.c (pv32) - where Xen is in an address space of 4 GiB, and where we are.
 *
 * A 64-bit Xen has its text, tables and map of memory where 32 bits do not reach, and so needs no more
 * of the guest's addresses than the table that the guest is to read. A 32-bit one had them all here, and
 * kept the guest out by the limits of its segments: 168 MiB of every address space.
 */
#include <port/layout.h>
#include "../../tour.h"

const char tour_places_where[] = "On 32-bit PV that is what is above f5800000";

const struct tour_place tour_places[] = {
	{ LAYOUT_XEN_BASE, "read f5800000", "Xen's machine-to-physical table" },
	{ 0xfe000000, "read fe000000",
		"what a Xen of 32 bits would have at the end: page tables, text" },
	{ 0xffff0000, "read ffff0000", "and the last of it" },
	{ LAYOUT_DIRECT_BASE, "read 80000000", "our memory" },
	{ 0 },
};
