/*
 * boot.c (fake) - from a fresh model to the state in which a port calls kernel_main().
 *
 * Frames in the middle of memory are left out of the regions, as holes: a
 * kernel that takes memory to be one piece finds out here.
 */
#include <arch/boot.h>
#include <arch/clock.h>
#include <arch/mmu.h>
#include <drivers/front/console.h>
#include <drivers/xen/describe.h>
#include <drivers/xen/hypercall.h>
#include <drivers/xen/platform.h>
#include <fake/boot.h>
#include <fake/fault.h>
#include <fake/stack.h>
#include <kernel/cpu.h>
#include <kernel/string.h>
#include <x86/pt.h>
#include <x86/stack.h>
#include <xen/sched.h>

#define HOLE_DISTANCE 97ul /* from the last table to the hole */
#define HOLE_SIZE     13ul

struct boot_info boot_info;
struct xen_platform xen_platform;

static char line[2048];

/* What a restore makes anew. */
static int machine_resume(void)
{
	model_vcpu_info_place((void *)(uintptr_t)cpu_boot.port.vcpu_info);
	xen_platform.console_port = model_start.console_port;
	xen_platform.store_port = model_start.store_port;
	return 0;
}

static int save(void)
{
	struct sched_shutdown shutdown = { .reason = SHUTDOWN_suspend };

	return (int)xen_sched_op(SCHEDOP_shutdown, &shutdown);
}

static const struct xen_suspend fake_suspend = { .save = save, .machine_resume = machine_resume };

static void platform_fill(void)
{
	machine_resume();
	xen_platform.suspend = &fake_suspend;
	xen_platform.shared = model_start.shared_info;
	xen_platform.vcpu[0] = (struct vcpu_info *)(uintptr_t)cpu_boot.port.vcpu_info;
	xen_platform.console_ring = pfn_to_virt(pfn(model_start.console_pfn));
	xen_platform.store_ring = pfn_to_virt(pfn(model_start.store_pfn));
	xen_platform.is_pv = true;
	xen_version_ask();
}

static void tables_find(void)
{
	pv_p2m = model_start.mfn_list;
	pv_p2m_count = model_start.frames;
	pv_m2p = (const unsigned long *)LAYOUT_XEN_BASE;
	pv_m2p_count = model_start.m2p_count;
	pv_direct_tables = pfn(model_start.direct_tables_pfn);
	mmu_kernel.root = pfn(model_start.root_pfn);
}

static void region_add(unsigned long start, unsigned long end, enum boot_region_kind kind)
{
	boot_info.regions[boot_info.region_count++] =
		(struct boot_region){ pfn(start), end - start, kind };
}

static void regions_fill(void)
{
	unsigned long tables_end = model_start.tables_pfn + model_start.tables_count;
	unsigned long hole = tables_end + HOLE_DISTANCE;

	boot_info.region_count = 0;
	/* The image lies elsewhere, but the kernel may look for a region of its own. */
	region_add(0, model_start.store_pfn, REGION_KERNEL);
	region_add(model_start.store_pfn, model_start.tables_pfn, REGION_PLATFORM);
	region_add(model_start.tables_pfn, tables_end, REGION_TABLES);
	region_add(tables_end, hole, REGION_FREE);
	region_add(hole + HOLE_SIZE, model_start.frames, REGION_FREE);
	boot_info.limit = pfn(model_start.frames);
}

void fake_machine_make(const struct model_options *options, const char *command_line)
{
	model_init(options);
	fake_faults_catch();
	fake_page_forbid(boot_stack);
	cpu_boot.port.self = &cpu_boot;
	platform_fill();
	tables_find();
	strlcpy(line, command_line, sizeof(line));
	boot_info.command_line = line;
	boot_info.port = "fake";
	boot_info.cpus_present = model_start.cpus;
	regions_fill();
}

struct run {
	void (*fn)(void *arg);
	void *arg;
};

static long run_it(void *arg)
{
	const struct run *run = arg;

	run->fn(run->arg);
	return 0;
}

void fake_on_boot_stack(void (*fn)(void *arg), void *arg)
{
	struct run run = { fn, arg };

	fake_call_on(boot_stack + BOOT_STACK_GUARD, BOOT_STACK_SIZE, run_it, &run);
}

static void kernel(void *arg)
{
	console_front_early();
	boot_info.first_instruction = clock_now();
	kernel_main();
}

void fake_kernel_run(void)
{
	fake_on_boot_stack(kernel, NULL);
	__builtin_unreachable();
}
