/*
 * rogue.h - back-ends that do what none should: a program of dom0's, in user space.
 *
 *     rogue list                   the attacks
 *     rogue ATTACK DOMID           one of them, on a running domain
 *     rogue serve SECONDS          as many as are asked for, each given so long (serve.c)
 *
 * It plugs a device into the domain by itself, plays its back-end as far as the attack needs,
 * misbehaves, unplugs it, and prints the state the front-end was last seen in. What the guest has to say
 * about it stands beside the attack; the test's runner reads it there (tests/runner/rogue.py).
 *
 *   main.c    the table of attacks, and what becomes of one
 *   serve.c   one process for many attacks          talk.c    a guest asked by way of its disk
 *   store.c   a connection to xenstored             hypercall.c  storms of events, a guest that stands still
 *   device.c  a device in the store: nodes, states; grants and events
 *   states.c  what can be done to any device's states
 *   disk.c    an honest disk, from which the attacks depart      attack_*.c   they
 *   vif.c     an honest network interface, likewise
 *   channel.c an honest console beyond the first, likewise
 *   daemon.c  the rings that the toolstack makes: the console's and the store's
 */
#ifndef ROGUE_H
#define ROGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xenevtchn.h>
#include <xengnttab.h>

/* For the macros of io/ring.h. */
#define mb()  __sync_synchronize()
#define rmb() __sync_synchronize()
#define wmb() __sync_synchronize()

/*
 * Requests and responses of a disk hold words of 64 bits, which i386 aligns to 4 bytes: a front-end of that
 * width says so by its node `protocol`, and this program is compiled for one of both.
 */
#ifdef FRONT_END_I386
#pragma pack(push, 4)
#define RESPONSE_LEN 12
#else
#pragma pack(push)
#define RESPONSE_LEN 16
#endif
#include <xen/io/blkif.h>
#pragma pack(pop)
_Static_assert(sizeof(blkif_response_t) == RESPONSE_LEN, "public/io/blkif.h");

#include <xen/io/console.h>
#include <xen/io/netif.h>
#include <xen/io/xenbus.h>

struct attack {
	const char *name;
	const char *said; /* by the guest, once; "": nothing in particular */
	void (*run)(void);
};

/* One line: ATTACK(function, "name", "what the guest says"). */
#define ATTACK(function, name_, said_)                                                             \
	static void function(void);                                                                \
	static const struct attack attack_##function = { name_, said_, function };                 \
	static const struct attack *const entry_##function                                         \
		__attribute__((section("attacks"), used)) = &attack_##function;                    \
	static void function(void)

/* A node and its value; a table of them ends with an empty one. */
struct node {
	const char *name, *value;
};

/* ---- main.c ---- */

/* On `domid`. An exit status. */
int attack(const char *name);

/* ---- serve.c ---- */

/* Does what lines of standard input say, until they end. An exit status. */
int serve(unsigned seconds);

/* ---- talk.c ---- */

/* By the file behind a guest's disk. */
void talk_order(const char *path, unsigned number, const char *text);
/* Print the report of this number if it comes within `seconds`. */
void talk_report(const char *path, unsigned number, unsigned seconds);

/* ---- store.c ---- */

/* All give up when xenstored does not answer. */

/* A connection of this process's own. */
void store_open(void);
void store_end(void);
bool store_is_open(void);
/* A node's value, until the next question; NULL: it cannot be read. */
const char *store_read(const char *path);
/* False: refused. */
bool store_write(const char *path, const char *value);
bool store_make(const char *path);
bool store_remove(const char *path);
bool store_share(const char *path, unsigned owner, unsigned reader);
/* What is asked between the two is done at once. False: none of it was done, it has to be asked anew. */
void store_begin(void);
bool store_is_begun(void);
bool store_commit(void);
/* Without it: what was asked is not done. */
void store_abandon(void);
/* From now on store_wait() tells of this node; a few can be. */
void store_watch(const char *path);
/* True when something happened to one of them since the last time, or it was just watched; false when clock_ms() is `until`. */
bool store_wait(long until);

/* ---- device.c ---- */

extern unsigned domid; /* the guest */
extern xengnttab_handle *grants;
extern xenevtchn_handle *events;
extern char front[128], back[128]; /* the device's directories */

/* What went wrong is the test's, not the guest's: say so and end. */
void give_up(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
void open_all(void);

void node_write(const char *dir, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void node_remove(const char *dir, const char *name);
void node_watch(const char *dir, const char *name);
bool node_exists(const char *dir, const char *name);
/* -1: not there, or no number. */
long node_number(const char *dir, const char *name);
/*
 * A new device of `class`: both directories, `more` in the front-end's, state 1 in both. They are made at once, as the
 * toolstack does it; unless `device_grows`, when the guest may see them half made.
 */
extern bool device_grows;
void device_plug(const char *class, unsigned id, const struct node *more);
void device_state(enum xenbus_state state);
void device_unplug(void);
/* Taken away and, by `plug`, made anew, so that nobody sees it away. */
void device_replug(void (*plug)(void));
/* The front-end's state is `state` or beyond it within `ms`; 0: none, the directory is gone. */
bool front_reaches(enum xenbus_state state, unsigned ms);
/* The same, and is that one when it is looked at. */
bool front_becomes(enum xenbus_state state, unsigned ms);
/* Goes through Closed, and waits for the front-end to begin anew with it. */
void device_begin_anew(void);
long front_state(void);

void *grant_map(uint32_t ref);
/* To the port that the front-end names in a node. */
evtchn_port_t event_bind(const char *dir, const char *name);
/* Wait for events of any port: false after `ms`. */
bool event_wait(unsigned ms);
void nap(unsigned ms);
long clock_ms(void);
uint32_t chance(void);
void scribble(void *memory, size_t size);

/* ---- hypercall.c ---- */

/* In each process anew. */
void hypercalls_open(void);
/* dom0's end of a port of the guest's. */
evtchn_port_t port_behind(evtchn_port_t port);
/* On a port of dom0's, whoever's it is. False: there is no such port any more. */
bool port_send(evtchn_port_t port);
/*
 * As many as can be, for some seconds; the guest, which is awake a thousand times each second at most, need not see more of
 * them. `between` is called at each system call, with its number: some hundred events.
 */
void port_storm(evtchn_port_t port, void (*between)(unsigned));
void guest_pause(void);
void guest_unpause(void);

/* ---- states.c ---- */

/* Of a device that is plugged. */
void device_states_jump(void);
void device_states_nonsense(void);
/* For good. */
void device_close(void);
/* Plugged, and unplugged at once or after a while, many times. */
void device_come_and_go(void (*plug)(void));

/* ---- daemon.c ---- */

/*
 * The daemon of this name stands still until daemon_continue(), or this program's end; its page, at a reserved
 * reference, is ours. `node` names the guest's port, in the guest's directory.
 */
void *daemon_replace(const char *name, const char *node, uint32_t ref);
void daemon_continue(void);
/* In the daemon's name. False: there is no such port any more. */
bool daemon_notify(void);
void daemon_storm(void);
/* In a new process that remains when this one ends: the page, once more. In this one NULL. */
void *daemon_remain(const char *node, uint32_t ref);
bool domain_is_there(void);
/* The guest is asked something by way of the store, and has `ms` to hear of it. */
bool guest_hears(unsigned ms);
/* When it was asked already. */
bool guest_has_heard(unsigned ms);

/* ---- disk.c ---- */

struct disk {
	blkif_back_ring_t ring;
	blkif_sring_t *shared;
	evtchn_port_t port;
};
extern struct disk disk;

/* What an honest disk says before and when it is connected. */
extern const struct node disk_features[], disk_sizes[];

void disk_plug(const struct node *features);
/* Map the rings that the front-end offers; give up if it does not. */
void disk_map(void);
/* Plugged already: mapped, connected; and all of it. */
void disk_go_on(const struct node *sizes);
void disk_connect(const struct node *features, const struct node *sizes);
/* The next request, taken; false after `ms` without. */
bool disk_take(blkif_request_t *request, unsigned ms);
blkif_request_t disk_await(void);
void disk_answer(uint64_t id, uint8_t operation, int16_t status);
void disk_notify(void);
/* Answer everything with `status` for so long. */
void disk_serve(unsigned ms, int16_t status);

/* ---- vif.c ---- */

struct vif {
	netif_tx_back_ring_t tx;
	netif_rx_back_ring_t rx;
	xen_netif_ctrl_back_ring_t ctrl;
	evtchn_port_t port, rx_port, ctrl_port; /* the first two are one unless events are split */
};
extern struct vif vif;
extern const struct node vif_features[];

void vif_plug(const struct node *features, const char *mac);
/* Of several queues the first. */
void vif_map(void);
/* The control ring, too; before the back-end says that it is connected. */
void vif_ctrl_map(void);
/* The next question; and an answer. */
struct xen_netif_ctrl_request vif_ctrl_take(void);
void vif_ctrl_answer(uint16_t id, uint16_t type, uint32_t status, uint32_t data);
/* Mapped and connected; and plugged before that. */
void vif_go_on(void);
void vif_connect(const struct node *features);
bool vif_tx_take(netif_tx_request_t *request, unsigned ms);
netif_tx_request_t vif_tx_await(void);
void vif_tx_answer(uint16_t id, int16_t status);
/* The next page that waits for a packet. */
netif_rx_request_t vif_rx_take(void);
/* An answer at the next position, which the front-end does not see yet; and seen by it at once. */
void vif_rx_put(uint16_t id, unsigned offset, int status, unsigned flags);
void vif_rx_answer(uint16_t id, unsigned offset, int status, unsigned flags);
/* Bytes into a page that waits. */
void vif_rx_fill(const netif_rx_request_t *request, const void *data, unsigned len);
void vif_notify(void);
/* Take and answer what is sent, for so long. */
void vif_serve(unsigned ms);

/* ---- channel.c ---- */

struct channel {
	volatile struct xencons_interface *ring;
	evtchn_port_t port;
};
extern struct channel channel;

void channel_plug(void);
/* The ring that the front-end offers, mapped; and connected; all of it. */
void channel_map(void);
void channel_go_on(void);
void channel_connect(void);
void channel_notify(void);
/* As many bytes as there is room for: how many. */
unsigned channel_type(const char *text, unsigned len);
/* All that the guest sent is taken. */
void channel_take(void);
/* The same until it has sent `text`, after what was found the last time; false after `ms`. */
bool channel_hears(const char *text, unsigned ms);

#endif
