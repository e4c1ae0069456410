/*
 * smp.c (pvh64) - starting further virtual CPUs (public vcpu.h, hvm/hvm_vcpu.h).
 *
 * Xen starts them wherever we say, in 64-bit mode: no trampoline, no local
 * APIC. The vector of event channels is the domain's, so it is set already. When the
 * domain is restored they run on by themselves, but for where their vcpu_info lies.
 */
#include <arch/mmu.h>
#include <drivers/xen/hypercall.h>
#include <drivers/xen/vcpu.h>
#include <kernel/smp.h>
#include <hw/control.h>
#include <hw/start.h>
#include <x86/stack.h>
#include <xen/hvm/hvm_vcpu.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include "pvh.h"

/* Each aligned to its size, so none crosses a page. */
static struct vcpu_info infos[CONFIG_NR_CPUS] __aligned(64);
_Static_assert(sizeof(struct vcpu_info) == 64, "xen.h: struct vcpu_info");

static gfn_t frame_of(const struct vcpu_info *info)
{
	return (gfn_t){ ((vaddr_t)info - LAYOUT_IMAGE_BASE) >> PAGE_SHIFT };
}

static int cpu_resume(void)
{
	return xen_vcpu_info_resume(frame_of(&infos[cpu_id()]));
}

/* Nothing of Xen's is in memory that is saved: what was placed stands outside of it, or is placed anew. */
static int save(void)
{
	struct sched_shutdown shutdown = { .reason = SHUTDOWN_suspend };

	return (int)xen_sched_op(SCHEDOP_shutdown, &shutdown);
}

const struct xen_suspend pvh_suspend = {
	.save = save, .machine_resume = xen_machine_resume, .cpu_resume = cpu_resume
};

/* As if `hw_cpu_enter` had been called: below the end of the stack stands a return address, 0. */
static struct vcpu_hvm_context context_make(struct cpu *cpu)
{
	return (struct vcpu_hvm_context){
		.mode = VCPU_HVM_MODE_64B,
		.cpu_regs.x86_64 = {
			.rip = (uint64_t)hw_cpu_enter,
			.rsp = stack_of(cpu->current).end - sizeof(uint64_t),
			.rdi = (uint64_t)cpu,
			.rflags = 2, /* the bit that is always set */
			.cr0 = CR0_PE | CR0_MP | CR0_NE | CR0_WP | (uint32_t)CR0_PG,
			.cr3 = mmu_kernel.root.n << PAGE_SHIFT,
			.cr4 = CR4_PAE,
			.efer = EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE,
		},
	};
}

int smp_cpu_start(struct cpu *cpu)
{
	struct vcpu_info *info = &infos[cpu->id];
	struct vcpu_hvm_context context = context_make(cpu);
	long err = hw_cpu_prepare(cpu);

	if (!err) {
		err = xen_vcpu_prepare(cpu->id, info, frame_of(info));
	}
	if (!err) {
		err = xen_vcpu_op(VCPUOP_initialise, cpu->id, &context);
	}
	if (!err) {
		err = xen_vcpu_op(VCPUOP_up, cpu->id, NULL);
	}
	return (int)err;
}

/* Events come by the domain's vector, and the timer is an event. */
void env_cpu_enter(void)
{
}
