/* channel.c - an honest back-end of a console beyond the first. */
#include "rogue.h"

#include <string.h>

struct channel channel;

static const struct node nodes[] = { { "name", "rogue" }, { "type", "ioemu" }, { "output", "pty" },
	{ "protocol", "vt100" }, { NULL, NULL } };

void channel_plug(void)
{
	device_plug("console", 1, nodes);
}

void channel_map(void)
{
	if (!front_reaches(XenbusStateInitialised, 15000)) {
		give_up("the front-end offers nothing");
	}
	channel.ring = grant_map((uint32_t)node_number(front, "ring-ref"));
	channel.port = event_bind(front, "port");
}

void channel_go_on(void)
{
	channel_map();
	device_state(XenbusStateConnected);
	if (!front_reaches(XenbusStateConnected, 15000)) {
		give_up("the front-end does not connect");
	}
}

void channel_connect(void)
{
	channel_plug();
	channel_go_on();
}

void channel_notify(void)
{
	xenevtchn_notify(events, channel.port);
}

unsigned channel_type(const char *text, unsigned len)
{
	volatile struct xencons_interface *r = channel.ring;
	unsigned n = 0;

	rmb();
	while (n < len && r->in_prod + n - r->in_cons < sizeof(r->in)) {
		r->in[MASK_XENCONS_IDX(r->in_prod + n, r->in)] = text[n];
		n++;
	}
	wmb();
	r->in_prod += n;
	channel_notify();
	return n;
}

/* The last bytes that came, NUL-terminated. */
static char heard[8192];
static unsigned heard_len;

void channel_take(void)
{
	volatile struct xencons_interface *r = channel.ring;
	bool any = false;

	for (; r->out_cons != r->out_prod; any = true) {
		rmb();
		if (heard_len == sizeof(heard) - 1) {
			memmove(heard, heard + sizeof(heard) / 2, sizeof(heard) / 2);
			heard_len -= sizeof(heard) / 2;
		}
		heard[heard_len++] = r->out[MASK_XENCONS_IDX(r->out_cons, r->out)];
		heard[heard_len] = '\0';
		mb();
		r->out_cons++;
	}
	if (any) {
		channel_notify();
	}
}

bool channel_hears(const char *text, unsigned ms)
{
	char *found = NULL;

	for (unsigned i = 0; i <= ms / 20; i++) {
		channel_take();
		/* Text may hold no NUL; what the guest sends here holds none either. */
		found = strstr(heard, text);
		if (found) {
			break;
		}
		nap(20);
	}
	if (found) {
		unsigned used = (unsigned)(found - heard) + (unsigned)strlen(text);

		memmove(heard, heard + used, heard_len - used + 1);
		heard_len -= used;
	}
	return found;
}
