/*
 * clock_sample.c - reading what Xen publishes about the time.
 *
 *   K1  It is used only if `version` was even and the same before and after.
 *   K3  The counter and the factors are read on one CPU: preemption is off.
 */
#include <drivers/xen/vcpu.h>
#include <kernel/thread.h>
#include <x86/asm.h>
#include "clock_sample.h"

/* K1 */
static struct sample sample_take(const volatile struct vcpu_time_info *t)
{
	struct sample s;
	uint32_t version;

	do {
		version = t->version;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		s.system = t->system_time;
		s.tsc_base = t->tsc_timestamp;
		s.mul = t->tsc_to_system_mul;
		s.shift = t->tsc_shift;
		s.flags = t->flags;
		s.tsc = rdtsc_ordered();
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
	} while (version & 1 || version != t->version);
	return s;
}

static uint64_t ticks_to_nsec(const struct sample *s, uint64_t ticks)
{
	ticks = s->shift < 0 ? ticks >> -s->shift : ticks << s->shift;
	return (ticks >> 32) * s->mul + ((ticks & UINT32_MAX) * s->mul >> 32);
}

uint64_t system_at(const struct sample *s, uint64_t tsc)
{
	uint64_t ticks = tsc - s->tsc_base;

	return (int64_t)ticks >= 0 ? s->system + ticks_to_nsec(s, ticks)
				   : s->system - ticks_to_nsec(s, 0 - ticks);
}

bool sample_here(struct sample *s)
{
	const struct vcpu_info *vcpu;

	if (!xen_platform.vcpu[0]) {
		return false;
	}
	preempt_disable();
	vcpu = vcpu_info_of(cpu_id());
	*s = sample_take(&vcpu->time);
	preempt_enable();
	return s->mul != 0;
}
