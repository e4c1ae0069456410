/*
 * attack_channel.c - a console beyond the first. In the guest somebody has it open whenever it is there, says so, and
 * answers each line with "heard" and the line.
 */
#include "rogue.h"

#include <stdio.h>
#include <string.h>

/* Some words, one after the other: each comes back as its echo, then as what the reader made of it. */
static void talk(unsigned first, unsigned count)
{
	for (unsigned i = first; i < first + count; i++) {
		char line[64], answer[64];

		snprintf(line, sizeof(line), "word %u, %08x\r", i, chance());
		snprintf(answer, sizeof(answer), "heard %.*s\r\n", (int)strlen(line) - 1, line);
		channel_type(line, (unsigned)strlen(line));
		if (!channel_hears(line, 20000) || !channel_hears(answer, 20000)) {
			give_up("the guest does not answer: %s", line);
		}
	}
}

/* ---- what an honest one does ------------------------------------------------------------------------ */

ATTACK(both_ways, "channel both ways", "")
{
	channel_connect();
	if (!channel_hears("somebody is there\r\n", 20000)) {
		give_up("the guest says nothing");
	}
	talk(0, 30);
}

/* It closes its end, and another one opens: the terminal is hung up, and there is another. */
ATTACK(again, "channel begins again", "")
{
	channel_connect();
	for (unsigned i = 0; i < 5; i++) {
		if (!channel_hears("somebody is there\r\n", 20000)) {
			give_up("the guest says nothing");
		}
		talk(i, 1);
		device_state(i % 2 ? XenbusStateClosing : XenbusStateClosed);
		if (!front_becomes(XenbusStateClosed, 15000)) {
			give_up("the front-end does not close");
		}
		device_state(XenbusStateInitWait);
		if (!front_becomes(XenbusStateInitialised, 15000)) {
			give_up("the front-end does not begin again");
		}
		channel_map();
		device_state(XenbusStateConnected);
	}
}

/* ---- what it has to endure ---------------------------------------------------------------------------- */

/* Whether the guest looks between, or not. */
ATTACK(comes_and_goes, "channel comes and goes", "")
{
	for (unsigned i = 0; i < 15; i++) {
		if (i % 3) {
			channel_connect();
			talk(i, i % 3 == 2);
		} else {
			channel_plug();
			channel_map();
		}
		device_unplug();
	}
	channel_connect();
}

ATTACK(made_anew, "channel taken away and made anew unseen",
	"xenbus: device/console/1: another one")
{
	channel_connect();
	if (!channel_hears("somebody is there\r\n", 20000)) {
		give_up("the guest says nothing");
	}
	device_replug(channel_plug);
	channel_go_on();
	talk(0, 2);
}

/* Who writes waits; the rest of the guest does not. */
ATTACK(never_emptied, "channel never emptied", "")
{
	channel_connect();
	for (unsigned i = 0; i < 100; i++) {
		channel_type("a line that is echoed and answered\r", 35);
		nap(10);
	}
	if (!guest_hears(15000)) {
		give_up("the guest hears nothing");
	}
}

/* Sometimes there is a byte, and sometimes none. */
static void byte_show(unsigned i)
{
	channel.ring->in_prod = channel.ring->in_cons + i % 2;
}

ATTACK(storm, "channel event storm", "")
{
	channel_connect();
	port_storm(channel.port, byte_show);
	channel.ring->in_prod = channel.ring->in_cons;
}

/* All of it is taken by and by: nobody throws away what has no room. */
ATTACK(typed, "channel input of chance at full speed", "")
{
	unsigned sent = 0;

	channel_connect();
	for (unsigned i = 0; sent < 60000; i++) {
		char bytes[512];

		if (i == 20000) {
			give_up("the guest took %u bytes only", sent);
		}
		for (unsigned k = 0; k < sizeof(bytes); k++) {
			bytes[k] = (char)chance();
		}
		sent += channel_type(bytes, sizeof(bytes));
		channel_take();
		nap(1);
	}
}

/* The page stays mapped here, and is written to, when the guest has let it go. */
ATTACK(page_kept, "channel page kept", "")
{
	void *page;

	channel_connect();
	page = (void *)channel.ring;
	device_unplug();
	for (unsigned i = 0; i < 100; i++) {
		scribble(page, sizeof(*channel.ring));
		nap(10);
	}
}

ATTACK(states, "channel states in any order", "")
{
	channel_plug();
	channel_map();
	for (unsigned i = 0; i < 200; i++) {
		device_state((enum xenbus_state)(chance() % 9));
		nap(5);
	}
}

/* ---- what ends it --------------------------------------------------------------------------------------- */

ATTACK(in_ahead, "channel input producer overrun",
	"the back-end's ring indices make no sense; the console is off")
{
	channel_connect();
	channel.ring->in_prod = channel.ring->in_cons + sizeof(channel.ring->in) + 1;
	channel_notify();
}

ATTACK(in_back, "channel input producer goes back",
	"the back-end's ring indices make no sense; the console is off")
{
	channel_connect();
	channel.ring->in_prod = channel.ring->in_cons - 1;
	channel_notify();
}

/* Without an event: who writes finds out. */
ATTACK(out_ahead, "channel output consumer overrun",
	"the back-end's ring indices make no sense; the console is off")
{
	channel_connect();
	channel.ring->out_cons = channel.ring->out_prod + 3000;
	front_reaches(XenbusStateClosing, 15000);
}

ATTACK(out_back, "channel output consumer goes back",
	"the back-end's ring indices make no sense; the console is off")
{
	channel_connect();
	channel.ring->out_cons = channel.ring->out_prod - sizeof(channel.ring->out) - 1;
	channel_notify();
}

ATTACK(page_changed, "channel page changed under the reader",
	"the back-end's ring indices make no sense; the console is off")
{
	channel_connect();
	for (unsigned i = 0; i < 100 && front_state() == XenbusStateConnected; i++) {
		scribble((void *)channel.ring, sizeof(*channel.ring));
		channel_notify();
		nap(20);
	}
}
