/*
 * cpu.c (fake) - entering the model, and taking upcalls on the way back.
 *
 * Where a real CPU could be interrupted anywhere, this one is at hypercalls,
 * clock readings, relaxing, and unmasking.
 */
#include <drivers/xen/platform.h>
#include <fake/fault.h>
#include <fake/model.h>
#include <fake/stack.h>
#include <kernel/cpu.h>
#include <kernel/thread.h>
#include <port/hypercall.h>
#include <x86/asm.h>

struct cpu *const fake_cpu = &cpu_boot;

static uint8_t xen_stack[512 * 1024] __aligned(4096);
static bool in_model;

struct call {
	unsigned nr;
	unsigned long a[5];
};

static long enter(void *arg)
{
	const struct call *call = arg;

	return model_hypercall(
		call->nr, call->a[0], call->a[1], call->a[2], call->a[3], call->a[4]);
}

static void upcall_if_wanted(void)
{
	if (!in_model && model_upcall_wanted()) {
		port_upcall_take();
	}
}

bool fake_is_in_model(void)
{
	return in_model;
}

long fake_hypercall(unsigned nr, unsigned long a1, unsigned long a2, unsigned long a3,
	unsigned long a4, unsigned long a5)
{
	struct call call = { nr, { a1, a2, a3, a4, a5 } };
	long result;

	in_model = true;
	result = fake_call_on(xen_stack, sizeof(xen_stack), enter, &call);
	in_model = false;
	upcall_if_wanted();
	return result;
}

/* As Xen and the entry code do: mask, handle, unmask, and again if more came. */
void port_upcall_take(void)
{
	do {
		irq_disable();
		xen_upcall();
		sched_interrupt_exit(true);
		fake_vcpu_info()[PORT_UPCALL_MASK - PORT_CPU_VCPU_INFO] = 0;
	} while (fake_vcpu_info()[0]);
}

uint64_t fake_tsc(void)
{
	uint64_t tsc = model_tsc();

	upcall_if_wanted();
	return tsc;
}

static long relax(void *arg)
{
	model_advance(1000);
	model_world_step();
	return 0;
}

void fake_relax(void)
{
	in_model = true;
	fake_call_on(xen_stack, sizeof(xen_stack), relax, NULL);
	in_model = false;
	upcall_if_wanted();
}
