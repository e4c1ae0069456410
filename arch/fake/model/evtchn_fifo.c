/*
 * evtchn_fifo.c - Xen's side of the FIFO event-channel ABI.
 *
 * One word for each port, in pages the guest gives; one queue for each priority,
 * its head in the guest's control block, its tail known to Xen alone. Pending and
 * not masked links the port behind the tail; if the tail was consumed meanwhile
 * (its LINKED bit is gone) the port becomes the head and the queue is marked
 * ready. Source: public event_channel.h and the design document it follows.
 */
#include "model.h"

#include <string.h>
#include <xen/event_channel.h>
#include "options.h"

#define PENDING (1u << EVTCHN_FIFO_PENDING)
#define MASKED	(1u << EVTCHN_FIFO_MASKED)
#define LINKED	(1u << EVTCHN_FIFO_LINKED)
#define LINK	((1u << EVTCHN_FIFO_LINK_BITS) - 1)

#define WORDS_PER_PAGE (PAGE_SIZE / sizeof(event_word_t))
#define PAGES_MAX      128u

static evtchn_fifo_control_block_t *control;
static event_word_t *pages[PAGES_MAX];
static unsigned page_count;
static uint32_t tails[EVTCHN_FIFO_MAX_QUEUES];
static bool kept[PAGES_MAX * PAGE_SIZE /
	sizeof(event_word_t)]; /* raised while there was no word for it */

void fifo_reset(void)
{
	control = NULL;
	page_count = 0;
	memset(tails, 0, sizeof(tails));
}

bool fifo_active(void)
{
	return control != NULL;
}

static event_word_t *word_of(uint32_t port)
{
	return port / WORDS_PER_PAGE < page_count
		? &pages[port / WORDS_PER_PAGE][port % WORDS_PER_PAGE]
		: NULL;
}

/*
 * Behind the tail, if the guest has not consumed that meanwhile. A port that is
 * the tail itself looks linked, having just been marked, but its queue is empty.
 */
static bool link_behind(uint32_t tail, uint32_t port)
{
	event_word_t *word = tail && tail != port ? word_of(tail) : NULL;

	if (!word || !(*word & LINKED) || *word & LINK) {
		return false;
	}
	*word = (*word & ~LINK) | port;
	return true;
}

static void queue_add(uint32_t port, unsigned priority)
{
	bool is_linked = link_behind(tails[priority], port);

	if (!is_linked) {
		control->head[priority] = port;
	}
	tails[priority] = port;
	if (!is_linked) {
		control->ready |= 1u << priority;
		evtchn_mark_upcall();
	}
}

void fifo_pending(uint32_t port, unsigned priority)
{
	event_word_t *word = word_of(port);

	if (!word) {
		kept[port] = true;
		return;
	}
	*word |= PENDING;
	if (!(*word & MASKED) && !(*word & LINKED)) {
		*word = (*word & ~LINK) | LINKED;
		queue_add(port, priority);
	}
}

int fifo_unmask(uint32_t port, unsigned priority)
{
	event_word_t *word = word_of(port);

	if (!word) {
		return (int)refuse(EINVAL, "unmask of port %u, which has no event word", port);
	}
	*word &= ~MASKED;
	if (*word & PENDING) {
		fifo_pending(port, priority);
	}
	return 0;
}

/* The word stays linked, if it was: the guest finds it with nothing pending. */
void fifo_clear_pending(uint32_t port)
{
	event_word_t *word = word_of(port);

	kept[port] = false;
	if (word) {
		*word &= ~PENDING;
	}
}

bool fifo_is_pending(uint32_t port)
{
	const event_word_t *word = word_of(port);

	return word && *word & PENDING;
}

bool fifo_is_masked(uint32_t port)
{
	const event_word_t *word = word_of(port);

	return !word || *word & MASKED;
}

int fifo_init_control(void *arg)
{
	struct evtchn_init_control *op = arg;
	int rc;

	if (!options.fifo) {
		return (int)refuse(ENOSYS, "no FIFO event channels here");
	}
	if (op->vcpu != 0 || op->offset > PAGE_SIZE - sizeof(*control) || op->offset % 8) {
		return (int)refuse(
			EINVAL, "control block at offset %u for vcpu %u", op->offset, op->vcpu);
	}
	rc = type_get(op->control_gfn, TYPE_WRITABLE);
	if (rc) {
		return rc;
	}
	control = (void *)((uint8_t *)frame_memory(op->control_gfn) + op->offset);
	memset(control, 0, sizeof(*control));
	for (uint32_t port = 1; port < sizeof(shared_info->evtchn_pending) * 8; port++) {
		kept[port] = shared_info->evtchn_pending[port / 64] >> (port % 64) & 1;
	}
	op->link_bits = EVTCHN_FIFO_LINK_BITS;
	return 0;
}

int fifo_expand_array(void *arg)
{
	const struct evtchn_expand_array *op = arg;
	int rc;

	if (!control || page_count == PAGES_MAX) {
		return (int)refuse(ENOSYS, "expand_array");
	}
	rc = type_get(op->array_gfn, TYPE_WRITABLE);
	if (rc) {
		return rc;
	}
	pages[page_count++] = frame_memory(op->array_gfn);
	for (uint32_t port = 0; port < page_count * WORDS_PER_PAGE; port++) {
		if (kept[port]) {
			kept[port] = false;
			fifo_pending(port, evtchn_priority(port));
		}
	}
	return 0;
}

uint32_t *model_fifo_word(uint32_t port)
{
	return word_of(port);
}

void *model_fifo_control(void)
{
	return control;
}
