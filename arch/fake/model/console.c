/* console.c - the console daemon: takes what the guest prints when it is told of it, types what the test wants. */
#include "model.h"

#include <stdlib.h>
#include <string.h>
#include <xen/io/console.h>

#include "host.h"

static struct xencons_interface *ring;
static uint32_t port;
static bool stopped;
static char *text;
static size_t text_len, text_room;
static char input[8192];
static size_t input_len;
static bool is_told;

static void text_add(char c)
{
	if (text_len + 1 >= text_room) {
		text_room = text_room ? 2 * text_room : 4096;
		text = realloc(text, text_room);
		if (!text) {
			host_die("model: console text");
		}
	}
	text[text_len++] = c;
	text[text_len] = '\0';
}

static bool take_output(void)
{
	XENCONS_RING_IDX cons = ring->out_cons;
	XENCONS_RING_IDX prod = __atomic_load_n(&ring->out_prod, __ATOMIC_ACQUIRE);
	bool any = cons != prod;

	if (prod - cons > sizeof(ring->out)) {
		violation("console: the guest's producer is %u ahead", prod - cons);
	}
	while (cons != prod) {
		text_add(ring->out[MASK_XENCONS_IDX(cons++, ring->out)]);
	}
	__atomic_store_n(&ring->out_cons, cons, __ATOMIC_RELEASE);
	return any;
}

static bool give_input(void)
{
	XENCONS_RING_IDX prod = ring->in_prod,
			 cons = __atomic_load_n(&ring->in_cons, __ATOMIC_ACQUIRE);
	size_t n = 0;

	while (n < input_len && prod - cons < sizeof(ring->in)) {
		ring->in[MASK_XENCONS_IDX(prod++, ring->in)] = input[n++];
	}
	__atomic_store_n(&ring->in_prod, prod, __ATOMIC_RELEASE);
	memmove(input, input + n, input_len - n);
	input_len -= n;
	return n;
}

void console_step(void)
{
	bool moved;

	if (stopped || !ring) {
		return;
	}
	moved = is_told && take_output();
	is_told = false;
	moved |= give_input();
	if (moved) {
		evtchn_raise(port);
	}
}

static void console_notified(void)
{
	is_told = true;
}

void console_restore(void)
{
	port = evtchn_bind_static(REMOTE_DOMID, console_notified);
	model_start.console_port = port;
}

void console_reset(void)
{
	uint32_t start = random_u32();

	ring = frame_memory(model_start.mfn_list[model_start.console_pfn]);
	ring->out_cons = ring->out_prod = start;
	ring->in_cons = ring->in_prod = start + 7;
	console_restore();
	text_add('\n');
}

void model_console_input(const char *typed)
{
	size_t n = strlen(typed);

	if (n > sizeof(input) - input_len) {
		n = sizeof(input) - input_len;
	}
	memcpy(input + input_len, typed, n);
	input_len += n;
}

const char *model_console_output(void)
{
	return text ? text : "";
}

void *model_console_ring(void)
{
	return ring;
}

void model_console_stop(bool stop)
{
	stopped = stop;
}
