/*
 * start.c (pv-x86) - from Xen's first instruction to kernel_main().
 *
 * Xen enters with the builder's page tables, events masked, and a start_info
 * page that says where everything is. The order below is forced: the per-CPU
 * base before the first counted hypercall, the frame lists before any page-table
 * entry, the shared pages before the clock and the console, traps before
 * anything that may fault, the final map before kernel_main().
 */
#include "boot_map.h"
#include "port.h"
#include "stack_check.h"

#include <arch/boot.h>
#include <arch/mmu.h>
#include <drivers/front/console.h>
#include <drivers/xen/batch.h>
#include <drivers/xen/clock.h>
#include <drivers/xen/describe.h>
#include <drivers/xen/hypercall.h>
#include <drivers/xen/platform.h>
#include <drivers/xen/vcpu.h>
#include <kernel/cpu.h>
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/panic.h>
#include <kernel/string.h>
#include <x86/pt.h>
#include <xen/arch-x86/cpuid.h>
#include <xen/vcpu.h>

extern char image_start[], image_end[];

struct boot_info boot_info;
struct xen_platform xen_platform;

struct start_info start_info_page __aligned(4096);

static char command_line[MAX_GUEST_CMDLINE];

/* Xen's shared info page is mapped over this one. */
static char shared_info_page[PAGE_SIZE] __aligned(4096);

static void frame_lists_find(const struct start_info *si)
{
	pv_p2m = (const unsigned long *)si->mfn_list;
	pv_p2m_count = si->nr_pages;
	early_m2p_find();
}

static void vcpu_info_place(void)
{
	struct vcpu_register_vcpu_info info = {
		.mfn = pfn_to_mfn(boot_pfn((vaddr_t)&cpu_boot)).n,
		.offset = (uint32_t)((vaddr_t)cpu_boot.port.vcpu_info & ~PAGE_MASK),
	};
	long err = xen_vcpu_op(VCPUOP_register_vcpu_info, 0, &info);

	if (err) {
		panic("boot: Xen refused to place vcpu_info: %ld", err);
	}
}

static void shared_pages_map(const struct start_info *si)
{
	boot_leaf_write((vaddr_t)shared_info_page, si->shared_info | DATA_WRITABLE);
	xen_platform.shared = (struct shared_info *)shared_info_page;
	xen_platform.vcpu[0] = (struct vcpu_info *)cpu_boot.port.vcpu_info;
	xen_platform.is_pv = true;
}

/* Where a ring's frame is seen through `at`; NULL when Xen named none that is ours. */
static void *ring_at(unsigned long machine, void *(*at)(pfn_t))
{
	pfn_t p = machine ? mfn_to_pfn((mfn_t){ machine }) : PFN_NONE;

	return pfn_is_none(p) ? NULL : at(p);
}

static void rings_find(const struct start_info *si, void *(*at)(pfn_t))
{
	if (!(si->flags & SIF_INITDOMAIN)) {
		xen_platform.console_ring = ring_at(si->console.domU.mfn, at);
	}
	xen_platform.store_ring = ring_at(si->store_mfn, at);
}

/* The frames are where they were. */
static void ports_find(const struct start_info *si)
{
	if (!(si->flags & SIF_INITDOMAIN)) {
		xen_platform.console_port = si->console.domU.evtchn;
	}
	xen_platform.store_port = si->store_evtchn;
}

static void *at_builder(pfn_t p)
{
	return (void *)(LAYOUT_IMAGE_BASE + (p.n << PAGE_SHIFT));
}

/* Xen answers a CPUID with its prefix itself, so its leaves are the first (arch-x86/cpuid.h, leaf 4). */
static void counter_ask(void)
{
	uint32_t eax = XEN_CPUID_FIRST_LEAF + 3, ebx, ecx = 0, edx;

	__asm__ volatile(XEN_CPUID : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
	xen_platform.tsc_is_emulated = eax & 1;
	xen_platform.tsc_is_reliable = eax >> 1 & 1;
}

/* ---- boot_info -------------------------------------------------------- */

struct claim {
	pfn_t start, end;
	enum boot_region_kind kind;
};

static void region_add(pfn_t start, pfn_t end, enum boot_region_kind kind)
{
	if (start.n < end.n) {
		assert_that(boot_info.region_count < BOOT_REGIONS_MAX, "boot regions fit");
		boot_info.regions[boot_info.region_count++] =
			(struct boot_region){ start, end.n - start.n, kind };
	}
}

static pfn_t pfn_end(vaddr_t end)
{
	return boot_pfn(ALIGN_UP(end, PAGE_SIZE));
}

/* Turn the claims, in any order, and the holes between them into ascending regions. */
static void regions_fill(struct claim *claims, unsigned count, pfn_t limit)
{
	pfn_t at = pfn(0);

	for (unsigned done = 0; done < count; done++) {
		unsigned best = done;

		for (unsigned i = done + 1; i < count; i++) {
			if (claims[i].start.n < claims[best].start.n) {
				best = i;
			}
		}
		struct claim c = claims[best];

		claims[best] = claims[done];
		region_add(at, c.start, REGION_FREE);
		region_add(c.start, c.end, c.kind);
		at = pfn(MAX(at.n, c.end.n));
	}
	region_add(at, limit, REGION_FREE);
	boot_info.limit = limit;
}

static struct claim claim_page(const void *direct)
{
	pfn_t p = virt_to_pfn(direct);

	return (struct claim){ p, pfn_add(p, 1), REGION_PLATFORM };
}

static void regions_make(const struct start_info *si, const struct boot_map *map)
{
	struct claim claims[8] = {
		{ boot_pfn((vaddr_t)image_start), pfn_end((vaddr_t)image_end), REGION_KERNEL },
		{ boot_pfn(si->mfn_list), pfn_end(si->mfn_list + si->nr_pages * sizeof(long)),
			REGION_PLATFORM },
		{ map->builder_tables, map->builder_tables_end, REGION_TABLES },
		{ map->tables, map->tables_end, REGION_TABLES },
	};
	unsigned count = 4;

	if (si->mod_len) {
		claims[count++] = (struct claim){ boot_pfn(si->mod_start),
			pfn_end(si->mod_start + si->mod_len), REGION_MODULE };
	}
	if (xen_platform.console_ring) {
		claims[count++] = claim_page(xen_platform.console_ring);
	}
	if (xen_platform.store_ring) {
		claims[count++] = claim_page(xen_platform.store_ring);
	}
	regions_fill(claims, count, pfn(map->frames));
}

static void boot_info_fill(const struct start_info *si, const struct boot_map *map)
{
	strlcpy(command_line, (const char *)si->cmd_line, sizeof(command_line));
	boot_info.command_line = command_line;
	boot_info.port = PORT_NAME;
	boot_info.cpus_present = xen_vcpus_present();
	if (si->mod_len) {
		boot_info.module = pfn_to_virt(boot_pfn(si->mod_start));
		boot_info.module_len = si->mod_len;
	}
	regions_make(si, map);
}

/* Give up before there is a kernel: the console works. */
static void __noreturn too_small(const struct start_info *si)
{
	log_err("boot: %lu KiB of memory are too little even for the page tables; give the domain more",
		si->nr_pages * (PAGE_SIZE / 1024));
	machine_shutdown(MACHINE_POWEROFF, 3);
}

void start_info_resume(void)
{
	ports_find(&start_info_page);
	counter_ask();
}

void pv_start(struct start_info *info, uint64_t tsc)
{
	struct start_info *si = &start_info_page;
	struct boot_map map;

	*si = *info;
	frame_lists_find(si);
	early_cpu_base_set();
	vcpu_info_place();
	shared_pages_map(si);
	boot_info.first_instruction = clock_at_tsc(tsc);
	port_traps_register();
	ports_find(si);
	rings_find(si, at_builder);
	console_front_early();
	xen_version_ask();
	counter_ask();
	stack_check_patch((const char *)si->cmd_line);
	if (boot_map_build(si, &map)) {
		too_small(si);
	}
	pv_p2m = pfn_to_virt(boot_pfn(si->mfn_list));
	rings_find(si, pfn_to_virt);
	boot_info_fill(si, &map);
	boot_map_finish();
	port_suspend_init();
	kernel_main();
}
