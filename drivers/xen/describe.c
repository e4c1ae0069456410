/* describe.c - the hypervisor, in a few log lines: version, capabilities, features (public version.h, features.h). */
#include <drivers/xen/describe.h>
#include <drivers/xen/hypercall.h>
#include <drivers/xen/platform.h>
#include <kernel/log.h>
#include <kernel/string.h>
#include <xen/features.h>
#include <xen/version.h>

#define FEATURE(name) [XENFEAT_##name] = #name

static const char *const features[] = {
	FEATURE(writable_page_tables),
	FEATURE(writable_descriptor_tables),
	FEATURE(auto_translated_physmap),
	FEATURE(supervisor_mode_kernel),
	FEATURE(pae_pgdir_above_4gb),
	FEATURE(mmu_pt_update_preserve_ad),
	FEATURE(highmem_assist),
	FEATURE(gnttab_map_avail_bits),
	FEATURE(hvm_callback_vector),
	FEATURE(hvm_safe_pvclock),
	FEATURE(hvm_pirqs),
	FEATURE(dom0),
	FEATURE(linux_rsdp_unrestricted),
	FEATURE(not_direct_mapped),
	FEATURE(direct_mapped),
};

static void features_log(void)
{
	struct xen_feature_info info = { .submap_idx = 0 };
	char line[256] = "";
	size_t len = 0;

	if (xen_xen_version(XENVER_get_features, &info)) {
		return;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(features); i++) {
		if (info.submap >> i & 1 && features[i] && len < sizeof(line)) {
			len += (size_t)fmt_print(
				line + len, sizeof(line) - len, " %s", features[i]);
		}
	}
	log_info("xen: features%s", len ? line : " none");
}

void xen_describe(void)
{
	static char capabilities[sizeof(xen_capabilities_info_t)];

	log_info("xen: version %u.%u%s, %s domain", xen_platform.version_major,
		xen_platform.version_minor, xen_platform.version_extra,
		xen_platform.is_pv ? "PV" : "PVH");
	if (!xen_xen_version(XENVER_capabilities, capabilities)) {
		capabilities[sizeof(capabilities) - 1] = '\0';
		log_info("xen: capabilities %s", capabilities);
	}
	features_log();
}
