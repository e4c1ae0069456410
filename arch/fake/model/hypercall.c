/*
 * hypercall.c - the door: dispatch by number, trace, the reasons for refusals.
 *
 * The numbers and names come from abi/xen/hypercall.def. A call that the model
 * does not play is refused with -ENOSYS, by name.
 */
#include "model.h"

#include <stdio.h>
#include <string.h>
#include "options.h"

#define TRACE_MAX 4096

struct model_options options;
static char refusal[256];
static unsigned long refusals;
static struct model_call trace[TRACE_MAX];
static size_t trace_len;
static unsigned refuse_nr;
static int refuse_err;

long refuse(int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(refusal, sizeof(refusal), fmt, args);
	va_end(args);
	refusals++;
	return -err;
}

void violation(const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fake_violation(text);
}

const char *model_refusal(void)
{
	return refusal;
}

unsigned long model_refusals(void)
{
	return refusals;
}

static long not_played(const char *name)
{
	return refuse(ENOSYS, "the model does not play %s", name);
}

#define NOT_PLAYED(name)                                                                           \
	static long hc_##name(const unsigned long a[5])                                            \
	{                                                                                          \
		(void)a;                                                                           \
		return not_played(#name);                                                          \
	}
NOT_PLAYED(set_trap_table)
NOT_PLAYED(set_gdt)
NOT_PLAYED(set_callbacks)
NOT_PLAYED(set_debugreg)
NOT_PLAYED(get_debugreg)
NOT_PLAYED(update_descriptor)
NOT_PLAYED(update_va_mapping_otherdomain)
NOT_PLAYED(iret)
NOT_PLAYED(nmi_op)
NOT_PLAYED(callback_op)
NOT_PLAYED(physdev_op)
NOT_PLAYED(hvm_op)
NOT_PLAYED(argo_op)
NOT_PLAYED(xenpmu_op)

static void trace_add(unsigned nr, const unsigned long a[5])
{
	bool is_list = nr == __HYPERVISOR_mmu_update || nr == __HYPERVISOR_mmuext_op ||
		nr == __HYPERVISOR_multicall;

	if (trace_len < TRACE_MAX) {
		trace[trace_len++] =
			(struct model_call){ nr, is_list ? (unsigned)a[1] : 1, multicall_active() };
	}
}

size_t model_trace_get(struct model_call *calls, size_t max)
{
	for (size_t i = 0; i < trace_len && i < max; i++) {
		calls[i] = trace[i];
	}
	return trace_len;
}

void model_trace_clear(void)
{
	trace_len = 0;
}

void model_refuse_next(unsigned nr, int err)
{
	refuse_nr = nr;
	refuse_err = err;
}

#define DISPATCH(nr, name)                                                                         \
	case nr:                                                                                   \
		return hc_##name(a);
#define HC0(nr, name, ...) DISPATCH(nr, name)
#define HC1(nr, name, ...) DISPATCH(nr, name)
#define HC2(nr, name, ...) DISPATCH(nr, name)
#define HC3(nr, name, ...) DISPATCH(nr, name)
#define HC4(nr, name, ...) DISPATCH(nr, name)
#define HC5(nr, name, ...) DISPATCH(nr, name)

long dispatch(unsigned nr, const unsigned long a[5])
{
	trace_add(nr, a);
	if (refuse_err && nr == refuse_nr) {
		int err = refuse_err;

		refuse_err = 0;
		return refuse(err, "the test wanted call %u refused", nr);
	}
	switch (nr) {
#include <xen/hypercall.def>
	default:
		return refuse(ENOSYS, "there is no hypercall %u", nr);
	}
}

long model_hypercall(unsigned nr, unsigned long a1, unsigned long a2, unsigned long a3,
	unsigned long a4, unsigned long a5)
{
	const unsigned long a[5] = { a1, a2, a3, a4, a5 };
	long rc;

	if (options.tlb_prefetch) {
		tlb_prefetch();
	}
	clock_advance(200 + random_below(800));
	rc = dispatch(nr, a);
	world_step();
	return rc;
}
