/*
 * hypercall.c - the counters and names of hypercalls, and the proof that the
 * table's numbers are Xen's.
 */
#include <drivers/xen/hypercall.h>
#include <xen/xen.h>

struct hypercall_count hypercall_counts[CONFIG_NR_CPUS];

#define HC(nr, name)                                                                               \
	_Static_assert((nr) == __HYPERVISOR_##name, "xen.h: number of " #name);                    \
	_Static_assert((nr) < HYPERCALL_NR_MAX, "counters have room for " #name);
#define HC0(nr, name, ...) HC(nr, name)
#define HC1(nr, name, ...) HC(nr, name)
#define HC2(nr, name, ...) HC(nr, name)
#define HC3(nr, name, ...) HC(nr, name)
#define HC4(nr, name, ...) HC(nr, name)
#define HC5(nr, name, ...) HC(nr, name)
#include <xen/hypercall.def>
#undef HC

#define HC(nr, name) [nr] = #name,
static const char *const names[HYPERCALL_NR_MAX] = {
#include <xen/hypercall.def>
};
#undef HC

const char *hypercall_name(unsigned nr)
{
	return nr < HYPERCALL_NR_MAX && names[nr] ? names[nr] : "?";
}

void hypercall_count_one(unsigned nr, uint64_t *calls, uint64_t *entries)
{
	*calls = *entries = 0;
	for (unsigned cpu = 0; cpu < CONFIG_NR_CPUS; cpu++) {
		*calls += READ_ONCE(hypercall_counts[cpu].calls[nr]);
		*entries += READ_ONCE(hypercall_counts[cpu].entries[nr]);
	}
}

void hypercall_count_sum(struct hypercall_count *sum)
{
	for (unsigned nr = 0; nr < HYPERCALL_NR_MAX; nr++) {
		hypercall_count_one(nr, &sum->calls[nr], &sum->entries[nr]);
	}
}
