/*
 * setup.c - the network as the command line wants it, before the first program:
 *
 *     ip=dhcp
 *     ip=ADDRESS::GATEWAY:NETMASK[:HOSTNAME[:DEVICE[:off[:DNS]]]]      (Linux's order of fields)
 *     ip=ADDRESS/LENGTH
 *
 * What name servers are known is told in /proc/net/pnp, to which the image's /etc/resolv.conf is
 * a link. Without ip= nothing happens, and nothing is waited for.
 */
#include <arch/clock.h>
#include <kernel/log.h>
#include <kernel/option.h>
#include <kernel/procfs.h>
#include <kernel/string.h>
#include <inet_hooks.h>
#include <lwip/dhcp.h>
#include <lwip/pbuf.h>
#include "interface.h"
#include "inet.h"
#include "proc.h"
#include "route.h"

#define WAIT_TIME (60 * NSEC_PER_SEC) /* as for the root's disk */
#define NAP_TIME  (20 * NSEC_PER_MSEC)
#define DNS_COUNT 3u

static char wanted[128];
OPTION_TEXT(ip, "ip", wanted, "address of the first interface: dhcp, or Linux's ip=");

enum field { CLIENT, SERVER, GATEWAY, NETMASK, HOSTNAME, DEVICE, METHOD, DNS, FIELD_COUNT };

static const char *fields[FIELD_COUNT]; /* in `wanted` */
static bool is_dhcp;
static uint32_t dns[DNS_COUNT]; /* N1 */

static void dns_add(uint32_t address)
{
	for (unsigned i = 0; i < DNS_COUNT; i++) {
		if (!dns[i] || dns[i] == address) {
			dns[i] = address;
			return;
		}
	}
}

/* Option 6 (RFC 2132, 3.8). */
void inet_dhcp_option(u8_t option, u8_t len, struct pbuf *p, u16_t offset)
{
	uint32_t address;

	for (unsigned i = 0; option == 6 && i + sizeof(address) <= len; i += sizeof(address)) {
		if (pbuf_copy_partial(p, &address, sizeof(address), (u16_t)(offset + i)) ==
			sizeof(address)) {
			dns_add(address);
		}
	}
}

static void address_print(struct proc_text *text, const char *what, uint32_t address)
{
	ip4_addr_t ip = { address };

	if (address) {
		proc_print(text, "%s %u.%u.%u.%u\n", what, ip4_addr1(&ip), ip4_addr2(&ip),
			ip4_addr3(&ip), ip4_addr4(&ip));
	}
}

static void pnp_show(struct proc_text *text)
{
	inet_enter();
	for (unsigned i = 0; i < DNS_COUNT; i++) {
		address_print(text, "nameserver", dns[i]);
	}
	inet_leave();
}

/* ---- the option ----------------------------------------------------------------------------- */

/* The fields, each NUL-terminated, in place. */
static void fields_cut(void)
{
	char *text = wanted;

	for (unsigned i = 0; i < FIELD_COUNT; i++) {
		char *end = strchr(text, ':');

		fields[i] = text;
		if (end) {
			*end = '\0';
			text = end + 1;
		} else {
			text += strlen(text);
		}
	}
}

static int ip_parse(const char *text, uint32_t *address)
{
	ip4_addr_t ip;

	if (!ip4addr_aton(text, &ip)) {
		return -EINVAL;
	}
	*address = ip.addr;
	return 0;
}

static int static_set(struct net_device *dev)
{
	struct route route = { .dev = dev };
	char *slash = strchr(wanted, '/');
	uint32_t address, mask = mask_of_len(24), server;
	uint64_t len;
	int err = 0;

	if (slash) {
		*slash = '\0';
		err = str_to_u64(slash + 1, &len);
		mask = err ? 0 : mask_of_len((unsigned)MIN(len, UINT64_C(32)));
	} else if (fields[NETMASK][0]) {
		err = ip_parse(fields[NETMASK], &mask);
	}
	if (err || ip_parse(wanted, &address)) {
		return -EINVAL;
	}
	interface_address_set(dev, address, mask);
	if (fields[DNS][0] && !ip_parse(fields[DNS], &server)) {
		dns_add(server);
	}
	if (fields[GATEWAY][0]) {
		err = ip_parse(fields[GATEWAY], &route.gateway);
		return err ? err : route_add(&route);
	}
	return 0;
}

/* ---- waiting -------------------------------------------------------------------------------- */

/* An interface may go while we wait for it: it is known by its index, and looked for at each step. */
static int step(unsigned index, int (*what)(struct net_device *dev))
{
	struct net_device *dev;
	int err = -ENODEV;

	inet_enter();
	dev = device_by_index(index);
	if (dev) {
		err = what(dev);
	}
	inet_leave();
	return err;
}

/* `what` says -EAGAIN: not yet; `late`: what to say when it is too late. */
static int until(unsigned index, int (*what)(struct net_device *dev), nsec_t deadline, int late)
{
	int err;

	while ((err = step(index, what)) == -EAGAIN && clock_now() < deadline) {
		thread_sleep(NAP_TIME);
	}
	return err == -EAGAIN ? late : err;
}

/* ---- steps, with the lock ------------------------------------------------------------------- */

static int begin(struct net_device *dev)
{
	device_up(dev, true);
	return is_dhcp ? 0 : static_set(dev);
}

static int has_carrier(struct net_device *dev)
{
	return dev->has_carrier ? 0 : -EAGAIN;
}

static int lease_ask(struct net_device *dev)
{
	return inet_errno(dhcp_start(dev->netif));
}

static int has_lease(struct net_device *dev)
{
	return dhcp_supplied_address(dev->netif) ? 0 : -EAGAIN;
}

static int finish(struct net_device *dev)
{
	struct route route = { .dev = dev, .gateway = netif_ip4_gw(dev->netif)->addr };
	ip4_addr_t ip = { interface_address(dev) };
	int err = is_dhcp && route.gateway ? route_add(&route) : 0;

	if (!err) {
		log_info("net: %s: %u.%u.%u.%u/%u, mtu %u", dev->name, ip4_addr1(&ip),
			ip4_addr2(&ip), ip4_addr3(&ip), ip4_addr4(&ip),
			mask_len(interface_mask(dev)), dev->mtu);
	}
	return err;
}

static int configure(void)
{
	nsec_t deadline = clock_now() + WAIT_TIME;
	struct net_device *dev;
	unsigned index;
	int err;

	fields_cut();
	is_dhcp = !strcmp(fields[CLIENT], "dhcp") || !strcmp(fields[METHOD], "dhcp");
	inet_enter();
	dev = device_by_name(fields[DEVICE][0] ? fields[DEVICE] : "eth0");
	index = dev ? dev->index : 0;
	inet_leave();
	err = step(index, begin);
	if (!err) {
		err = until(index, has_carrier, deadline, -ENETDOWN);
	}
	if (!err && is_dhcp) {
		err = step(index, lease_ask);
	}
	if (!err && is_dhcp) {
		err = until(index, has_lease, deadline, -ETIMEDOUT);
	}
	return err ? err : step(index, finish);
}

void net_configure(void)
{
	int err = net_proc_add();

	if (!err) {
		err = procfs_add("net/pnp", pnp_show, NULL);
	}
	inet_enter();
	device_up(device_by_name("lo"), true);
	inet_leave();
	if (!err && wanted[0] && strcmp(wanted, "off") != 0) {
		err = configure();
	}
	if (err) {
		log_err("net: ip=%s: %s", wanted, errno_name(err));
	}
}
