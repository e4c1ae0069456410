/*
 * suspend.c - the domain is saved, and goes on (public sched.h, SHUTDOWN_suspend).
 *
 *   xenwatch, boot CPU                       each further CPU
 *   nobody talks to the store
 *   a thread for each CPU -----------------> interrupts masked, waits
 *   the port: shutdown(suspend)    ... the domain is saved ...
 *     1: "cancelled"                         as if nothing had been (`xl save -c`)
 *     0: restored: all that Xen knew of us is gone, memory is as it was
 *   shared info, clock, events, grants
 *   lets them go --------------------------> its vcpu_info, its timer
 *   console, store
 *   front-ends let go of their connections
 *   watches
 *   front-ends connect anew
 *
 * Front-ends are not told before: what is out stays out. If we were restored nobody will answer it, and it is
 * given back and sent again as after the loss of a back-end; else the answer comes.
 *
 * Invariants:
 *   V1  From the moment when CPUs are stopped until Xen's services are back nothing else runs.
 *   V2  Nothing is asked of the clock between the restore and clock_resume(): what it would say is of another machine.
 *   V3  Where a port wants rest, no thread is saved that stands anywhere in the kernel but where it sleeps: others
 *       are let on until they do, and after a while of that everything is begun anew.
 */
#include <arch/clock.h>
#include <arch/cpu.h>
#include <drivers/xen/clock.h>
#include <drivers/xen/evtchn.h>
#include <drivers/xen/grant.h>
#include <drivers/xen/platform.h>
#include <drivers/xen/suspend.h>
#include <drivers/xen/vcpu.h>
#include <drivers/xen/xenstore.h>
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/panic.h>
#include <kernel/smp.h>
#include <kernel/thread.h>
#include <kernel/timer.h>

#define TRIES	  100u
#define PARK_TIME (100 * NSEC_PER_MSEC)

static struct thread *parked[CONFIG_NR_CPUS];
static unsigned parked_count; /* atomic: CPUs that wait */
static bool is_released, is_new;

/* What Xen refuses here leaves a machine without events or memory: it cannot go on. */
static void must(int err, const char *what)
{
	if (err) {
		panic("suspend: after a restore Xen refuses %s: %s", what, errno_name(err));
	}
}

/* ---- the other CPUs ------------------------------------------------------- */

/* V3. Whom we displaced is let on. */
static bool is_restless(void)
{
	return xen_platform.suspend->wants_rest && !sched_is_at_rest();
}

static void park(void *arg)
{
	unsigned cpu = (unsigned)(uintptr_t)arg;
	int err = thread_affinity_set(thread_current(), UINT64_C(1) << cpu);
	irq_state_t irq;

	assert_that(!err, "a CPU that runs can be run on");
	while (is_restless() && !__atomic_load_n(&is_released, __ATOMIC_ACQUIRE)) {
		thread_yield();
	}
	irq = irq_save();
	__atomic_add_fetch(&parked_count, 1, __ATOMIC_RELEASE);
	for (unsigned turns = 0; !__atomic_load_n(&is_released, __ATOMIC_ACQUIRE); turns++) {
		smp_wait(turns);
	}
	if (is_new) {
		must(xen_platform.suspend->cpu_resume(), "a CPU's vcpu_info");
		timer_interrupt();
	}
	irq_restore(irq);
}

static void others_release(void)
{
	__atomic_store_n(&is_released, true, __ATOMIC_RELEASE);
	for (unsigned cpu = 0; cpu < CONFIG_NR_CPUS; cpu++) {
		if (parked[cpu]) {
			(void)thread_join(parked[cpu]);
			parked[cpu] = NULL;
		}
	}
}

/* V1. Without memory for a thread, or without rest in time (-EAGAIN), the others are let go again. */
static int others_park(void)
{
	uint64_t others = smp_running() & ~(UINT64_C(1) << cpu_id());
	unsigned count = 0;
	nsec_t end;
	bool is_all;
	int err = 0;

	is_released = is_new = false;
	parked_count = 0;
	for (unsigned cpu = 0; !err && cpu < CONFIG_NR_CPUS; cpu++) {
		if (others >> cpu & 1) {
			err = thread_create(&parked[cpu], "suspend", park, (void *)(uintptr_t)cpu);
			count++;
		}
	}
	if (err) {
		others_release();
		return err;
	}
	end = clock_now() + PARK_TIME;
	do {
		thread_sleep(NSEC_PER_MSEC);
		is_all = __atomic_load_n(&parked_count, __ATOMIC_ACQUIRE) >= count;
	} while (!is_all && (!xen_platform.suspend->wants_rest || clock_now() < end));
	if (!is_all) {
		others_release();
	}
	return is_all ? 0 : -EAGAIN;
}

/* ---- down and up ---------------------------------------------------------- */

static void services_resume(nsec_t now)
{
	uint64_t running = smp_running();

	must(xen_platform.suspend->machine_resume(), "the shared info page");
	must(clock_resume(now), "the time"); /* V2 */
	must(evtchn_resume(), "event channels");
	for (unsigned cpu = 0; cpu < CONFIG_NR_CPUS; cpu++) {
		if (running >> cpu & 1) {
			must(xen_vcpu_events_resume(cpu), "a CPU's events");
		}
	}
	must(grant_resume(), "the grant table");
	timer_interrupt();
}

/* As the port's save(); -EAGAIN: there is no rest. */
static int sleep_and_wake(void)
{
	irq_state_t irq = irq_save();
	nsec_t now = clock_now();
	int answer = is_restless() ? -EAGAIN : xen_platform.suspend->save();

	if (!answer) {
		is_new = true;
		services_resume(now);
	}
	irq_restore(irq);
	return answer;
}

static int stop_and_save(void)
{
	int answer = others_park();

	if (!answer) {
		answer = sleep_and_wake();
		others_release();
	}
	return answer;
}

void domain_suspend(void)
{
	int answer = -EAGAIN;

	while (!smp_is_complete()) {
		thread_sleep(NSEC_PER_MSEC);
	}
	log_info("suspend: the domain is being saved");
	xenstore_suspend();
	for (unsigned i = 0; i < TRIES; i++) {
		answer = stop_and_save();
		if (answer != -EAGAIN) {
			break;
		}
	}
	if (answer < 0) {
		log_err("suspend: not possible: %s", errno_name(answer));
	} else {
		log_info("suspend: the domain goes on%s", answer ? "" : ", restored");
	}
	if (answer) {
		xenstore_resume(false);
	} else {
		xen_devices_resume();
	}
}
