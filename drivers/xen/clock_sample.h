/*
 * clock_sample.h - what Xen publishes about the time on this CPU, and what follows from it.
 *
 * Xen publishes, per vCPU, a system time (nanoseconds since the host started),
 * the time stamp counter at which it held and the factor between the two; we add
 * what the counter has advanced (public xen.h, struct vcpu_time_info).
 */
#ifndef CLOCK_SAMPLE_H
#define CLOCK_SAMPLE_H

#include <kernel/types.h>

struct sample {
	uint64_t system; /* of tsc_base */
	uint64_t tsc_base;
	uint64_t tsc; /* now */
	uint32_t mul;
	int8_t shift;
	uint8_t flags;
};

/* K1, K3. False before the port has found the time. Any context. */
bool sample_here(struct sample *s);

/*
 * K4. System time when the counter reads `tsc`. The counter of a domain is the host's plus an
 * offset and may pass through zero; only the difference counts, and its sign.
 */
uint64_t system_at(const struct sample *s, uint64_t tsc);

#endif
