/*
 * tcp_acks.c - how often a reader of a TCP stream acknowledges, counted on a device of the test's own.
 *
 * Behind the device is a host that answers ARP and one connection, and sends data in frames of many segments each, as
 * netback does. What it looks at in a packet is at fixed places: there are no options but in SYNs, which it does not read.
 */
#include <arch/clock.h>
#include <kernel/heap.h>
#include <kernel/ktest.h>
#include <kernel/net.h>
#include <kernel/socket.h>
#include <kernel/string.h>
#include <linux/if.h>
#include <linux/in.h>
#include <linux/netlink.h>

#define PREFIX	   "\x0a\x63\x09" /* 10.99.9.0/24: we are 1, the host is 2 */
#define HOST_MAC   "\x02\x00\x00\x00\x00\x02"
#define HOST_SEQ   1000u
#define MSS	   1460u
#define FRAME_DATA (44u * MSS)
#define FRAMES	   24u
#define TIMER	   (250 * NSEC_PER_MSEC) /* lwIP's, which acknowledges what nobody reads */
#define PATIENCE   (60 * NSEC_PER_SEC)

enum { ARP_LEN = 42, IP_AT = 14, TCP_AT = 34, SYN_LEN = 58, HEADERS_LEN = 54 };
enum { FIN = 1, SYN = 2, ACK = 16 };

/* All of it under the stack's lock; `acks` and `acked` are read without. */
static struct {
	struct net_device dev;
	uint8_t us[NET_MAC_LEN], port[2];
	uint32_t ours;		 /* the next byte that we would send */
	uint32_t sent;		 /* bytes of data */
	unsigned acks;		 /* packets that only acknowledge */
	uint32_t acked;		 /* how much of the data */
	bool owes_arp, owes_syn; /* answers */
	unsigned frames;	 /* of data, that are to be sent */
} host;

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* ---- what the host hears ----------------------------------------------------------------------- */

static void tcp_hear(const uint8_t *p, unsigned len)
{
	unsigned headers = TCP_AT + (p[TCP_AT + 12] >> 4) * 4u;
	uint8_t flags = p[TCP_AT + 13];

	if (flags & SYN) {
		memcpy(host.us, p + NET_MAC_LEN, NET_MAC_LEN);
		memcpy(host.port, p + TCP_AT, sizeof(host.port));
		host.ours = get32(p + TCP_AT + 4) + 1;
		host.owes_syn = true;
	} else if (flags & ACK && !(flags & FIN) && len == headers) {
		uint32_t acked = get32(p + TCP_AT + 8) - (HOST_SEQ + 1);

		if (acked) { /* else it is the connection's */
			WRITE_ONCE(host.acks, host.acks + 1);
			WRITE_ONCE(host.acked, acked);
		}
	}
}

static bool host_transmit(struct net_device *dev, const struct net_frame *frame)
{
	uint8_t p[128] = { 0 };

	net_frame_copy(frame, 0, p, MIN(frame->len, (unsigned)sizeof(p)));
	if (p[12] == 0x08 && p[13] == 0x06) {
		memcpy(host.us, p + NET_MAC_LEN, NET_MAC_LEN);
		host.owes_arp = p[ARP_LEN - 1] == 2; /* it is asked for the host */
	} else if (p[12] == 0x08 && p[13] == 0x00 && p[IP_AT + 9] == IPPROTO_TCP) {
		tcp_hear(p, frame->len);
	}
	if (host.owes_arp || host.owes_syn) {
		net_poll_wanted(dev);
	}
	return true;
}

/* ---- what it says ------------------------------------------------------------------------------- */

static void ethernet_put(uint8_t *p, unsigned type)
{
	memcpy(p, host.us, NET_MAC_LEN);
	memcpy(p + NET_MAC_LEN, HOST_MAC, NET_MAC_LEN);
	put16(p + 12, type);
}

static void say(const uint8_t *headers, size_t len, size_t data_len)
{
	struct pbuf *packet = net_packet_get(len + data_len);

	if (packet) {
		net_packet_write(packet, 0, headers, len);
		net_receive(&host.dev, packet, true);
	}
}

static void arp_say(void)
{
	uint8_t p[ARP_LEN] = { 0 };

	ethernet_put(p, 0x0806);
	memcpy(p + IP_AT, "\x00\x01\x08\x00\x06\x04\x00\x02", 8);
	memcpy(p + IP_AT + 8, HOST_MAC, NET_MAC_LEN);
	memcpy(p + IP_AT + 14, PREFIX "\x02", 4);
	memcpy(p + IP_AT + 18, host.us, NET_MAC_LEN);
	memcpy(p + IP_AT + 24, PREFIX "\x01", 4);
	say(p, sizeof(p), 0);
}

static void ip_checksum_put(uint8_t *ip)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < 20; i += 2) {
		sum += (unsigned)ip[i] << 8 | ip[i + 1];
	}
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	put16(ip + 10, ~sum & 0xffff);
}

/* A segment with `len` bytes of headers in all. */
static void tcp_say(uint8_t *p, unsigned len, unsigned data_len, uint32_t sequence, uint8_t flags)
{
	ethernet_put(p, 0x0800);
	p[IP_AT] = 0x45;
	put16(p + IP_AT + 2, len - IP_AT + data_len);
	p[IP_AT + 8] = 64;
	p[IP_AT + 9] = IPPROTO_TCP;
	memcpy(p + IP_AT + 12, PREFIX "\x02", 4);
	memcpy(p + IP_AT + 16, PREFIX "\x01", 4);
	ip_checksum_put(p + IP_AT);
	put16(p + TCP_AT, 80);
	memcpy(p + TCP_AT + 2, host.port, sizeof(host.port));
	put32(p + TCP_AT + 4, sequence);
	put32(p + TCP_AT + 8, host.ours);
	p[TCP_AT + 12] = (uint8_t)((len - TCP_AT) / 4 << 4);
	p[TCP_AT + 13] = flags;
	put16(p + TCP_AT + 14, 0xffff);
	say(p, len, data_len);
}

static unsigned host_poll(struct net_device *dev, unsigned budget)
{
	uint8_t p[SYN_LEN] = { 0 };

	if (host.owes_arp) {
		host.owes_arp = false;
		arp_say();
	}
	if (host.owes_syn) {
		host.owes_syn = false;
		put16(p + HEADERS_LEN, 0x0204);
		put16(p + HEADERS_LEN + 2, MSS);
		tcp_say(p, SYN_LEN, 0, HOST_SEQ, SYN | ACK);
		memset(p, 0, sizeof(p));
	}
	if (host.frames) {
		host.frames--;
		tcp_say(p, HEADERS_LEN, FRAME_DATA, HOST_SEQ + 1 + host.sent, ACK);
		host.sent += FRAME_DATA;
	}
	return 0;
}

/* It heard at once. */
static void host_flush(struct net_device *dev)
{
}

/* ---- our side ------------------------------------------------------------------------------------ */

/* As when the last descriptor of it is closed. */
static void socket_end(struct socket *s)
{
	if (s->ops->closed) {
		s->ops->closed(s);
	}
	socket_unref(s);
}

static long netlink_say(struct socket *s, void *data, size_t len)
{
	struct message m = { .data = data, .len = len };

	return socket_send(s, &m);
}

/* As `ip address add` and `ip link set up`. */
static bool address_set(unsigned index)
{
	struct {
		struct linux_nlmsghdr header;
		struct linux_ifaddrmsg m;
		struct linux_rtattr local;
		char address[4];
	} address = { { sizeof(address), RTM_NEWADDR, NLM_F_REQUEST, 1, 0 },
		{ .family = AF_INET, .prefix_len = 24, .index = index }, { 8, IFA_LOCAL },
		{ 10, 99, 9, 1 } };
	struct {
		struct linux_nlmsghdr header;
		struct linux_ifinfomsg m;
	} link = { { sizeof(link), RTM_NEWLINK, NLM_F_REQUEST, 2, 0 },
		{ .index = (int32_t)index, .flags = IFF_UP, .change = IFF_UP } };
	struct socket *s;
	bool is_set;

	if (socket_create(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &s)) {
		return false;
	}
	is_set = netlink_say(s, &address, sizeof(address)) > 0 &&
		netlink_say(s, &link, sizeof(link)) > 0;
	socket_end(s);
	return is_set;
}

static bool connect_to_host(struct socket *s)
{
	struct socket_address address = { .len = sizeof(struct linux_sockaddr_in) };
	struct linux_sockaddr_in in = { .family = AF_INET };

	put16((uint8_t *)&in.port, 80);
	memcpy(&in.address, PREFIX "\x02", 4);
	memcpy(address.bytes, &in, sizeof(in));
	s->receive_timeout = s->send_timeout = PATIENCE;
	return !s->ops->connect(s, &address, false);
}

/* A frame comes and is read: how many bytes. */
static size_t frame_read(struct socket *s, char *buffer)
{
	size_t total = 0;
	long got = 1;

	net_lock();
	host.frames++;
	net_unlock();
	net_poll_wanted(&host.dev);
	while (got > 0 && total < FRAME_DATA) {
		struct message m = { .data = buffer, .len = FRAME_DATA - total };

		got = socket_receive(s, &m);
		total += got > 0 ? (size_t)got : 0;
	}
	return total;
}

static const struct net_device_ops host_ops = {
	.transmit = host_transmit, .flush = host_flush, .poll = host_poll
};

/* Each costs the other side a packet: one of a frame, which tells of the window as well, and what a timer adds. */
KTEST(tcp_acknowledges_a_frame_once)
{
	char *buffer = heap_alloc(FRAME_DATA);
	size_t total = 0;
	struct socket *s;
	nsec_t start;

	KTEST_REQUIRE(buffer);
	memset(&host, 0, sizeof(host));
	host.dev.ops = &host_ops;
	host.dev.mtu = 1500;
	memcpy(host.dev.mac, "\x02\x00\x00\x00\x00\x01", NET_MAC_LEN);
	KTEST_REQUIRE(!net_register(&host.dev));
	net_carrier_set(&host.dev, true);
	KTEST_REQUIRE(address_set(host.dev.index));
	KTEST_REQUIRE(!socket_create(AF_INET, SOCK_STREAM, 0, &s));
	KTEST_REQUIRE(connect_to_host(s));
	start = clock_now();
	for (unsigned i = 0; i < FRAMES; i++) {
		total += frame_read(s, buffer);
	}
	KTEST_EXPECT(total == (size_t)FRAMES * FRAME_DATA);
	KTEST_EXPECT(READ_ONCE(host.acked) == FRAMES * FRAME_DATA);
	KTEST_EXPECT(READ_ONCE(host.acks) <= FRAMES + (clock_now() - start) / TIMER);
	socket_end(s);
	net_unregister(&host.dev);
	heap_free(buffer);
}
