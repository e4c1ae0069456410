/* proc.c - /proc/net: interfaces, routes and sockets, as Linux writes them. */
#include <kernel/log.h>
#include <kernel/procfs.h>
#include <kernel/string.h>
#include "inet.h"
#include "interface.h"
#include "proc.h"
#include "route.h"

static void device_line(struct net_device *dev, void *arg)
{
	const struct net_stats *in = &dev->received, *out = &dev->sent;

	proc_print(arg,
		"%6s: %7lu %7lu %4lu %4lu %4u %5u %10u %9u %8lu %7lu %4lu %4lu %4u %5u %7u %10u\n",
		dev->name, (unsigned long)in->bytes, (unsigned long)in->packets,
		(unsigned long)in->errors, (unsigned long)in->dropped, 0, 0, 0, 0,
		(unsigned long)out->bytes, (unsigned long)out->packets, (unsigned long)out->errors,
		(unsigned long)out->dropped, 0, 0, 0, 0);
}

static void dev_show(struct proc_text *text)
{
	proc_print(text,
		"Inter-|   Receive                                                |  Transmit\n"
		" face |bytes    packets errs drop fifo frame compressed multicast|bytes    "
		"packets errs drop fifo colls carrier compressed\n");
	inet_enter();
	device_for_each(device_line, text);
	inet_leave();
}

static void route_line(const struct route *r, void *arg)
{
	unsigned flags = 1 | (r->gateway ? 2 : 0) | (r->mask == UINT32_MAX ? 4 : 0);

	proc_print(arg, "%s\t%08X\t%08X\t%04X\t0\t0\t%u\t%08X\t0\t0\t0\n", r->dev->name, r->to,
		r->gateway, flags, r->metric, r->mask);
}

static void own_line(const struct route *r, uint32_t source, void *arg)
{
	route_line(r, arg);
}

static void route_show(struct proc_text *text)
{
	proc_print(text,
		"Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\t"
		"Window\tIRTT\n");
	inet_enter();
	route_for_each(route_line, text);
	route_own_for_each(own_line, text);
	inet_leave();
}

/* Linux's scopes of addresses (net/ipv6.h). */
static unsigned scope_of(const ip6_addr_t *ip)
{
	return ip6_addr_isloopback(ip) ? 0x10 : ip6_addr_islinklocal(ip) ? 0x20 : 0;
}

static void inet6_lines(struct net_device *dev, void *arg)
{
	for (unsigned i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++) {
		const ip6_addr_t *ip = netif_ip6_addr(dev->netif, i);

		if (ip6_addr_isinvalid(netif_ip6_addr_state(dev->netif, i))) {
			continue;
		}
		for (unsigned k = 0; k < 4; k++) {
			proc_print(arg, "%08x", lwip_ntohl(ip->addr[k]));
		}
		proc_print(arg, " %02x %02x %02x %02x %8s\n", dev->index,
			ip6_addr_isloopback(ip) ? 128 : 64, scope_of(ip), 0x80, dev->name);
	}
}

static void inet6_show(struct proc_text *text)
{
	inet_enter();
	device_for_each(inet6_lines, text);
	inet_leave();
}

/* ---- sockets -------------------------------------------------------------------------------- */

static const char header4[] = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when "
			      "retrnsmt   uid  timeout inode\n";
static const char header6[] =
	"  sl  local_address                         remote_address                        st "
	"tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

static void sockets_show(struct proc_text *text, int family, int type)
{
	proc_print(text, "%s", family == AF_INET ? header4 : header6);
	inet_enter();
	if (type == SOCK_STREAM) {
		stream_show(text, family);
	} else {
		datagram_show(text, family, type);
	}
	inet_leave();
}

static void tcp_show(struct proc_text *text)
{
	sockets_show(text, AF_INET, SOCK_STREAM);
}

static void tcp6_show(struct proc_text *text)
{
	sockets_show(text, AF_INET6, SOCK_STREAM);
}

static void udp_show(struct proc_text *text)
{
	sockets_show(text, AF_INET, SOCK_DGRAM);
}

static void udp6_show(struct proc_text *text)
{
	sockets_show(text, AF_INET6, SOCK_DGRAM);
}

static void raw_show(struct proc_text *text)
{
	sockets_show(text, AF_INET, SOCK_RAW);
}

static void raw6_show(struct proc_text *text)
{
	sockets_show(text, AF_INET6, SOCK_RAW);
}

int net_proc_add(void)
{
	static const struct {
		const char *path;
		void (*show)(struct proc_text *text);
	} files[] = {
		{ "net/dev", dev_show },
		{ "net/route", route_show },
		{ "net/if_inet6", inet6_show },
		{ "net/tcp", tcp_show },
		{ "net/tcp6", tcp6_show },
		{ "net/udp", udp_show },
		{ "net/udp6", udp6_show },
		{ "net/unix", unix_show },
		{ "net/raw", raw_show },
		{ "net/raw6", raw6_show },
	};
	int err = 0;

	for (unsigned i = 0; !err && i < ARRAY_SIZE(files); i++) {
		err = procfs_add(files[i].path, files[i].show, NULL);
	}
	return err;
}
