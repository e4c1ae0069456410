/*
 * foreign.c - native64 started as a Xen domain: say so on the domain's console.
 *
 * A bare kernel has no Xen drivers, so this speaks just enough: the console
 * ring's page and event channel from the HVM parameters, text into the ring
 * (Xen public io/console.h), and a shutdown. Where the ring is full the rest is lost.
 */
#include <kernel/log.h>
#include <hw/paging.h>
#include <hw/vmcall.h>
#include <xen/event_channel.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/io/console.h>
#include <xen/sched.h>
#include "native.h"

static bool is_foreign, is_amd;

static uint64_t parameter(uint32_t index)
{
	struct xen_hvm_param p = { .domid = DOMID_SELF, .index = index };
	long err = vmcall(is_amd, __HYPERVISOR_hvm_op, HVMOP_get_param, (unsigned long)&p, 0, 0, 0);

	return err ? 0 : p.value;
}

static void ring_put(struct xencons_interface *ring, char c)
{
	XENCONS_RING_IDX produced = ring->out_prod;

	if (produced - READ_ONCE(ring->out_cons) < sizeof(ring->out)) {
		ring->out[MASK_XENCONS_IDX(produced, ring->out)] = c;
		barrier();
		WRITE_ONCE(ring->out_prod, produced + 1);
	}
}

static void xen_write(struct log_sink *sink, const char *text, size_t len, enum log_form form)
{
	struct evtchn_send send = { .port = (uint32_t)parameter(HVM_PARAM_CONSOLE_EVTCHN) };
	uint64_t frame = parameter(HVM_PARAM_CONSOLE_PFN);

	if (!frame) {
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n' && form == LOG_TEXT) {
			ring_put(phys_to_virt(frame << PAGE_SHIFT), '\r');
		}
		ring_put(phys_to_virt(frame << PAGE_SHIFT), text[i]);
	}
	vmcall(is_amd, __HYPERVISOR_event_channel_op, EVTCHNOP_send, (unsigned long)&send, 0, 0, 0);
}

static struct log_sink xen_sink = { .write = xen_write };

bool foreign_xen_find(void)
{
	is_foreign = xen_cpuid_base() != 0;
	if (is_foreign) {
		is_amd = vmcall_is_amd();
		log_sink_add(&xen_sink);
	}
	return is_foreign;
}

void foreign_xen_shutdown(void)
{
	struct sched_shutdown shutdown = { .reason = SHUTDOWN_poweroff };

	if (is_foreign) {
		vmcall(is_amd, __HYPERVISOR_sched_op, SCHEDOP_shutdown, (unsigned long)&shutdown, 0,
			0, 0);
	}
}
