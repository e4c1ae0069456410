/* multicast.c - groups: who is a member, who hears what is sent to one, over the loop (which on Linux has none of IPv6). */
#include "sockets_loop.h"

#include <stdbool.h>
#include <unistd.h>

#define LOOP_INDEX 1
#define MANY	   21

static int
	own_port; /* nobody else's on this machine, whose other programs may listen to groups, too */

/* 239.port.port.last */
static uint32_t group_of(int last)
{
	return 239u | (uint32_t)swapped(own_port) << 8 | (uint32_t)last << 24;
}

static long member(int s, int name, uint32_t group, int index)
{
	struct linux_ip_mreqn r = { .group = group, .index = index };

	return setsockopt(s, SOL_IP, name, &r, sizeof(r));
}

static long member6(int s, int name, int group, int index)
{
	struct linux_ipv6_mreq r = { .index = index };

	r.group[0] = 0x02ff;
	r.group[3] = (uint32_t)group << 24;
	return setsockopt(s, SOL_IPV6, name, &r, sizeof(r));
}

/* ---- members -------------------------------------------------------------------------------- */

static void members(void)
{
	struct linux_ip_mreqn r = { .group = group_of(1), .address = LOOPBACK };
	int s = socket(AF_INET, SOCK_DGRAM, 0), other = socket(AF_INET, SOCK_DGRAM, 0);
	int tcp = socket(AF_INET, SOCK_STREAM, 0), raw = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);

	printf("-- members\n");
	tell("join", member(s, IP_ADD_MEMBERSHIP, group_of(1), LOOP_INDEX));
	tell("join again", member(s, IP_ADD_MEMBERSHIP, group_of(1), LOOP_INDEX));
	tell("by address", setsockopt(s, SOL_IP, IP_ADD_MEMBERSHIP, &r, 8));
	tell("another leaves", member(other, IP_DROP_MEMBERSHIP, group_of(1), LOOP_INDEX));
	tell("another joins", member(other, IP_ADD_MEMBERSHIP, group_of(1), LOOP_INDEX));
	tell("a raw one", member(raw, IP_ADD_MEMBERSHIP, group_of(1), LOOP_INDEX));
	tell("leave", setsockopt(s, SOL_IP, IP_DROP_MEMBERSHIP, &r, 8));
	tell("leave again", member(s, IP_DROP_MEMBERSHIP, group_of(1), LOOP_INDEX));
	tell("another leaves", member(other, IP_DROP_MEMBERSHIP, group_of(1), LOOP_INDEX));
	tell("all systems", member(s, IP_ADD_MEMBERSHIP, 0x010000e0, LOOP_INDEX));
	tell("all systems again", member(s, IP_ADD_MEMBERSHIP, 0x010000e0, LOOP_INDEX));
	tell("leave all systems", member(s, IP_DROP_MEMBERSHIP, 0x010000e0, LOOP_INDEX));
	tell("leave all systems", member(s, IP_DROP_MEMBERSHIP, 0x010000e0, LOOP_INDEX));
	tell("no group", member(s, IP_ADD_MEMBERSHIP, LOOPBACK, LOOP_INDEX));
	tell("leave no group", member(s, IP_DROP_MEMBERSHIP, LOOPBACK, LOOP_INDEX));
	tell("no interface", member(s, IP_ADD_MEMBERSHIP, group_of(1), 999));
	tell("leave no interface", member(s, IP_DROP_MEMBERSHIP, group_of(1), 999));
	r.address = group_of(1);
	tell("no address", setsockopt(s, SOL_IP, IP_ADD_MEMBERSHIP, &r, 8));
	tell("leave no address", setsockopt(s, SOL_IP, IP_DROP_MEMBERSHIP, &r, 8));
	tell("short", setsockopt(s, SOL_IP, IP_ADD_MEMBERSHIP, &r, 4));
	tell("TCP", member(tcp, IP_ADD_MEMBERSHIP, group_of(1), LOOP_INDEX));
	tell("TCP leaves", member(tcp, IP_DROP_MEMBERSHIP, group_of(1), LOOP_INDEX));
	for (int i = 1; i <= MANY; i++) {
		printf("%d ", i);
		tell("of many", member(s, IP_ADD_MEMBERSHIP, group_of(i), LOOP_INDEX));
	}
	close(s);
	close(other);
	close(tcp);
	close(raw);
}

static void members6(void)
{
	int s = socket(AF_INET6, SOCK_DGRAM, 0), other = socket(AF_INET6, SOCK_DGRAM, 0);
	int tcp = socket(AF_INET6, SOCK_STREAM, 0);
	struct linux_ipv6_mreq r = { .index = LOOP_INDEX };

	printf("-- members, IPv6\n");
	tell("join", member6(s, IPV6_ADD_MEMBERSHIP, 1, LOOP_INDEX));
	tell("join again", member6(s, IPV6_ADD_MEMBERSHIP, 1, LOOP_INDEX));
	tell("join anywhere", member6(s, IPV6_ADD_MEMBERSHIP, 1, 0));
	tell("another leaves", member6(other, IPV6_DROP_MEMBERSHIP, 1, LOOP_INDEX));
	tell("another joins", member6(other, IPV6_ADD_MEMBERSHIP, 1, LOOP_INDEX));
	tell("leave anywhere", member6(s, IPV6_DROP_MEMBERSHIP, 1, 0));
	tell("leave again", member6(s, IPV6_DROP_MEMBERSHIP, 1, LOOP_INDEX));
	tell("another leaves", member6(other, IPV6_DROP_MEMBERSHIP, 1, LOOP_INDEX));
	tell("no group", setsockopt(s, SOL_IPV6, IPV6_ADD_MEMBERSHIP, &r, sizeof(r)));
	tell("leave no group", setsockopt(s, SOL_IPV6, IPV6_DROP_MEMBERSHIP, &r, sizeof(r)));
	tell("no interface", member6(s, IPV6_ADD_MEMBERSHIP, 1, 999));
	tell("leave no interface", member6(s, IPV6_DROP_MEMBERSHIP, 1, 999));
	tell("TCP", member6(tcp, IPV6_ADD_MEMBERSHIP, 1, LOOP_INDEX));
	tell("IPv4's", member(s, IP_ADD_MEMBERSHIP, group_of(1), LOOP_INDEX));
	tell("IPv4's again", member(s, IP_ADD_MEMBERSHIP, group_of(1), LOOP_INDEX));
	close(s);
	close(other);
	close(tcp);
}

/* ---- what is heard -------------------------------------------------------------------------- */

static int sender;

static socklen_t address_of(struct sockaddr_storage *a, uint32_t address, int port)
{
	socklen_t len = loop(AF_INET, a, port);

	((struct linux_sockaddr_in *)a)->address = address;
	return len;
}

/* All who listen share the port. */
static int listener(uint32_t address, int port)
{
	struct sockaddr_storage a;
	int s = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
	socklen_t len = address_of(&a, address, port);

	(void)!setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(s, (struct sockaddr *)&a, len)) {
		tell("bind", -1);
	}
	return s;
}

static void to_group(const char *what, int last, int port)
{
	struct sockaddr_storage a;
	socklen_t len = address_of(&a, group_of(last), port);

	tell(what, sendto(sender, what, strlen(what), 0, (struct sockaddr *)&a, len));
}

/* What came for it; what does not come would be there already. */
static void heard(const char *who, int s, bool comes)
{
	char got[32] = "";
	long n;

	if (comes) {
		until(s, POLLIN);
	}
	n = recv(s, got, sizeof(got) - 1, MSG_DONTWAIT);
	printf("%s: %s\n", who, n >= 0 ? got : error_name(-errno));
}

static void hearing(void)
{
	int first = listener(0, 0), port = own_port = port_of(first);
	int second = listener(0, port), none = listener(0, port), here = listener(LOOPBACK, port);
	int of_group = listener(group_of(1), port), connected = listener(0, port);
	struct sockaddr_storage a;
	socklen_t len = loop(AF_INET, &a, 9);

	printf("-- what is heard\n");
	tell("connect", connect(connected, (struct sockaddr *)&a, len));
	to_group("before", 1, port);
	tell("first joins", member(first, IP_ADD_MEMBERSHIP, group_of(1), LOOP_INDEX));
	tell("second joins", member(second, IP_ADD_MEMBERSHIP, group_of(1), LOOP_INDEX));
	to_group("both", 1, port);
	heard("first", first, true);
	heard("second", second, true);
	heard("no member", none, true);
	heard("of the group", of_group, true);
	heard("of one address", here, false);
	heard("connected elsewhere", connected, false);
	to_group("another group", 2, port);
	tell("first leaves", member(first, IP_DROP_MEMBERSHIP, group_of(1), LOOP_INDEX));
	to_group("the second", 1, port);
	heard("first", first, true);
	heard("second", second, true);
	heard("of the group", of_group, true);
	close(second);
	to_group("nobody", 1, port);
	tell("no member joins", member(none, IP_ADD_MEMBERSHIP, group_of(1), LOOP_INDEX));
	to_group("one again", 1, port);
	heard("no member before", none, true);
	heard("no member before", none, true);
	heard("first", first, true);
	heard("of the group", of_group, true);
	close(first);
	close(none);
	close(here);
	close(of_group);
	close(connected);
}

/* ---- sending -------------------------------------------------------------------------------- */

static void option(const char *what, int s, int level, int name, int value)
{
	int got = -1;
	socklen_t len = sizeof(got);

	tell(what, setsockopt(s, level, name, &value, sizeof(value)));
	tell("asked", getsockopt(s, level, name, &got, &len));
	printf("%x\n", got);
}

static void options(void)
{
	int s = socket(AF_INET, SOCK_DGRAM, 0), s6 = socket(AF_INET6, SOCK_DGRAM, 0);
	struct linux_ip_mreqn r = { .index = 999 };

	printf("-- options\n");
	option("interface", s, SOL_IP, IP_MULTICAST_IF, LOOPBACK);
	option("no interface", s, SOL_IP, IP_MULTICAST_IF, 0x01020304);
	tell("no interface", setsockopt(s, SOL_IP, IP_MULTICAST_IF, &r, sizeof(r)));
	option("any interface", s, SOL_IP, IP_MULTICAST_IF, 0);
	option("hops", s, SOL_IP, IP_MULTICAST_TTL, 7);
	option("hops", s, SOL_IP, IP_MULTICAST_TTL, -1);
	option("hops", s, SOL_IP, IP_MULTICAST_TTL, 256);
	option("loop", s, SOL_IP, IP_MULTICAST_LOOP, 0);
	option("loop", s, SOL_IP, IP_MULTICAST_LOOP, 1);
	option("interface", s6, SOL_IPV6, IPV6_MULTICAST_IF, LOOP_INDEX);
	option("no interface", s6, SOL_IPV6, IPV6_MULTICAST_IF, 999);
	option("any interface", s6, SOL_IPV6, IPV6_MULTICAST_IF, 0);
	option("hops", s6, SOL_IPV6, IPV6_MULTICAST_HOPS, 7);
	option("hops", s6, SOL_IPV6, IPV6_MULTICAST_HOPS, -1);
	option("hops", s6, SOL_IPV6, IPV6_MULTICAST_HOPS, 256);
	option("loop", s6, SOL_IPV6, IPV6_MULTICAST_LOOP, 0);
	option("loop", s6, SOL_IPV6, IPV6_MULTICAST_LOOP, 1);
	close(s);
	close(s6);
}

int main(void)
{
	uint32_t from = LOOPBACK;
	int is_looped = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	members();
	members6();
	options();
	sender = socket(AF_INET, SOCK_DGRAM, 0);
	(void)!setsockopt(sender, SOL_IP, IP_MULTICAST_IF, &from, sizeof(from));
	hearing();
	tell("not looped",
		setsockopt(sender, SOL_IP, IP_MULTICAST_LOOP, &is_looped, sizeof(is_looped)));
	hearing();
	close(sender);
	return 0;
}
