/*
 * xs_client.c - requests and watches while the store answers whatever the input says.
 *
 * The ring is replaced by the input: each message the reader asks for is cut from
 * it, with the ids of waiting requests put in now and then so that answers match.
 */
#include "drivers/xen/xenstore.c"

#include "shim.h"

static bool dead;

#include "drivers/xen/xs_watch.c"

int xs_ring_init(void)
{
	return 0;
}

int xs_ring_resume(void)
{
	return 0;
}

bool xs_ring_has_more(void)
{
	return true;
}

bool xs_ring_wait(void)
{
	return !dead;
}

bool xs_ring_is_dead(void)
{
	return dead;
}

void xs_ring_kill(const char *why)
{
	dead = true;
}

int xs_ring_write(const struct xs_part *parts, unsigned count, nsec_t deadline)
{
	size_t len = 0;

	for (unsigned i = 0; i < count; i++) {
		for (size_t j = 0; j < parts[i].len; j++) {
			len += ((const char *)parts[i].data)[j] ? 1 : 1;
		}
	}
	REQUIRE(len <= sizeof(struct xs_header) + XS_WIRE_PAYLOAD_MAX);
	return dead ? -EIO : 0;
}

int xs_ring_read(void *data, size_t len, nsec_t deadline)
{
	if (dead || !input_left()) {
		dead = true;
		return -EIO;
	}
	input_bytes(data, len);
	return 0;
}

/* One message into the client, most often an answer to who waits first. */
static bool one_message(void)
{
	static char body[XS_WIRE_PAYLOAD_MAX];
	struct xs_header header;

	if (dead || !input_left()) {
		dead = true;
		all_fail();
		return false;
	}
	header = (struct xs_header){
		.type = input_u8() % 24, .request = input_u8(), .len = input_u8()
	};
	if (header.request & 0x80 && !list_is_empty(&calls)) {
		header.request = list_entry(list_first(&calls), struct call, link)->id;
		if (header.len & 0x80) {
			header.type = list_entry(list_first(&calls), struct call, link)->type;
		}
	}
	if (xs_wire_check(&header) || xs_ring_read(body, header.len, WAIT_FOREVER)) {
		return false;
	}
	message_take(&header, body);
	return true;
}

static void fired(struct xs_watch *watch, const char *changed)
{
	REQUIRE(strlen(changed) <= XS_WIRE_PAYLOAD_MAX);
}

static int body_of_transaction(struct xs_tx tx, void *arg)
{
	return xenstore_printf(tx, "a", "b", "%u", 5);
}

static void reads(void)
{
	char *value, small[9];
	uint64_t number;
	size_t len;

	if (!xenstore_read(XS_NONE, "a", "b", &value, &len)) {
		REQUIRE(value[len] == '\0');
		heap_free(value);
	}
	if (!xenstore_read_text(XS_NONE, "a", NULL, small, sizeof(small))) {
		REQUIRE(strnlen(small, sizeof(small)) < sizeof(small));
	}
	(void)!xenstore_read_number(XS_NONE, "a", "n", &number);
}

static void lists(void)
{
	struct xs_perm perms[3];
	unsigned count = ARRAY_SIZE(perms);
	struct xs_list list;
	size_t offset = 0;
	unsigned n = 0;

	if (!xenstore_list(XS_NONE, "a", NULL, &list)) {
		while (xs_wire_next(list.names, list.len, &offset)) {
			n++;
		}
		REQUIRE(n == list.count);
		heap_free(list.names);
	}
	(void)!xenstore_get_perms(XS_NONE, "a", NULL, perms, &count);
}

static void watches_use(void)
{
	struct xs_watch w = { .path = "device", .fire = fired };
	struct event *e;

	if (xenstore_watch(&w)) {
		return;
	}
	for (unsigned i = 0; i < 40 && one_message(); i++) {
		REQUIRE(w.queued <= XS_WATCH_QUEUE_MAX);
	}
	while ((e = event_take())) {
		e->watch->fire(e->watch, e->path);
		event_done(e);
	}
	xenstore_unwatch(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	input_set(data, size);
	shim_on_wait = one_message;
	dead = false;
	last_id = 0;
	last_token = 0;
	while (!dead && input_left()) {
		switch (input_u8() % 5) {
		case 0:
			reads();
			break;
		case 1:
			lists();
			break;
		case 2:
			(void)!xenstore_transaction(body_of_transaction, NULL);
			break;
		case 3:
			watches_use();
			break;
		default:
			(void)!xenstore_write(XS_NONE, "a", "b", "c");
		}
	}
	REQUIRE(list_is_empty(&calls));
	REQUIRE(list_is_empty(&watches));
	REQUIRE(list_is_empty(&events));
	return 0;
}
