/*
 * attack_console.c - xenconsoled's end of the console ring. In the guest somebody writes a line to the console every
 * now and then; what it has to say about a console that is off is in its log only.
 */
#include "rogue.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xen/grant_table.h>
#include <xen/io/console.h>

#define PORT "console/port"

static volatile struct xencons_interface *ring;

static void console_replace(void)
{
	ring = daemon_replace("xenconsoled", PORT, GNTTAB_RESERVED_CONSOLE);
}

/* All that the guest wrote is thrown away. */
static void output_take(void)
{
	ring->out_cons = ring->out_prod;
}

/* ---- what it has to endure ------------------------------------------------------------------------ */

ATTACK(storm, "console event storm", "")
{
	console_replace();
	daemon_storm();
}

/* Control characters among it: what stops output, interrupts, suspends, ends. */
ATTACK(typed, "console input of chance at full speed", "")
{
	unsigned sent = 0;

	console_replace();
	for (unsigned i = 0; sent < 100000 && i < 40000; i++) {
		unsigned free = sizeof(ring->in) - (ring->in_prod - ring->in_cons);

		if (!free) {
			nap(1);
		}

		for (unsigned k = 0; k < free; k++) {
			ring->in[MASK_XENCONS_IDX(ring->in_prod + k, ring->in)] = (char)chance();
		}
		wmb();
		ring->in_prod += free;
		sent += free;
		output_take();
		daemon_notify();
	}
	if (sent < 100000) {
		give_up("the guest took %u bytes only", sent);
	}
	while (ring->in_prod != ring->in_cons) {
		nap(20);
	}
	/* Whatever quoting character was last: let output go on. */
	for (unsigned k = 0; k < 2; k++) {
		ring->in[MASK_XENCONS_IDX(ring->in_prod + k, ring->in)] = 'Q' & 31;
	}
	wmb();
	ring->in_prod += 2;
	daemon_notify();
}

/*
 * The guest finds no room, and waits for it, as long as was promised; a byte is taken now and then. After that it
 * has to hear what is asked of it, while the same goes on.
 */
ATTACK(trickle, "console takes a byte now and then",
	"nobody takes its output; what does not fit is lost")
{
	int status = 0;

	console_replace();
	if (fork() == 0) {
		nap(20000);
		open_all();
		_exit(!guest_hears(15000));
	}
	for (unsigned i = 0; !waitpid(-1, &status, WNOHANG); i++) {
		nap(50);
		if (ring->out_prod - ring->out_cons == sizeof(ring->out)) {
			ring->out_cons++;
			daemon_notify();
		}
	}
	if (status) {
		give_up("the guest waits for the console, and hears nothing");
	}
}

/*
 * The ring is full and stays so, while programs go on printing and the kernel is asked for its list of threads again
 * and again. Once it has waited as long as was promised, it waits no more.
 */
ATTACK(never_emptied, "console never emptied", "nobody takes its output; what does not fit is lost")
{
	char dir[64];

	snprintf(dir, sizeof(dir), "/local/domain/%u/control", domid);
	console_replace();
	for (unsigned i = 0; ring->out_prod - ring->out_cons < sizeof(ring->out); i++) {
		if (i == 200) {
			give_up("the guest does not fill the ring");
		}
		nap(50);
	}
	if (!guest_hears(20000)) {
		give_up("the guest waits for the console, and hears nothing");
	}
	for (unsigned i = 0; i < 20; i++) {
		if (i % 8 == 0) {
			node_write(dir, "sysrq", "t");
			nap(50);
		}
		if (!guest_hears(5000)) {
			give_up("the guest waits for the console once more");
		}
	}
}

/* ---- what ends it ----------------------------------------------------------------------------------- */

/*
 * Until the guest has seen it: the daemon, going on, might write what it knew before. Without events it finds out when
 * it writes.
 */
static void spoil(void (*index_set)(void), bool with_events)
{
	console_replace();
	index_set();
	if (with_events) {
		daemon_notify();
	}
	ring = daemon_remain(PORT, GNTTAB_RESERVED_CONSOLE);
	if (!ring) {
		nap(300);
		return;
	}
	for (unsigned i = 0; i < 300 && domain_is_there(); i++) {
		index_set();
		if (with_events && !daemon_notify()) {
			break;
		}
		nap(100);
	}
	_exit(0);
}

static void in_ahead_set(void)
{
	ring->in_prod = ring->in_cons + sizeof(ring->in) + 1;
}

ATTACK(in_ahead, "console input producer overrun",
	"the back-end's ring indices make no sense; the console is off")
{
	spoil(in_ahead_set, true);
}

static void in_back_set(void)
{
	ring->in_prod = ring->in_cons - 1;
}

ATTACK(in_back, "console input producer goes back",
	"the back-end's ring indices make no sense; the console is off")
{
	spoil(in_back_set, false);
}

static void out_ahead_set(void)
{
	ring->out_cons = ring->out_prod + 3000;
}

ATTACK(out_ahead, "console output consumer overrun",
	"the back-end's ring indices make no sense; the console is off")
{
	spoil(out_ahead_set, false);
}

static void out_back_set(void)
{
	ring->out_cons = ring->out_prod - sizeof(ring->out) - 1;
}

ATTACK(out_back, "console output consumer goes back",
	"the back-end's ring indices make no sense; the console is off")
{
	spoil(out_back_set, true);
}

static void page_set(void)
{
	scribble((void *)ring, sizeof(*ring));
}

ATTACK(page_changed, "console page changed under the reader",
	"the back-end's ring indices make no sense; the console is off")
{
	spoil(page_set, true);
}
