/* commands.c - the monitor's commands about Xen: hypercalls, batch, evtchn, grants, xenbus. */
#include <drivers/xen/batch.h>
#include <drivers/xen/evtchn.h>
#include <drivers/xen/grant.h>
#include <drivers/xen/hypercall.h>
#include <drivers/xen/xenbus.h>
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/monitor.h>
#include <kernel/string.h>

/* ---- hypercalls ------------------------------------------------------- */

MONITOR_COMMAND(hypercalls, "- calls made so far, and what multicalls carried, by name")
{
	static struct hypercall_count sum;
	unsigned long calls = 0, entries = 0;

	hypercall_count_sum(&sum);
	log_print("%-28s %12s %12s\n", "hypercall", "calls", "in multicalls");
	for (unsigned nr = 0; nr < HYPERCALL_NR_MAX; nr++) {
		if (sum.calls[nr] || sum.entries[nr]) {
			log_print("%-28s %12lu %12lu\n", hypercall_name(nr),
				(unsigned long)sum.calls[nr], (unsigned long)sum.entries[nr]);
			calls += sum.calls[nr];
			entries += sum.entries[nr];
		}
	}
	log_print("%-28s %12lu %12lu\n", "all", calls, entries);
	return 0;
}

/* ---- batch ------------------------------------------------------------ */

static void sizes_print(const uint64_t *sizes)
{
	for (unsigned i = 0; i < BATCH_BUCKETS; i++) {
		if (sizes[i]) {
			log_print(" %u+:%lu", 1u << i, (unsigned long)sizes[i]);
		}
	}
	log_print("\n");
}

static void flushes_print(const uint64_t *flushed)
{
	for (unsigned why = 0; why < BATCH_WHY_COUNT; why++) {
		if (flushed[why]) {
			log_print(" %s:%lu", batch_why_name(why), (unsigned long)flushed[why]);
		}
	}
}

static void site_print(const struct batch_site *site, void *arg)
{
	log_print("%8lu entries from %pS; flushes", (unsigned long)site->entries, site->pc);
	flushes_print(site->flushed);
	log_print("; sizes");
	sizes_print(site->sizes);
}

static void batch_print(void)
{
	struct batch_stats sum;

	batch_stats_sum(&sum);
	log_print("limit %u; %lu entries in %lu trips, %lu from sites not listed; flushes",
		batch_limit(), (unsigned long)sum.entries, (unsigned long)sum.trips,
		(unsigned long)sum.sites_lost);
	flushes_print(sum.flushed);
	log_print("; sizes");
	sizes_print(sum.sizes);
	batch_site_for_each(site_print, NULL);
}

MONITOR_COMMAND(batch, "[LIMIT] - set the batch limit, or show it, the batches and who queued")
{
	uint64_t limit;
	int err;

	if (argc < 2) {
		batch_print();
		return 0;
	}
	err = str_to_u64(argv[1], &limit);
	err = err || limit > BATCH_LIMIT_MAX ? -EINVAL : batch_limit_set((unsigned)limit);
	if (err) {
		log_print("batch: the limit is 1 to %u (%s)\n", BATCH_LIMIT_MAX, errno_name(err));
	}
	return err;
}

/* ---- evtchn, grants, xenbus ------------------------------------------- */

static const char *binding_text(const struct evtchn_status *s, char *buf, size_t size)
{
	switch (s->status) {
	case EVTCHNSTAT_closed:
		return "closed";
	case EVTCHNSTAT_unbound:
		fmt_print(buf, size, "unbound, for %u", s->u.unbound.dom);
		return buf;
	case EVTCHNSTAT_interdomain:
		fmt_print(buf, size, "domain %u port %u", s->u.interdomain.dom,
			s->u.interdomain.port);
		return buf;
	case EVTCHNSTAT_virq:
		fmt_print(buf, size, "virq %u", s->u.virq);
		return buf;
	case EVTCHNSTAT_ipi:
		return "ipi";
	default:
		return "?";
	}
}

static void port_print(
	evtchn_port_t port, const char *name, const struct evtchn_counts *counts, void *arg)
{
	struct evtchn_status status;
	char binding[32];

	if (evtchn_status(port, &status)) {
		status.status = EVTCHNSTAT_closed;
	}
	log_print("%5u %-16s %-24s %10lu %10lu %8lu%s%s\n", port, name,
		binding_text(&status, binding, sizeof(binding)), (unsigned long)counts->events,
		(unsigned long)counts->useless, (unsigned long)counts->throttled,
		evtchn_is_masked(port) ? " masked" : "", evtchn_is_pending(port) ? " pending" : "");
}

MONITOR_COMMAND(evtchn, "- event channels: what they are bound to, their events")
{
	log_print("%s ABI, %lu events nobody handles\n", evtchn_abi_name(),
		(unsigned long)evtchn_spurious_count());
	log_print("%5s %-16s %-24s %10s %10s %8s\n", "port", "handler", "bound to", "events",
		"useless", "throttled");
	evtchn_for_each(port_print, NULL);
	return 0;
}

MONITOR_COMMAND(grants, "- the grant table")
{
	struct grant_stats s;

	grant_stats_get(&s);
	log_print("%u of %u pages; %u grants free, %u in use, %u ended but still used by others; "
		  "found full %lu times\n",
		s.frames, s.frames_max, s.free, s.in_use, s.deferred, s.full);
	return 0;
}

MONITOR_COMMAND(xenbus, "- devices on the bus and both ends' states")
{
	xenbus_report(&xenbus_main);
	return 0;
}
