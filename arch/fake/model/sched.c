/*
 * sched.c - waiting, the end of the domain, and its one vCPU.
 *
 * A guest that waits lets the world turn: daemons answer, then the clock jumps
 * to the timer. When nothing at all can wake it, that is a violation, since on a
 * real machine it would hang for ever.
 */
#include "model.h"

#include <string.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include "options.h"

void world_step(void)
{
	store_step();
	console_step();
	clock_check();
	if (options.spurious && random_below(64) == 0) {
		evtchn_mark_upcall();
	}
}

void model_world_step(void)
{
	world_step();
}

/* SCHEDOP_block: unmask, and return once there is an upcall to take. */
static long block(void)
{
	evtchn_upcall_unmask();
	for (unsigned idle = 0; !evtchn_upcall_pending(); idle++) {
		world_step();
		if (!evtchn_upcall_pending() && !clock_jump() && !clock_deadlock() && idle > 16) {
			violation("the guest waits, and nothing is left that could wake it");
		}
	}
	return 0;
}

static bool poll_is_done(const struct sched_poll *poll)
{
	const evtchn_port_t *ports;

	memcpy(&ports, &poll->ports, sizeof(ports));
	for (unsigned i = 0; i < poll->nr_ports; i++) {
		if (model_evtchn_is_pending(ports[i])) {
			return true;
		}
	}
	return evtchn_upcall_wanted();
}

/* SCHEDOP_poll: until one of the ports is pending, or the time has come (0: never). */
static long poll_ports(const struct sched_poll *poll)
{
	for (unsigned idle = 0; !poll_is_done(poll); idle++) {
		world_step();
		if (poll->timeout && idle > 4) {
			if (clock_read() < poll->timeout) {
				clock_advance(poll->timeout - clock_read());
				clock_publish();
			}
			return 0;
		}
		if (!poll->timeout && idle > 16 && !clock_jump() && !clock_deadlock()) {
			violation(
				"the guest polls for ever, and nothing is left that could wake it");
		}
	}
	return 0;
}

static enum model_saved saved;
static unsigned saves;

void model_on_suspend(enum model_saved how)
{
	saved = how;
}

unsigned model_suspends(void)
{
	return saves;
}

static long shutdown(unsigned reason)
{
	if (reason != SHUTDOWN_suspend) {
		fake_shutdown(reason);
	}
	saves++;
	if (saved == MODEL_RUNS_ON) {
		return 1;
	}
	restore();
	return 0;
}

long hc_sched_op(const unsigned long a[5])
{
	switch (a[0]) {
	case SCHEDOP_yield:
		return 0;
	case SCHEDOP_block:
		return block();
	case SCHEDOP_poll:
		return poll_ports((const void *)a[1]);
	case SCHEDOP_shutdown:
		return shutdown(((const struct sched_shutdown *)a[1])->reason);
	default:
		return refuse(ENOSYS, "sched_op %lu", a[0]);
	}
}

/* It has been running ever since. */
static long runstate(struct vcpu_runstate_info *info)
{
	memset(info, 0, sizeof(*info));
	info->state = RUNSTATE_running;
	info->state_entry_time = clock_read();
	info->time[RUNSTATE_running] = clock_read();
	return 0;
}

long hc_vcpu_op(const unsigned long a[5])
{
	if (a[1] >= (options.cpus ? options.cpus : 1)) {
		return refuse(ENOENT, "vcpu %lu", a[1]);
	}
	switch (a[0]) {
	case VCPUOP_is_up:
		return a[1] == 0;
	case VCPUOP_get_runstate_info:
		return runstate((void *)a[2]);
	case VCPUOP_stop_periodic_timer:
	case VCPUOP_stop_singleshot_timer:
		return 0;
	default:
		return refuse(ENOSYS, "vcpu_op %lu", a[0]);
	}
}
