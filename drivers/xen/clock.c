/*
 * clock.c - arch/clock.h on Xen: the paravirtual clock, the wall clock, the one-shot timer.
 *
 * Our time is Xen's system time (clock_sample.h), by one set of numbers for all CPUs
 * where that can be (clock_shared.c), else by each CPU's own. The wall clock is
 * that system time plus an offset in the shared info page, plus what
 * clock_wall_set() has added.
 *
 * Our time starts at 0: `origin` is the system time of the first instruction, as
 * the port saw it, or else of the first question.
 *
 * One-shot events go through set_timer_op. Against VCPUOP_set_singleshot_timer
 * it passes its one argument in a register, so Xen copies nothing in, and a
 * deadline that has passed fires at once instead of being refused. The periodic
 * timer that some versions of Xen start for PV domains is stopped.
 *
 * Invariants:
 *   K1, K3  of clock_sample.c.
 *   K2  Time never goes back: where the CPUs' counters are not one, the largest
 *       value handed out is the least that may follow.
 *   K4  The counter may be behind what Xen published (another CPU's may be ahead),
 *       and a time may lie before the origin: differences are signed, and what
 *       would be before 0 is 0.
 */
#include <arch/clock.h>
#include <arch/plain.h>
#include <drivers/xen/clock.h>
#include <drivers/xen/evtchn.h>
#include <drivers/xen/hypercall.h>
#include <drivers/xen/platform.h>
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/panic.h>
#include <kernel/string.h>
#include <kernel/timer.h>
#include <xen/vcpu.h>
#include "clock_sample.h"
#include "clock_shared.h"

/* Far beyond any machine's life, yet positive for Xen's signed time. */
#define SYSTEM_TIME_MAX (UINT64_C(1) << 62)

static uint64_t origin;
static bool has_origin;
static nsec_t wall_adjust; /* modulo 2^64 */
static nsec_t last_given;
static nsec_t behind_most; /* furthest that Xen's time was behind last_given: for the report */
static uint64_t armed[CONFIG_NR_CPUS]; /* system time, 0: none */

static void origin_set(uint64_t system)
{
	if (!has_origin) {
		origin = system;
		has_origin = true;
	}
}

/* K4 */
static nsec_t since_origin(uint64_t system)
{
	return (int64_t)(system - origin) < 0 ? 0 : system - origin;
}

/* K2 */
static nsec_t never_back(nsec_t now)
{
	nsec_t last = __atomic_load_n(&last_given, __ATOMIC_RELAXED);

	while (now > last) {
		if (__atomic_compare_exchange_n(
			    &last_given, &last, now, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
			return now;
		}
	}
	if (last - now > READ_ONCE(behind_most)) {
		WRITE_ONCE(behind_most, last - now);
	}
	return last;
}

nsec_t clock_of_sample(const struct sample *s)
{
	return since_origin(system_at(s, s->tsc));
}

nsec_t clock_now(void)
{
	struct sample s;
	nsec_t now;

	plain_count(PLAIN_TIME);
	if (clock_shared_now(&now)) {
		return now;
	}
	if (!sample_here(&s)) {
		return 0;
	}
	origin_set(system_at(&s, s.tsc));
	return never_back(clock_of_sample(&s));
}

nsec_t clock_at_tsc(uint64_t tsc)
{
	struct sample s;

	if (!sample_here(&s)) {
		return 0;
	}
	origin_set(system_at(&s, tsc));
	return since_origin(system_at(&s, tsc));
}

uint64_t clock_to_system(nsec_t when)
{
	return MIN(when, SYSTEM_TIME_MAX - origin) + origin;
}

/* The wall clock at our time 0. */
static nsec_t wall_start(void)
{
	const volatile struct shared_info *shared = xen_platform.shared;
	uint32_t version;
	uint64_t sec, nsec;

	do {
		version = shared->wc_version;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		sec = (uint64_t)shared->xen_wc_sec_hi << 32 | shared->wc_sec;
		nsec = shared->wc_nsec;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
	} while (version & 1 || version != shared->wc_version);
	return sec * NSEC_PER_SEC + nsec + origin + READ_ONCE(wall_adjust);
}

nsec_t clock_wall(void)
{
	nsec_t start;

	if (!xen_platform.shared) {
		return 0;
	}
	start = wall_start();
	clock_shared_wall(start);
	return start + clock_now();
}

void clock_wall_set(nsec_t wall)
{
	WRITE_ONCE(wall_adjust, wall_adjust + wall - clock_wall());
	clock_shared_wall(wall_start());
}

void clock_event_set(nsec_t deadline)
{
	uint64_t *mine = &armed[cpu_id()];
	uint64_t wanted = deadline == CLOCK_NEVER ? 0 : clock_to_system(deadline);
	long err;

	if (wanted == *mine) {
		return;
	}
	*mine = wanted;
	err = xen_set_timer_op(wanted);
	if (err) {
		panic("clock: Xen refused a timer at %lu: %ld", (unsigned long)wanted, err);
	}
}

static bool timer_event(evtchn_port_t port, void *arg)
{
	armed[cpu_id()] = 0;
	timer_interrupt();
	return true;
}

int clock_cpu_init(unsigned cpu)
{
	struct evtchn_handler handler = { .handle = timer_event, .name = "timer", .rebinds = true };
	long err = xen_vcpu_op(VCPUOP_stop_periodic_timer, cpu, NULL);
	int port;

	if (err) {
		log_warn("clock: Xen does not stop the periodic timer: %ld", err);
	}
	port = evtchn_bind_virq(VIRQ_TIMER, cpu, handler);
	if (port < 0) {
		return port;
	}
	err = evtchn_set_priority((evtchn_port_t)port, EVTCHN_FIFO_PRIORITY_MAX);
	if (err && err != -ENOSYS) {
		log_warn("clock: no priority for the timer's events: %ld", err);
	}
	evtchn_unmask((evtchn_port_t)port);
	return 0;
}

void clock_init(void)
{
	int err = clock_cpu_init(0);

	if (err) {
		panic("clock: Xen refused the timer's event channel: %s", errno_name(err));
	}
	clock_shared_init();
}

int clock_resume(nsec_t now)
{
	struct sample s;

	if (!sample_here(&s)) {
		return -ENODATA;
	}
	origin = system_at(&s, s.tsc) - now;
	memset(armed, 0, sizeof(armed));
	clock_shared_resume(now);
	clock_shared_wall(wall_start());
	return 0;
}

/* Ready to run and not let, or not even schedulable: neither is the guest's choice. */
nsec_t clock_stolen(unsigned cpu)
{
	struct vcpu_runstate_info info;

	if (xen_vcpu_op(VCPUOP_get_runstate_info, cpu, &info)) {
		return 0;
	}
	return info.time[RUNSTATE_runnable] + info.time[RUNSTATE_offline];
}

static unsigned tsc_mhz(const struct sample *s)
{
	uint64_t hz = (NSEC_PER_SEC << 32) / s->mul;

	hz = s->shift < 0 ? hz << -s->shift : hz >> s->shift;
	return (unsigned)(hz / 1000000);
}

const char *clock_describe(char *buf, size_t size)
{
	struct sample s;
	nsec_t now;

	if (!sample_here(&s)) {
		fmt_print(buf, size, "xen pvclock, not published");
	} else if (clock_shared_now(&now)) {
		fmt_print(buf, size, "xen pvclock, %u MHz tsc, one for all CPUs%s", tsc_mhz(&s),
			xen_platform.tsc_is_emulated ? ", emulated" : "");
	} else {
		fmt_print(buf, size, "xen pvclock, %u MHz tsc, at most %lu us held back",
			tsc_mhz(&s), (unsigned long)(READ_ONCE(behind_most) / NSEC_PER_USEC));
	}
	return buf;
}
