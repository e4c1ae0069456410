/*
 * evtchn-fifo.c - the FIFO layout of event state (public event_channel.h, "FIFO ABI").
 *
 * One 32-bit word per port, in an array of pages that we hand to Xen one by
 * one; per vCPU a control block with the heads of 16 queues, priority 0 first. An
 * unmasked port that becomes pending is linked to the tail of its queue. We take
 * ports from the head, following the link in the word, and tell Xen so by
 * clearing LINKED; when the last word's link is 0 the queue is empty, and Xen
 * writes a new head and sets the queue's bit in `ready` for the next one.
 *
 * Invariants:
 *   F1  A page of words is all MASKED when Xen first sees it (E1).
 *   F2  While BUSY is set Xen is changing the link: MASKED is cleared only by an
 *       exchange that fails if BUSY appears.
 *   F3  A pending port is unmasked by Xen, which then links it.
 */
#include "evtchn-abi.h"

#include <drivers/xen/hypercall.h>
#include <drivers/xen/platform.h>
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/page.h>
#include <kernel/string.h>

#define BIT(n) ((event_word_t)1 << (n))

#define WORDS_PER_PAGE (PAGE_SIZE / sizeof(event_word_t))
#define ARRAY_PAGES    (EVTCHN_FIFO_NR_CHANNELS / WORDS_PER_PAGE)

static event_word_t *array[ARRAY_PAGES];
static unsigned array_pages;
static struct evtchn_fifo_control_block *control[CONFIG_NR_CPUS];
static uint32_t heads[CONFIG_NR_CPUS][EVTCHN_FIFO_MAX_QUEUES];

/* NULL for a port whose page Xen does not have yet. */
static event_word_t *word_of(evtchn_port_t port)
{
	unsigned page = port / WORDS_PER_PAGE;

	return page < READ_ONCE(array_pages) ? &array[page][port % WORDS_PER_PAGE] : NULL;
}

static bool has_bit(evtchn_port_t port, unsigned bit)
{
	event_word_t *word = word_of(port);

	return word && READ_ONCE(*word) & BIT(bit);
}

static unsigned fifo_port_limit(void)
{
	return EVTCHN_FIFO_NR_CHANNELS;
}

static void words_mask(event_word_t *words)
{
	for (unsigned i = 0; i < WORDS_PER_PAGE; i++) {
		words[i] = BIT(EVTCHN_FIFO_MASKED); /* F1 */
	}
}

static long words_tell(const event_word_t *words)
{
	struct evtchn_expand_array op = { .array_gfn = pfn_to_gfn(virt_to_pfn(words)).n };

	return xen_event_channel_op(EVTCHNOP_expand_array, &op);
}

static int array_grow(void)
{
	event_word_t *words = page_alloc_zeroed();
	long err;

	if (!words) {
		return -ENOMEM;
	}
	words_mask(words);
	/* Visible before Xen has it: Xen may link a port at once. */
	array[array_pages] = words;
	__atomic_store_n(&array_pages, array_pages + 1, __ATOMIC_RELEASE);
	err = words_tell(words);
	if (err) {
		array_pages--;
		page_free(page_of(virt_to_pfn(words)), 0);
	}
	return (int)err;
}

static int fifo_reserve(evtchn_port_t port)
{
	int err = port < EVTCHN_FIFO_NR_CHANNELS ? 0 : -EINVAL;

	while (!err && !word_of(port)) {
		err = array_grow();
	}
	return err;
}

static long control_tell(unsigned cpu)
{
	struct evtchn_init_control op = {
		.vcpu = cpu,
		.control_gfn = pfn_to_gfn(virt_to_pfn(control[cpu])).n,
	};

	return xen_event_channel_op(EVTCHNOP_init_control, &op);
}

static int control_init(unsigned cpu)
{
	long err;

	control[cpu] = page_alloc_zeroed();
	if (!control[cpu]) {
		return -ENOMEM;
	}
	err = control_tell(cpu);
	if (err) {
		page_free(page_of(virt_to_pfn(control[cpu])), 0);
		control[cpu] = NULL;
	}
	return (int)err;
}

static int fifo_init(void)
{
	int err = control_init(0);

	return err ? err : fifo_reserve(1);
}

/* The same pages for another Xen. */
static int fifo_resume(void)
{
	long err = 0;

	for (unsigned cpu = 0; !err && cpu < CONFIG_NR_CPUS; cpu++) {
		if (control[cpu]) {
			memset(control[cpu], 0, PAGE_SIZE);
			memset(heads[cpu], 0, sizeof(heads[cpu]));
			err = control_tell(cpu);
		}
	}
	for (unsigned i = 0; !err && i < array_pages; i++) {
		words_mask(array[i]);
		err = words_tell(array[i]);
	}
	return (int)err;
}

static void fifo_mask(evtchn_port_t port)
{
	event_word_t *word = word_of(port);

	if (word) {
		__atomic_fetch_or(word, BIT(EVTCHN_FIFO_MASKED), __ATOMIC_SEQ_CST);
	}
}

static bool fifo_is_masked(evtchn_port_t port)
{
	return has_bit(port, EVTCHN_FIFO_MASKED);
}

static bool fifo_is_pending(evtchn_port_t port)
{
	return has_bit(port, EVTCHN_FIFO_PENDING);
}

static bool fifo_clear(evtchn_port_t port)
{
	event_word_t *word = word_of(port);
	event_word_t pending = BIT(EVTCHN_FIFO_PENDING);

	return word && __atomic_fetch_and(word, ~pending, __ATOMIC_SEQ_CST) & pending;
}

static void fifo_unmask(evtchn_port_t port, bool local)
{
	event_word_t *word = word_of(port);
	event_word_t old = READ_ONCE(*word), new;

	do {
		if (!(old & BIT(EVTCHN_FIFO_MASKED))) {
			return;
		}
		if (old & BIT(EVTCHN_FIFO_PENDING)) {
			evtchn_unmask_by_xen(port); /* F3 */
			return;
		}
		old &= ~BIT(EVTCHN_FIFO_BUSY); /* F2 */
		new = old & ~BIT(EVTCHN_FIFO_MASKED);
	} while (!__atomic_compare_exchange_n(
		word, &old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
}

/* Unlink the word; the port that it linked to, 0 at the end of the queue. */
static evtchn_port_t link_take(event_word_t *word)
{
	event_word_t old = READ_ONCE(*word), new;

	do {
		new = old & ~(BIT(EVTCHN_FIFO_LINKED) | EVTCHN_FIFO_LINK_MASK);
	} while (!__atomic_compare_exchange_n(
		word, &old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
	return old & EVTCHN_FIFO_LINK_MASK;
}

/* Take one port from a queue; false when that was the last. */
static bool queue_take(unsigned cpu, unsigned queue)
{
	evtchn_port_t port = heads[cpu][queue];
	event_word_t *word;

	if (!port) {
		port = __atomic_load_n(&control[cpu]->head[queue], __ATOMIC_ACQUIRE);
	}
	word = word_of(port);
	if (!port || !word) {
		heads[cpu][queue] = 0;
		return false;
	}
	heads[cpu][queue] = link_take(word);
	if (!fifo_is_masked(port) && fifo_clear(port)) {
		evtchn_deliver(port, cpu);
	}
	return heads[cpu][queue] != 0;
}

static uint32_t ready_take(unsigned cpu)
{
	return __atomic_exchange_n(&control[cpu]->ready, 0, __ATOMIC_SEQ_CST);
}

static void fifo_dispatch(struct vcpu_info *vcpu, unsigned cpu)
{
	uint32_t ready = ready_take(cpu);

	while (ready) {
		unsigned queue = (unsigned)__builtin_ctz(ready);

		if (!queue_take(cpu, queue)) {
			ready &= ~(1u << queue);
		}
		ready |= ready_take(cpu); /* a higher priority may have come */
	}
}

static int fifo_set_priority(evtchn_port_t port, unsigned priority)
{
	struct evtchn_set_priority op = { .port = port, .priority = priority };

	return (int)xen_event_channel_op(EVTCHNOP_set_priority, &op);
}

const struct evtchn_abi evtchn_abi_fifo = {
	.name = "FIFO",
	.init = fifo_init,
	.resume = fifo_resume,
	.cpu_init = control_init,
	.port_limit = fifo_port_limit,
	.reserve = fifo_reserve,
	.mask = fifo_mask,
	.unmask = fifo_unmask,
	.is_masked = fifo_is_masked,
	.is_pending = fifo_is_pending,
	.clear = fifo_clear,
	.dispatch = fifo_dispatch,
	.set_priority = fifo_set_priority,
};
