/*
 * evtchn_fifo.c - the FIFO event words and control block holding anything.
 *
 * The dispatch must end, and deliver only ports that have a word. Xen itself is
 * trusted, but a guest's own stray store may hit these pages. Two things only Xen could do
 * are left out: `ready` bits beyond the queues, and BUSY that never ends.
 */
#include "drivers/xen/evtchn-fifo.c"

#include "shim.h"

#include <kernel/string.h>

static unsigned delivered;
static struct page a_page;

struct page *page_of(pfn_t p)
{
	return &a_page;
}

void page_free(struct page *page, unsigned order)
{
}

void *page_alloc_zeroed(void)
{
	void *page = host_page();

	memset(page, 0, PAGE_SIZE);
	return page;
}

gfn_t pfn_to_gfn(pfn_t p)
{
	return (gfn_t){ p.n };
}

long fake_hypercall(unsigned nr, unsigned long a1, unsigned long a2, unsigned long a3,
	unsigned long a4, unsigned long a5)
{
	return 0;
}

struct hypercall_count hypercall_counts[CONFIG_NR_CPUS];

void evtchn_unmask_by_xen(evtchn_port_t port)
{
}

static event_word_t word_any(void)
{
	return input_u32() & ~BIT(EVTCHN_FIFO_BUSY);
}

/* A handler may look at and mask any port; Xen may link more meanwhile. */
void evtchn_deliver(evtchn_port_t port, unsigned cpu)
{
	REQUIRE(port < array_pages * WORDS_PER_PAGE);
	delivered++;
	if (input_u8() & 1) {
		fifo_mask(input_u32() % (2 * WORDS_PER_PAGE));
	}
	if (input_left()) {
		control[0]->ready |= input_u8();
		array[0][input_u32() % WORDS_PER_PAGE] = word_any();
	}
}

bool evtchn_is_elsewhere(evtchn_port_t port, unsigned cpu)
{
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct vcpu_info vcpu;

	if (!array_pages) {
		REQUIRE(fifo_init() == 0);
	}
	input_set(data, size);
	memset(heads, 0, sizeof(heads));
	delivered = 0;
	for (unsigned i = 0; i < 64; i++) {
		array[0][i] = word_any();
	}
	for (unsigned i = 64; i < WORDS_PER_PAGE; i++) {
		array[0][i] = BIT(EVTCHN_FIFO_MASKED);
	}
	input_bytes(control[0], sizeof(*control[0]));
	control[0]->ready &= (1u << EVTCHN_FIFO_MAX_QUEUES) - 1;
	fifo_dispatch(&vcpu, 0);
	for (unsigned i = 0; i < 4; i++) {
		evtchn_port_t port = input_u8();

		fifo_unmask(port, true);
		fifo_clear(port);
		fifo_is_masked(input_u32());
		fifo_is_pending(input_u32());
	}
	fifo_dispatch(&vcpu, 0);
	REQUIRE(delivered <= 2 * WORDS_PER_PAGE + size);
	return 0;
}
