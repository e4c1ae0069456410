/* evtchn-source.c - arch/interrupt.h on Xen: what interrupts are the events of bound ports. */
#include <arch/interrupt.h>
#include <drivers/xen/evtchn.h>
#include <kernel/string.h>

struct teller {
	void (*each)(const struct interrupt_source *source, void *arg);
	void *arg;
};

static void port_tell(
	evtchn_port_t port, const char *name, const struct evtchn_counts *counts, void *arg)
{
	struct interrupt_source source = { .number = port, .kind = "xen-event", .name = name };
	const struct teller *teller = arg;

	memcpy(source.counts, counts->events_by_cpu, sizeof(source.counts));
	teller->each(&source, teller->arg);
}

void interrupt_source_for_each(
	void (*each)(const struct interrupt_source *source, void *arg), void *arg)
{
	struct teller teller = { each, arg };

	evtchn_for_each(port_tell, &teller);
}
