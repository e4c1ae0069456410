/* misc.c - version, assists, memory: the questions a kernel asks at boot. */
#include "model.h"

#include <stdio.h>
#include <string.h>
#include <xen/features.h>
#include <xen/memory.h>
#include <xen/version.h>
#include <xen/vcpu.h>

long hc_xen_version(const unsigned long a[5])
{
	struct xen_feature_info *info = (void *)a[1];

	switch (a[0]) {
	case XENVER_version:
		return 4 << 16 | 17;
	case XENVER_extraversion:
		strcpy((char *)a[1], ".model");
		return 0;
	case XENVER_capabilities:
		strcpy((char *)a[1], "xen-3.0-x86_64 ");
		return 0;
	case XENVER_get_features:
		info->submap = info->submap_idx ? 0
						: 1u << XENFEAT_mmu_pt_update_preserve_ad |
				1u << XENFEAT_gnttab_map_avail_bits;
		return 0;
	case XENVER_guest_handle:
		memcpy((void *)a[1],
			"\x01\x23\x45\x67\x89\xab\xcd\xef\xfe\xdc\xba\x98\x76\x54\x32\x10", 16);
		return 0;
	case XENVER_pagesize:
		return PAGE_SIZE;
	default:
		return refuse(ENOSYS, "xen_version %lu", a[0]);
	}
}

static char said[65536];
static size_t said_len;

/* As a debug build of Xen: the beginning is kept. */
long hc_console_io(const unsigned long a[5])
{
	size_t len = a[1];

	if (a[0] != CONSOLEIO_write) {
		return refuse(ENOSYS, "console_io %lu", a[0]);
	}
	if (len > sizeof(said) - 1 - said_len) {
		len = sizeof(said) - 1 - said_len;
	}
	memcpy(said + said_len, (const void *)a[2], len);
	said_len += len;
	return 0;
}

const char *model_xen_console(void)
{
	return said;
}

long hc_vm_assist(const unsigned long a[5])
{
	(void)a;
	return 0;
}

long hc_stack_switch(const unsigned long a[5])
{
	(void)a;
	return 0;
}

/* Nothing follows from these here: the host's registers are not the guest's. */
long hc_fpu_taskswitch(const unsigned long a[5])
{
	(void)a;
	return 0;
}

long hc_set_segment_base(const unsigned long a[5])
{
	return a[0] > SEGBASE_GS_USER_SEL ? refuse(EINVAL, "set_segment_base %lu", a[0]) : 0;
}

/* Give frames back: each must be unused. */
static long decrease_reservation(const struct xen_memory_reservation *r)
{
	const unsigned long *list;
	unsigned long done;

	memcpy(&list, &r->extent_start, sizeof(list));
	for (done = 0; done < r->nr_extents; done++) {
		struct frame *f = frame_of(list[done]);

		if (r->extent_order || !f || f->owner != OWNER_GUEST || f->total_count) {
			break;
		}
		frame_release(list[done]);
	}
	return (long)done;
}

/* Frames for the given pfns; the list then says which machine frames they are. */
static long populate_physmap(const struct xen_memory_reservation *r)
{
	unsigned long *list;

	memcpy(&list, &r->extent_start, sizeof(list));
	if (r->extent_order) {
		return refuse(EINVAL, "populate_physmap of order %u", r->extent_order);
	}
	for (unsigned long i = 0; i < r->nr_extents; i++) {
		unsigned long mfn = frame_alloc(OWNER_GUEST);

		machine.m2p[mfn] = list[i];
		list[i] = mfn;
	}
	return (long)r->nr_extents;
}

long hc_memory_op(const unsigned long a[5])
{
	switch (a[0]) {
	case XENMEM_current_reservation:
	case XENMEM_maximum_reservation:
		return (long)machine.guest_count;
	case XENMEM_maximum_ram_page:
		return (long)(MFN_BASE + machine.count - 1);
	case XENMEM_decrease_reservation:
		return decrease_reservation((const void *)a[1]);
	case XENMEM_populate_physmap:
		return populate_physmap((const void *)a[1]);
	default:
		return refuse(ENOSYS, "memory_op %lu", a[0]);
	}
}
