/* stack.c - lwIP's lock, thread, clock and memory; see stack.h. */
#include "stack.h"

#include <arch/clock.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/panic.h>
#include <kernel/random.h>
#include <kernel/string.h>
#include <inet_hooks.h>
#include <lwip/init.h>
#include <lwip/netif.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/sys.h>
#include <lwip/timeouts.h>
#include "icmp_error.h"

/* How long lwIP's timers may be late: with connections, and without. */
#define SLACK_BUSY  (250 * NSEC_PER_MSEC)
#define SLACK_IDLE  NSEC_PER_SEC
#define LOOP_ROUNDS 256u

static struct mutex lock = MUTEX_INIT(lock, "net");
static struct wait_queue thread_queue = WAIT_QUEUE_INIT(thread_queue);
static int users;
static nsec_t wake_time = WAIT_FOREVER; /* of the thread, at the latest */
static bool is_wanted;			/* a device has something, or wake_time moved */

/* ---- what lwIP asks for --------------------------------------------------------------------- */

u32_t sys_now(void)
{
	return (u32_t)(clock_now() / NSEC_PER_MSEC);
}

uint32_t inet_random(void)
{
	uint32_t n;

	random_bytes(&n, sizeof(n));
	return n;
}

void inet_locked_check(void)
{
	if (unlikely(lock.holder != thread_current())) {
		panic("net: N1: lwIP called without its lock");
	}
}

/* lwIP clears what it wants to be clear. */
void *inet_memory_get(size_t size)
{
	return heap_alloc_unfilled(size);
}

void *inet_memory_get_array(size_t count, size_t size)
{
	size_t bytes;

	return __builtin_mul_overflow(count, size, &bytes) ? NULL : heap_alloc(bytes);
}

void inet_memory_put(void *memory)
{
	heap_free(memory);
}

/* Beginnings of sequences that nobody guesses. */
u32_t inet_isn(const ip_addr_t *local, u16_t local_port, const ip_addr_t *remote, u16_t remote_port)
{
	return inet_random();
}

/* ---- the lock ------------------------------------------------------------------------------- */

static void thread_wake(void)
{
	WRITE_ONCE(is_wanted, true);
	wait_wake_all(&thread_queue);
}

/*
 * What an interface sent to its own address never left the machine, and TCP's checksums are made by
 * devices or on the way to them: there is none to look at. Each packet from outside says for itself.
 */
static void loop_poll(struct netif *netif)
{
	if (netif->state) {
		NETIF_SET_CHECKSUM_CTRL(netif,
			NETIF_CHECKSUM_ENABLE_ALL &
				~(NETIF_CHECKSUM_GEN_TCP | NETIF_CHECKSUM_CHECK_TCP |
					NETIF_CHECKSUM_CHECK_UDP));
	}
	netif_poll(netif);
}

/* N2; what cannot be done in some rounds is the thread's. */
static void loop_deliver(void)
{
	struct netif *netif;
	bool any = true;

	for (unsigned i = 0; any && i < LOOP_ROUNDS; i++) {
		any = false;
		NETIF_FOREACH(netif)
		{
			if (netif->loop_first) {
				any = true;
				loop_poll(netif);
			}
		}
	}
	if (any) {
		thread_wake();
	}
}

static bool has_connections(void)
{
	return tcp_active_pcbs || tcp_tw_pcbs;
}

/* N3 */
static nsec_t timers_due(void)
{
	nsec_t slack = has_connections() ? SLACK_BUSY : SLACK_IDLE;

	if (users == 0 && !has_connections()) {
		return WAIT_FOREVER;
	}
	return clock_now() + MAX(sys_timeouts_sleeptime() * NSEC_PER_MSEC, slack);
}

void inet_enter(void)
{
	mutex_lock(&lock);
}

void inet_leave(void)
{
	bool is_sooner;

	loop_deliver();
	device_flush_all();
	is_sooner = (wake_time == WAIT_FOREVER || has_connections()) &&
		timers_due() < READ_ONCE(wake_time);
	mutex_unlock(&lock);
	if (is_sooner) {
		thread_wake();
	}
}

void net_lock(void)
{
	inet_enter();
}

void net_unlock(void)
{
	inet_leave();
}

void inet_users_add(int count)
{
	if (users == 0 && count > 0) {
		sys_restart_timeouts();
	}
	users += count;
}

void net_poll_wanted(struct net_device *dev)
{
	WRITE_ONCE(dev->poll_wanted, true);
	thread_wake();
}

/* ---- the thread ----------------------------------------------------------------------------- */

static void run(void *arg)
{
	for (;;) {
		wait_until(&thread_queue, READ_ONCE(is_wanted), READ_ONCE(wake_time));
		WRITE_ONCE(is_wanted, false);
		inet_enter();
		if (device_poll_all()) {
			WRITE_ONCE(is_wanted, true);
		}
		sys_check_timeouts();
		WRITE_ONCE(wake_time, timers_due());
		inet_leave();
	}
}

void net_init(void)
{
	int err;

	inet_enter();
	lwip_init();
	err = device_init();
	if (!err) {
		err = icmp_error_init();
	}
	inet_leave();
	if (!err) {
		err = thread_create(NULL, "net", run, NULL);
	}
	if (err) {
		log_err("net: %s", errno_name(err));
	}
}

long inet_transfer(struct socket *socket, struct message *m, nsec_t timeout,
	long (*act)(struct socket *socket, struct message *m),
	bool (*can)(struct socket *socket, const struct message *m))
{
	nsec_t deadline = socket_deadline(timeout, clock_now());

	for (;;) {
		long done;
		int err;

		inet_enter();
		done = act(socket, m);
		inet_leave();
		if (done != -EAGAIN) {
			return done;
		}
		err = socket_wait(
			&socket->changed, can(socket, m), m->flags & MSG_DONTWAIT, deadline);
		if (err) {
			return err;
		}
	}
}
