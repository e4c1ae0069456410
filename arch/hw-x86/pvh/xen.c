/*
 * xen.c - finding Xen from within a PVH domain, and what it gave us (Xen public
 * arch-x86/cpuid.h, hvm/params.h, memory.h).
 *
 * The console and xenstore rings lie in frames the toolstack chose, outside the
 * RAM of the memory map. The shared info page has no frame until we name one:
 * the first above low RAM that nothing else claims, so no RAM is lost to it.
 *
 * Invariants:
 *   X1  All of these frames lie below 4 GiB: the early direct map reaches them,
 *       and the final one maps them at the same addresses.
 *   X2  The hypercall page is filled before the final tables make text read-only.
 */
#include <arch/boot.h>
#include <drivers/xen/clock.h>
#include <drivers/xen/describe.h>
#include <drivers/xen/hypercall.h>
#include <drivers/xen/platform.h>
#include <drivers/xen/vcpu.h>
#include <kernel/page.h>
#include <hw/control.h>
#include <hw/interrupt.h>
#include <hw/paging.h>
#include <hw/start.h>
#include <xen/arch-x86/hvm/start_info.h>
#include <xen/features.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/memory.h>
#include "pvh.h"

#define EARLY_LIMIT (UINT64_C(1) << 32)
#define APIC_START  UINT64_C(0xfec00000) /* interrupt controllers, which no memory map lists */
#define APIC_END    UINT64_C(0xfef00000)

struct xen_platform xen_platform;
bool hypercall_is_amd;

static void hypercall_page_fill(uint32_t base)
{
	uint32_t pages, msr, ecx, edx;

	cpuid(base + 2, 0, &pages, &msr, &ecx, &edx);
	msr_write(msr, (uint64_t)hypercall_page - LAYOUT_IMAGE_BASE); /* X2 */
}

static void counter_ask(uint32_t base)
{
	uint32_t time, ebx, ecx, edx;

	cpuid(base + 3, 0, &time, &ebx, &ecx, &edx);
	xen_platform.tsc_is_emulated = time & 1;
	xen_platform.tsc_is_reliable = time >> 1 & 1;
}

bool xen_find(void)
{
	uint32_t base = xen_cpuid_base();

	if (!base) {
		return false;
	}
	hypercall_is_amd = vmcall_is_amd();
	counter_ask(base);
	if (IS_ENABLED(CONFIG_HYPERCALL_PAGE)) {
		hypercall_page_fill(base);
	}
	return true;
}

/* An HVM parameter of ours, 0 when there is none. */
static uint64_t parameter(uint32_t index)
{
	struct xen_hvm_param p = { .domid = DOMID_SELF, .index = index };

	return xen_hvm_op(HVMOP_get_param, &p) ? 0 : p.value;
}

/* The ring in the frame that a parameter names, NULL when it names none. */
static void *ring_find(uint32_t index)
{
	uint64_t frame = parameter(index);

	if (!frame || frame >= EARLY_LIMIT >> PAGE_SHIFT) {
		return NULL;
	}
	paging_add_shared(pfn(frame), 1);
	return pfn_to_virt(pfn(frame));
}

static void ports_find(void)
{
	xen_platform.console_port = (uint32_t)parameter(HVM_PARAM_CONSOLE_EVTCHN);
	xen_platform.store_port = (uint32_t)parameter(HVM_PARAM_STORE_EVTCHN);
}

void xen_rings_find(void)
{
	xen_version_ask();
	xen_platform.console_ring = ring_find(HVM_PARAM_CONSOLE_PFN);
	xen_platform.store_ring = ring_find(HVM_PARAM_STORE_PFN);
	ports_find();
}

/* Where `address`, were it ours, would have to move to get past what claims it; itself when nothing does. */
static uint64_t skip_claimed(const struct hvm_start_info *info, uint64_t address)
{
	const struct hvm_memmap_table_entry *map = phys_to_virt(info->memmap_paddr);

	if (address >= APIC_START && address < APIC_END) {
		return APIC_END;
	}
	for (unsigned i = 0; i < info->memmap_entries; i++) {
		uint64_t end = ALIGN_UP(map[i].addr + map[i].size, PAGE_SIZE);

		if (address + PAGE_SIZE > map[i].addr && address < end) {
			return end;
		}
	}
	return address;
}

static uint64_t low_ram_end(void)
{
	uint64_t end = 0;

	for (unsigned i = 0; i < boot_info.region_count; i++) {
		const struct boot_region *r = &boot_info.regions[i];

		if ((r->start.n + r->count) << PAGE_SHIFT <= EARLY_LIMIT) {
			end = (r->start.n + r->count) << PAGE_SHIFT;
		}
	}
	return end;
}

static pfn_t unclaimed_frame(const struct hvm_start_info *info)
{
	uint64_t address = low_ram_end(), next;

	while ((next = skip_claimed(info, address)) != address) {
		address = next;
	}
	if (address >= EARLY_LIMIT) {
		boot_refuse("no free guest frame below 4 GiB for Xen's shared info page");
	}
	return pfn(address >> PAGE_SHIFT);
}

static long shared_info_place(pfn_t frame)
{
	struct xen_add_to_physmap place = {
		.domid = DOMID_SELF,
		.space = XENMAPSPACE_shared_info,
		.gpfn = frame.n,
	};

	return xen_memory_op(XENMEM_add_to_physmap, &place);
}

void xen_shared_info_place(const struct hvm_start_info *info)
{
	pfn_t frame = unclaimed_frame(info);

	if (shared_info_place(frame)) {
		boot_refuse("Xen does not place its shared info page");
	}
	paging_add_shared(frame, 1);
	xen_platform.shared = pfn_to_virt(frame);
	xen_platform.vcpu[0] = &xen_platform.shared->vcpu_info[0];
	boot_info.first_instruction = clock_at_tsc(boot_tsc);
	boot_info.cpus_present = xen_vcpus_present();
}

static long callback_tell(void)
{
	struct xen_hvm_param callback = {
		.domid = DOMID_SELF,
		.index = HVM_PARAM_CALLBACK_IRQ,
		.value = (uint64_t)HVM_PARAM_CALLBACK_TYPE_VECTOR << 56 | VECTOR_XEN,
	};

	return xen_hvm_op(HVMOP_set_param, &callback);
}

/* The frames are where they were; the toolstack bound new ports, and the machine may be another. */
int xen_machine_resume(void)
{
	long err = shared_info_place(virt_to_pfn(xen_platform.shared));

	counter_ask(xen_cpuid_base());
	ports_find();
	return (int)(err ? err : callback_tell());
}

void xen_callback_set(void)
{
	if (!(xen_platform.features >> XENFEAT_hvm_callback_vector & 1) || callback_tell()) {
		boot_refuse("Xen does not deliver event channels by vector");
	}
	interrupt_handler_set(VECTOR_XEN, "xen", xen_upcall);
}

gfn_t pfn_to_gfn(pfn_t p)
{
	return (gfn_t){ p.n };
}
