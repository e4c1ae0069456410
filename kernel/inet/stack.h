/*
 * stack.h - lwIP's surroundings: the one lock, the one thread, and memory.
 *
 * Invariants:
 *   N1  Everything of lwIP, every struct net_device and every internet socket's fields are under
 *       the stack's lock, a mutex: inet_enter(), inet_leave(). lwIP's callbacks run with it held,
 *       in whatever thread that is; they queue and wake, and never sleep.
 *   N2  What was looped back, and what devices are to send, leaves in inet_leave(): no packet
 *       waits for a thread.
 *   N3  The thread sleeps for ever while there is neither a device nor an internet socket nor a
 *       connection that is still ending.
 */
#ifndef INET_STACK_H
#define INET_STACK_H

#include <kernel/net.h>
#include <kernel/socket.h>

void inet_enter(void);
void inet_leave(void);

/* With the lock: as many more users of lwIP's timers (sockets, devices). */
void inet_users_add(int count);

/* ---- devices (device.c) ------------------------------------------------- */

/* With the lock. */
void device_flush_all(void);
bool device_poll_all(void); /* true: there is more */
void device_poll_forget(void);
struct net_device *device_by_index(unsigned index);
struct net_device *device_by_name(const char *name);
void device_for_each(void (*each)(struct net_device *dev, void *arg), void *arg);
void device_up(struct net_device *dev, bool up);
int device_init(void) __must_check;

/* The interface behind lwIP's. */
struct net_device *device_of(const struct netif *netif);

/* ---- taps: packet sockets (packet.c) ------------------------------------ */

/* With the lock: a frame came in or goes out. */
void packet_tap(struct net_device *dev, const struct pbuf *frame, bool is_out, bool is_checked);
extern unsigned packet_taps; /* how many look */

/*
 * Take or give a message, or sleep until that is possible, as `timeout`, the socket's for that direction, and
 * MSG_DONTWAIT allow. act() runs with the stack entered and says -EAGAIN when it has to wait; can() is asked
 * without any lock. What act() says, or -EAGAIN, -ERESTARTSYS. Not entered; sleeps.
 */
long inet_transfer(struct socket *socket, struct message *m, nsec_t timeout,
	long (*act)(struct socket *socket, struct message *m),
	bool (*can)(struct socket *socket, const struct message *m));

#endif
