/*
 * bringup.c - every CPU the machine has, one after the other.
 *
 * A CPU that does not come up is where it ends: numbers have no gaps, and what
 * runs so far is a machine. It is said in one line.
 */
#include <arch/boot.h>
#include <arch/clock.h>
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/option.h>
#include <kernel/page.h>
#include <kernel/smp.h>
#include "sched.h"

#define PATIENCE (20 * NSEC_PER_SEC) /* a busy machine may not run it for seconds */

static unsigned cpus_wanted = CONFIG_NR_CPUS;
OPTION_UINT(cpus, "cpus", cpus_wanted, 1, CONFIG_NR_CPUS, "most CPUs to use");

static bool wait_for(const struct cpu *cpu)
{
	nsec_t end = clock_now() + PATIENCE;

	while (!(smp_running() & cpu_bit(cpu->id))) {
		if (clock_now() >= end) {
			return false;
		}
		thread_sleep(NSEC_PER_MSEC / 10);
	}
	return true;
}

/* Set by whoever is first: the CPU that has come up, or who no longer waits for it. */
static bool is_settled[CONFIG_NR_CPUS];

static bool settle(unsigned id)
{
	return !__atomic_exchange_n(&is_settled[id], true, __ATOMIC_ACQ_REL);
}

/* What stays allocated on failure may be in the hands of a CPU that is only late. */
static int start(unsigned id)
{
	struct cpu *cpu = page_alloc_zeroed();
	int err;

	if (!cpu) {
		return -ENOMEM;
	}
	cpu->id = id;
	cpu->current = thread_idle_make(cpu);
	if (!cpu->current) {
		page_free(page_of(virt_to_pfn(cpu)), 0);
		return -ENOMEM;
	}
	sched_cpu_init(cpu, cpu->current, cpu->current);
	cpus[id] = cpu;
	err = smp_cpu_start(cpu);
	if (!err && !wait_for(cpu) && settle(id)) {
		err = -ETIMEDOUT;
	}
	if (err) {
		WRITE_ONCE(cpus[id], NULL);
	}
	return err;
}

static bool is_complete;

bool smp_is_complete(void)
{
	return __atomic_load_n(&is_complete, __ATOMIC_ACQUIRE);
}

static void start_each(void)
{
	unsigned present = boot_info.cpus_present, usable = MIN(present, (unsigned)CONFIG_NR_CPUS);

	if (present > usable) {
		log_warn("cpu: the machine has %u, this kernel was built for at most %u", present,
			usable);
	}
	usable = MIN(usable, cpus_wanted);
	for (unsigned id = 1; id < usable; id++) {
		int err = start(id);

		if (err) {
			log_warn("cpu: number %u does not start: %s", id, errno_name(err));
			return;
		}
		cpu_count = id + 1;
	}
}

void smp_start_all(void)
{
	start_each();
	__atomic_store_n(&is_complete, true, __ATOMIC_RELEASE);
}

/* Too late is never: its number may be given to nobody else, but the machine went on without it. */
void smp_cpu_main(void)
{
	if (!settle(cpu_id())) {
		smp_halt();
	}
	smp_running_add(cpu_id());
	sched_idle_loop();
}
