/*
 * vcpu.c - further virtual CPUs on Xen: what they need, and interrupting them.
 *
 * Everything is made by the boot CPU before the other one runs: Xen lets a CPU place the
 * vcpu_info of another only then, and binding event channels to it works from anywhere.
 * CPUs interrupt each other through one event channel each, at the highest priority, and wake each
 * other from a wait for a lock through another, which stays masked: it is polled only.
 */
#include <arch/clock.h>
#include <arch/smp.h>
#include <drivers/xen/batch.h>
#include <drivers/xen/clock.h>
#include <drivers/xen/evtchn.h>
#include <drivers/xen/hypercall.h>
#include <drivers/xen/vcpu.h>
#include <kernel/errno.h>
#include <kernel/panic.h>
#include <kernel/smp.h>
#include <xen/sched.h>
#include <xen/vcpu.h>

#define VCPUS_MAX 4096u /* against an endless search */

#define KICK_PATIENCE NSEC_PER_MSEC

static evtchn_port_t ports[CONFIG_NR_CPUS], kicks[CONFIG_NR_CPUS]; /* 0: none yet */

/* The first is the one that asks. */
unsigned xen_vcpus_present(void)
{
	unsigned count = 1;

	while (count < VCPUS_MAX && xen_vcpu_op(VCPUOP_is_up, count, NULL) >= 0) {
		count++;
	}
	return count;
}

static bool cpu_interrupt(evtchn_port_t port, void *arg)
{
	smp_poll();
	return true;
}

static int interrupt_bind(unsigned cpu)
{
	struct evtchn_handler handler = { .handle = cpu_interrupt, .name = "cpu", .rebinds = true };
	int kick = evtchn_bind_ipi(cpu,
		    (struct evtchn_handler){
			    .handle = cpu_interrupt, .name = "lock", .rebinds = true }),
	    port = evtchn_bind_ipi(cpu, handler), err;

	if (kick < 0 || port < 0) {
		return MIN(kick, port);
	}
	err = evtchn_set_priority((evtchn_port_t)port, EVTCHN_FIFO_PRIORITY_MAX);
	if (err && err != -ENOSYS) {
		return err;
	}
	evtchn_unmask((evtchn_port_t)port);
	ports[cpu] = (evtchn_port_t)port;
	kicks[cpu] = (evtchn_port_t)kick;
	return 0;
}

static int info_place(unsigned cpu, struct vcpu_info *info, gfn_t frame)
{
	struct vcpu_register_vcpu_info op = {
		.mfn = frame.n,
		.offset = (uint32_t)((vaddr_t)info & ~PAGE_MASK),
	};
	long err = xen_vcpu_op(VCPUOP_register_vcpu_info, cpu, &op);

	if (!err) {
		xen_platform.vcpu[cpu] = info;
	}
	return (int)err;
}

int xen_vcpu_prepare(unsigned cpu, struct vcpu_info *info, gfn_t frame)
{
	int err = info_place(cpu, info, frame);

	if (!err) {
		err = batch_cpu_init(cpu);
	}
	if (!err) {
		err = evtchn_cpu_init(cpu);
	}
	if (!err) {
		err = clock_cpu_init(cpu);
	}
	if (!err && !ports[0]) {
		err = interrupt_bind(0); /* a CPU alone needs none */
	}
	return err ? err : interrupt_bind(cpu);
}

int xen_vcpu_events_resume(unsigned cpu)
{
	int err = clock_cpu_init(cpu);

	return err || !ports[cpu] ? err : interrupt_bind(cpu);
}

int xen_vcpu_info_resume(gfn_t frame)
{
	return info_place(cpu_id(), xen_platform.vcpu[cpu_id()], frame);
}

void smp_interrupt(struct cpu *cpu)
{
	int err = evtchn_send(ports[cpu->id]);

	if (err) {
		panic("cpu %u cannot be interrupted: %s", cpu->id, errno_name(err));
	}
}

void smp_yield(void)
{
	xen_sched_op(SCHEDOP_yield, NULL);
}

void smp_kick_forget(void)
{
	if (kicks[cpu_id()]) {
		evtchn_clear(kicks[cpu_id()]);
	}
}

/* An interrupt that came and is masked would end every poll at once. */
void smp_kick_wait(void)
{
	evtchn_port_t wanted[] = { kicks[cpu_id()], ports[cpu_id()] };

	if (!wanted[0] || evtchn_is_pending(wanted[1])) {
		smp_yield();
	} else {
		evtchn_poll_any(wanted, ARRAY_SIZE(wanted), clock_now() + KICK_PATIENCE);
	}
}

/* One that has no port yet does not sleep. */
void smp_kick(struct cpu *cpu)
{
	if (kicks[cpu->id]) {
		(void)evtchn_send(kicks[cpu->id]);
	}
}
