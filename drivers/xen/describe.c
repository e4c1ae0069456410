/*
 * describe.c - the hypervisor: version, capabilities, features (public version.h, features.h), asked in one trip
 * at boot, and said in a few log lines when all is up.
 */
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

enum question { VERSION, EXTRA, CAPABILITIES, FEATURES, QUESTIONS };

static char capabilities[sizeof(xen_capabilities_info_t)];

static struct multicall_entry asking(unsigned op, void *answer)
{
	hypercall_counts[cpu_id()].entries[__HYPERVISOR_xen_version]++;
	return (struct multicall_entry){ .op = __HYPERVISOR_xen_version,
		.args = { op, HC_ARG(answer) } };
}

/* What Xen does not answer stays empty. */
void xen_version_ask(void)
{
	struct xen_feature_info info = { .submap_idx = 0 };
	struct multicall_entry calls[QUESTIONS] = {
		[VERSION] = asking(XENVER_version, NULL),
		[EXTRA] = asking(XENVER_extraversion, xen_platform.version_extra),
		[CAPABILITIES] = asking(XENVER_capabilities, capabilities),
		[FEATURES] = asking(XENVER_get_features, &info),
	};

	if (xen_multicall(calls, QUESTIONS)) {
		return;
	}
	xen_platform.version_major = (unsigned)calls[VERSION].result >> 16;
	xen_platform.version_minor = (unsigned)calls[VERSION].result & 0xffff;
	xen_platform.features = calls[FEATURES].result ? 0 : info.submap;
	capabilities[sizeof(capabilities) - 1] = '\0';
}

static void features_log(void)
{
	char line[256] = "";
	size_t len = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(features); i++) {
		if (xen_platform.features >> i & 1 && features[i] && len < sizeof(line)) {
			len += (size_t)fmt_print(
				line + len, sizeof(line) - len, " %s", features[i]);
		}
	}
	log_info("xen: features%s", len ? line : " none");
}

void xen_describe(void)
{
	log_info("xen: version %u.%u%s, %s domain", xen_platform.version_major,
		xen_platform.version_minor, xen_platform.version_extra,
		xen_platform.is_pv ? "PV" : "PVH");
	if (*capabilities) {
		log_info("xen: capabilities %s", capabilities);
	}
	features_log();
}
