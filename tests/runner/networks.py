"""The jobs in which networks' back-ends fail, or do what they seldom do: packets lost, late and twice, several
queues by hash, groups, sizes, carriers, netback taken away and given back, interfaces that come and go.

All in one boot, whose interface eth0 has two queues and is said not to be trusted.
"""

import functools
import hashlib
import itertools
import os
import re
import threading

from riglib import devices

from .backends import Piece, shared_job
from .boot import TOP, rig
from .core import Failure
from .disks import expect
from .dom0 import Connection, dom0, fetch
from .process import command
from .programs import interface_of
from .turns import XEN, turn

_number = itertools.count(200)

BOTH_WAYS = """
	ping -c 3 -w 60 10.0.0.1 | grep -q 'bytes from' && echo pings
"""


# On a busy machine the guest is up before its interface is.
SETUP = """wait_for 'ifconfig eth0 >/dev/null 2>&1'
ifconfig eth0 10.0.0.199 netmask 255.255.255.0 up
wait_for 'ifconfig eth0 | grep -q RUNNING'
"""


class NetPiece(Piece):
    """One that uses eth0; NUMBER is that of its addresses and ports."""

    def __init__(self, domain):
        super().__init__(self.NAME, domain)
        self.number = next(_number)
        self.script = self.SCRIPT
        self.words = {"NUMBER": self.number, "GUEST": self.guest, "PORT": 8000 + 2 * self.number}
        self.actions = {f"{word.replace('_', '-')}": getattr(self, word) for word in self.STEPS}

    @property
    def guest(self):
        return "10.0.0.199"

    @functools.cached_property
    def domid(self):
        return rig().domid(self.domain)

    @property
    def vif(self):
        return f"vif{self.domid}.0"

    def store(self, end, node):
        """A path: of the back-end's or the front-end's directory."""
        if end == "backend":
            return f"/local/domain/0/backend/vif/{self.domid}/0/{node}"
        return f"/local/domain/{self.domid}/device/vif/0/{node}"

    def check(self, lines):
        expect("pings" in lines, "afterwards nothing comes through")


class Hash(NetPiece):
    """netback spreads what it sends by a Toeplitz hash that we chose; and the toolstack said trusted=0."""
    NAME = "two queues by hash, not trusted"
    STEPS = ["hash_look"]
    SCRIPT = BOTH_WAYS + "httpd -p 80 -h /tmp; echo page >/tmp/page\nstep hash-look\n"

    # By one program.
    CONNECTIONS = r"""
	use Socket;
	for my $one (1 .. 24) {
		alarm 20;
		my $page = "";
		socket(my $s, AF_INET, SOCK_STREAM, 0) or die "$!";
		connect($s, pack_sockaddr_in(80, inet_aton("GUEST"))) or die "$!";
		syswrite($s, "GET /page HTTP/1.0\r\n\r\n") or die "$!";
		1 while sysread($s, $page, 4096, length $page);
		$page =~ /^HTTP\S* 200 .*\npage$/s or die "$page";
	}
    """

    def hash_look(self):
        dom0(["perl", "-e", self.CONNECTIONS.replace("GUEST", self.guest)])
        folder = f"/sys/kernel/debug/xen-netback/{self.vif}"
        self.debug, *self.rings = dom0(f"[ -e {folder} ] || mount -t debugfs debug /sys/kernel/debug; "
                                       f"head -v -n 100 {folder}/ctrl {folder}/io_ring_q0 {folder}/io_ring_q1").split("==> ")[1:]
        self.trusted = dom0(["xenstore-read", self.store("front", "trusted")])

    def check(self, lines):
        super().check(lines)
        expect("TOEPLITZ" in self.debug.upper(), f"no hash: {self.debug}")
        expect(len(self.rings) == 2, f"not two queues: {self.rings}")
        for text in self.rings:
            received = text.partition("RX")[2]
            expect("rsp prod 0 " not in received, f"one queue was not used: {text}")
        expect(self.trusted == "0", f"xl says trusted={self.trusted}")


class Groups(NetPiece):
    """With multicast control only groups that we are in come through; neighbours are found by such."""
    NAME = "groups"
    STEPS = ["groups_send"]
    SCRIPT = "step groups-send\n" + BOTH_WAYS

    def groups_send(self):
        mac, self.wants = dom0(["xenstore-read", self.store("front", "mac"), self.store("front", "request-multicast-control")]).split()
        mac = mac.split(":")
        mac[0] = f"{int(mac[0], 16) ^ 2:02x}"
        address = f"fe80::{mac[0]}{mac[1]}:{mac[2]}ff:fe{mac[3]}:{mac[4]}{mac[5]}"
        for _ in range(10):     # it answers when it is sure that nobody else has that address, a second or two after it began
            self.ping = rig().exec(["ping", "-6", "-c", "1", "-w", "5", f"{address}%xenbr0"])[1]
            if "bytes from" in self.ping:
                break

    def check(self, lines):
        super().check(lines)
        expect(self.wants == "1", "multicast control was not asked for")
        expect("bytes from" in self.ping, f"no neighbour was found: {self.ping}")


class Mtu(NetPiece):
    NAME = "MTU"
    STEPS = ["mtu_small", "mtu_back"]
    SCRIPT = """
	step mtu-small
	wait_for 'ifconfig eth0 | grep -q MTU:1300'
	ping -c 2 -w 30 -s 2000 10.0.0.1 | grep -q 'bytes from' && echo small
	step mtu-back
	wait_for 'ifconfig eth0 | grep -q MTU:1500'
    """ + BOTH_WAYS

    def mtu_small(self):
        dom0(["xenstore-write", self.store("front", "mtu"), "1300"])

    def mtu_back(self):
        dom0(["xenstore-write", self.store("front", "mtu"), "1500"])

    def check(self, lines):
        super().check(lines)
        expect("small" in lines, "nothing comes through with another MTU")


class Carrier(NetPiece):
    NAME = "carrier"
    STEPS = ["carrier_off", "carrier_on"]
    SCRIPT = """
	step carrier-off
	wait_for '! ifconfig eth0 | grep -q RUNNING'
	ping -c 1 -W 1 10.0.0.1 >/dev/null 2>&1 && echo through nothing
	step carrier-on
	wait_for 'ifconfig eth0 | grep -q RUNNING'
    """ + BOTH_WAYS

    def carrier_off(self):
        dom0(["xenstore-write", self.store("backend", "carrier"), "0"])

    def carrier_on(self):
        dom0(["xenstore-write", self.store("backend", "carrier"), "1"])


class Netem(NetPiece):
    """Packets lost, delayed, doubled and in another order, both ways: TCP brings everything all the same."""
    NAME = "packets lost, late and twice"
    STEPS = ["netem_on", "netem_over"]
    WEATHER = "delay 15ms 10ms loss 3% duplicate 3% reorder 5%"
    SCRIPT = """
	head -c 262144 /dev/urandom >/tmp/data
	step netem-on
	echo given $(nc 10.0.0.1 PORT | sha1sum)
	nc 10.0.0.1 $((PORT + 1)) </tmp/data && echo stored $(sha1sum </tmp/data)
	rm /tmp/data
	step netem-over
    """ + BOTH_WAYS

    def netem_on(self):
        port = self.words["PORT"]
        self.here = f"/tmp/netem-{self.number}"
        dom0(f"mkdir -p {self.here}; head -c 262144 /dev/urandom >{self.here}/given; modprobe -a sch_netem ifb sch_ingress act_mirred cls_matchall; "
             f"(nc -N -l 10.0.0.1 {port} <{self.here}/given &) >/dev/null 2>&1; "
             f"(nc -l 10.0.0.1 {port + 1} >{self.here}/stored &) 2>/dev/null; "
             f"ip link add ifb-{self.number} up type ifb && tc -batch - <<END\n"
             f"qdisc add dev {self.vif} root netem {self.WEATHER}\nqdisc add dev {self.vif} ingress\n"
             f"filter add dev {self.vif} parent ffff: matchall action mirred egress redirect dev ifb-{self.number}\n"
             f"qdisc add dev ifb-{self.number} root netem {self.WEATHER}\nEND\n")

    def netem_over(self):
        self.weather = dom0(f"tc -s -batch - <<END\nqdisc show dev {self.vif}\nqdisc show dev ifb-{self.number}\n"
                            f"qdisc del dev {self.vif} ingress\nqdisc del dev {self.vif} root\nEND\nip link del ifb-{self.number}")

    def check(self, lines):
        super().check(lines)
        given, stored = (line.split()[0] for line in dom0(["sha1sum", f"{self.here}/given", f"{self.here}/stored"]).splitlines())
        expect(f"given {given} -" in lines, "the guest received something else")
        expect(f"stored {stored} -" in lines, "dom0 received something else")
        lost = [int(count) for count in re.findall(r"qdisc netem [^(]*\(dropped (\d+)", self.weather)]
        expect(len(lost) == 2 and sum(lost) > 0, f"nothing was lost: {self.weather}")


SMALL_SOURCE = TOP / "tests" / "small_writes" / "small_writes.c"
_lock = threading.Lock()


def small_program(to):
    """For an interface; built by build()."""
    return TOP / "build" / f"small-writes-{to.abi}"


def build(to):
    with _lock:
        status, text = command([*to.gcc, "-static", "-O2", "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-o", str(small_program(to)), str(SMALL_SOURCE)])
    if status:
        raise Failure(text)


class Small(NetPiece):
    """Writes of a few bytes that wait for slow answers: segments of more pieces than a frame takes."""
    NAME = "many small writes, slow answers"
    STEPS = ["small_begin", "small_over"]
    SCRIPT = """
	head -c 200000 /dev/urandom >/tmp/data
	step small-begin
	timeout 60 /bin/small-writes 10.0.0.1 PORT </tmp/data && echo wrote $(sha1sum </tmp/data)
	rm /tmp/data
	step small-over
    """ + BOTH_WAYS

    @property
    def file(self):
        return f"/tmp/small-{self.number}"

    def small_begin(self):
        dom0(f"(nc -l -N 10.0.0.1 {self.words['PORT']} </dev/null >{self.file} &) 2>/dev/null; "
             f"modprobe sch_netem; tc qdisc add dev {self.vif} root netem delay 400ms")

    def small_over(self):
        dom0(f"tc qdisc del dev {self.vif} root")

    def check(self, lines):
        super().check(lines)
        expect(f"wrote {dom0(f'sha1sum <{self.file}')}".replace("  -", " -") in lines, "dom0 received something else, or not all")

    def clean(self):
        rig().exec(f"rm -f {self.file}")


class Refused(NetPiece):
    """dom0 has no name server: ICMP says so, and the socket that asks there."""
    NAME = "datagrams are refused"
    STEPS = []
    SCRIPT = """
	timeout 20 nslookup -timeout=1 anybody 10.0.0.1 2>&1 | grep -q 'Connection refused' && echo refused
    """ + BOTH_WAYS

    def check(self, lines):
        super().check(lines)
        expect("refused" in lines, "nobody heard of it")


class Addresses(NetPiece):
    """Further addresses of the interface, of its first one's network and of another, each with its own ARP."""
    NAME = "several addresses"
    STEPS = ["addresses_there", "addresses_gone"]
    SCRIPT = """
	ifconfig eth0:0 down 2>/dev/null || echo no alias
	ifconfig eth0:0 10.8.3.4 netmask 255.255.255.0 && ifconfig eth0:0 10.8.3.5 netmask 255.255.0.0 && ifconfig eth0:2 10.9.3.1
	ifconfig | grep -A 1 '^eth0:' | sed 's/^ *//; s/ *$//'
	ifconfig eth0:0 down && ifconfig eth0:2 0.0.0.0 2>/dev/null; ip addr show dev eth0 | grep -c eth0: | sed 's/^/aliases left /'
	ip addr add 10.0.0.198/24 dev eth0 label eth0:1 && ifconfig eth0:1 | grep -o 'inet addr.*[0-9]' && ip addr add 10.8.3.2/24 dev eth0 && ip addr add 10.8.3.3/24 dev eth0
	ip addr add 10.8.3.2/24 dev eth0 2>/dev/null || echo not twice
	ip addr show dev eth0 | grep -w inet | sed 's/^ *//; s/ brd [^ ]*//'
	ip route | grep '^10.8.3' | sed 's/ *$//'
	echo page >/tmp/addresses; httpd -p 10.8.3.2:PORT -h /tmp
	step addresses-there
	ping -c 3 -w 60 10.8.3.1 | grep -q 'bytes from' && echo pings the other network
	ping -c 1 -w 10 10.8.3.3 | grep -q 'bytes from' && echo pings itself
	ip addr del 10.0.0.198/24 dev eth0 && ip addr del 10.8.3.2/24 dev eth0
	step addresses-gone
	ip addr del 10.8.3.3/24 dev eth0
	ip addr show dev eth0 | grep -cw inet | sed 's/^/left /'
    """ + BOTH_WAYS
    SHOWN = ["no alias", "inet addr:10.8.3.5  Bcast:10.8.255.255  Mask:255.255.0.0", "inet addr:10.9.3.1  Bcast:10.255.255.255  Mask:255.0.0.0",
             "aliases left 1", "inet addr:10.0.0.198  Bcast:10.0.0.255  Mask:255.255.255.0", "inet GUEST/24 scope global eth0", "inet 10.0.0.198/24 scope global secondary eth0:1", "inet 10.8.3.2/24 scope global eth0",
             "inet 10.8.3.3/24 scope global secondary eth0", "10.8.3.0/24 dev eth0 scope link  src 10.8.3.2", "not twice",
             "pings the other network", "pings itself", "left 1"]

    def ping(self, address):
        return "bytes from" in rig().exec(["ping", "-c", "1", "-W", "2", address])[1]

    def addresses_there(self):
        dom0(["ip", "addr", "add", "10.8.3.1/24", "dev", "xenbr0"])
        self.answered = [any(self.ping(address) for _ in range(10)) for address in ("10.0.0.198", "10.8.3.2", "10.8.3.3")]
        self.page = fetch("10.8.3.2", "/addresses", self.words["PORT"])

    def addresses_gone(self):
        self.still = [self.ping(address) for address in ("10.0.0.198", "10.8.3.2")]

    def check(self, lines):
        super().check(lines)
        for line in self.SHOWN:
            expect(line.replace("GUEST", self.guest) in lines, f"not said: {line}")
        expect(all(self.answered), f"dom0's pings were not answered: {self.answered}")
        expect(self.page == b"page\n", f"another page: {self.page}")
        expect(not any(self.still), f"an address that is gone answers: {self.still}")

    def clean(self):
        rig().exec("ip addr del 10.8.3.1/24 dev xenbr0")


class Narrow(NetPiece):
    """Behind dom0 the path carries less than before it: ICMP says so, and TCP's packets become smaller, which are made no
    fragments of. What is on its way by then is in large segments. Sizes that dom0 makes up for IPv6 are not believed."""
    NAME = "a narrower path"
    STEPS = ["narrow_made", "narrow_over", "lies"]
    SCRIPT = """
	head -c 300000 /dev/urandom >/tmp/data
	step narrow-made
	ip route add 10.8.4.0/24 via 10.0.0.1
	timeout 60 /bin/small-writes 10.8.4.2 PORT 65536 </tmp/data && echo wrote $(sha1sum </tmp/data)
	step narrow-over
	ip route del 10.8.4.0/24
	rm /tmp/data
	ip addr add fd00:8:4::2/64 dev eth0
	wait_for 'ping -6 -c 1 -W 2 fd00:8:4::1 >/dev/null 2>&1'
	ping -6 -c 3 -w 60 fd00:8:4::1 | grep -q 'bytes from' && echo pings by IPv6
	(sleep 1000 | nc fd00:8:4::1 PORT) &
	step lies
	ping -6 -c 1 -w 20 -s 1400 fd00:8:4::1 | grep -q 'bytes from' && echo in one piece
	echo after lies | nc fd00:8:4::1 $((PORT + 1)) && echo sent
	kill $(jobs -p); wait
	ip addr del fd00:8:4::2/64 dev eth0
    """ + BOTH_WAYS
    # Too big: 8 bytes and a quote, of an echo request and of a segment that was never sent; the sum is the kernel's.
    LIAR = """
	use Socket;
	socket(my $s, AF_INET6, SOCK_RAW, 58) or die;
	my ($us, $guest) = map { Socket::inet_pton(AF_INET6, "fd00:8:4::$_") } 1, 2;
	for my $size (65535, 1279, 0, 1, 60, 50) {
		for my $next (6, 17, 58) {
			my $quote = pack("NnCC", 0x60000000, 8, $next, 64) . $guest . $us . pack("nnN", 1, 2, 3);
			send($s, pack("CCnN", 2, 0, 0, $size) . $quote, 0, pack_sockaddr_in6(0, $guest)) or die;
		}
	}
    """

    @property
    def file(self):
        return f"/tmp/narrow-{self.number}"

    @property
    def space(self):
        return f"narrow-{self.number}"

    def counted(self, name):
        """What IP counted in dom0 since it was asked before."""
        lines = dom0("grep ^Ip: /proc/net/snmp").splitlines()
        return int(dict(zip(lines[0].split(), lines[1].split()))[name])

    def narrow_made(self):
        port, space = self.words["PORT"], self.space
        dom0(f"modprobe veth; ip netns add {space}; ip link add narrow mtu 600 type veth peer name far netns {space}; "
             f"ip addr add 10.8.4.1/24 dev narrow; ip link set narrow up; ip -n {space} addr add 10.8.4.2/24 dev far; "
             f"ip -n {space} link set far up; ip -n {space} route add default via 10.8.4.1; echo 1 >/proc/sys/net/ipv4/ip_forward; "
             f"(ip netns exec {space} nc -l -N 10.8.4.2 {port} </dev/null >{self.file} 2>{self.file}.said &) ; "
             f"timeout 20 sh -c 'until ip netns exec {space} grep -q \" 0A \" /proc/net/tcp; do sleep 0.1; done'")
        self.before = self.counted("FragCreates"), self.counted("FragFails")

    def narrow_over(self):
        port = self.words["PORT"]
        dom0(f"timeout 60 sh -c 'until [ $(stat -c %s {self.file}) = 300000 ]; do sleep 0.1; done'")
        self.pieces, self.refused = (self.counted(name) - before for name, before in zip(("FragCreates", "FragFails"), self.before))
        dom0("ip addr add fd00:8:4::1/64 dev xenbr0 nodad; "
             f"(timeout 100 nc -6 -l fd00:8:4::1 {port} >/dev/null &) 2>/dev/null; (nc -6 -l fd00:8:4::1 {port + 1} >{self.file}.2 &) 2>/dev/null")

    def lies(self):
        dom0(f"perl -e '{self.LIAR}'")

    def check(self, lines):
        super().check(lines)
        expect(f"wrote {dom0(f'sha1sum <{self.file}')}".replace("  -", " -") in lines, "another content")
        expect(self.refused and not self.pieces, f"{self.refused} packets were too big for the path, {self.pieces} fragments made of others")
        expect("pings by IPv6" in lines and "in one piece" in lines and "sent" in lines, "nothing comes through by IPv6")
        expect(dom0(f"cat {self.file}.2") == "after lies", "another content by IPv6")

    def clean(self):
        rig().exec(f"rm -f {self.file}*; ip link del narrow; ip netns del {self.space}; "
                   "echo 0 >/proc/sys/net/ipv4/ip_forward; ip addr del fd00:8:4::1/64 dev xenbr0")


class Rebound(NetPiece):
    """netback is taken from the interface in the middle of a transfer, which it tells nobody, and given back."""
    NAME = "netback goes away and comes back"
    STEPS = ["rebound_send", "rebound_away", "rebound_back"]
    SCRIPT = """
	nc -l -p PORT | sha1sum >/tmp/received &
	wait_for 'netstat -tln | grep -q ":PORT .*LISTEN"'
	step rebound-send
	step rebound-away
	ping -c 1 -W 1 10.0.0.1 >/dev/null 2>&1 && echo through nothing
	step rebound-back
	wait
	echo received $(cat /tmp/received)
    """ + BOTH_WAYS
    DRIVER = "/sys/bus/xen-backend/drivers/vif"

    HALF = 300000
    connection = None

    def rebound_send(self):
        self.data = os.urandom(2 * self.HALF)
        self.connection = Connection(self.guest, self.words["PORT"])
        self.connection.say(self.data[:self.HALF])

    def rebound_away(self):
        dom0(f"echo vif-{self.domid}-0 >{self.DRIVER}/unbind")
        self.connection.say(self.data[self.HALF:])
        self.connection.say_no_more()

    def rebound_back(self):
        """The toolstack's script is run by nobody then."""
        domid, vif = self.domid, self.vif
        dom0(f"echo vif-{domid}-0 >{self.DRIVER}/bind; vif={vif} XENBUS_PATH=backend/vif/{domid}/0 {devices.NET_SCRIPT} online")

    def check(self, lines):
        super().check(lines)
        expect("through nothing" not in lines, "it was not away")
        expect(any("the back-end starts over" in line for line in lines), "the guest did not see it start over")
        expect(f"received {hashlib.sha1(self.data).hexdigest()} -" in lines, "another content")

    def clean(self):
        if self.connection:
            self.connection.__exit__()


class Plugged(NetPiece):
    """Two more interfaces, with traffic on one when it is taken away; then it comes again. They are trusted: what is
    sent by them in large writes stands in memory that the back-end reads, some of it while the interface goes."""
    NAME = "interfaces plugged and unplugged"
    STEPS = ["plug", "unplug", "plug_again"]
    SCRIPT = """
	step plug
	wait_for '[ -e /sys/class/net/eth2 ] || ifconfig eth2 >/dev/null 2>&1'
	ifconfig eth1 10.8.1.2 netmask 255.255.255.0 up
	ifconfig eth2 10.8.2.2 netmask 255.255.255.0 up
	for i in 1 2; do wait_for "ifconfig eth$i | grep -q RUNNING"; ping -c 3 -w 60 10.8.$i.1 | grep -q 'bytes from' && echo pings by eth$i; done
	ping -c 100 -i 0.1 10.8.1.1 >/dev/null 2>&1 &
	head -c 5000000 /dev/urandom >/tmp/data
	timeout 60 /bin/small-writes 10.8.1.1 PORT 65536 </tmp/data && echo wrote $(sha1sum </tmp/data)
	rm /tmp/data
	/bin/small-writes 10.8.1.1 $((PORT + 1)) 65536 </dev/zero 2>/dev/null &
	step unplug
	wait_for '! ifconfig eth1 >/dev/null 2>&1'
	kill $(jobs -p) 2>/dev/null; wait
	step plug-again
	wait_for 'ifconfig eth1 >/dev/null 2>&1'
	ifconfig eth1 10.8.1.2 netmask 255.255.255.0 up
	wait_for 'ifconfig eth1 | grep -q RUNNING'
	ping -c 3 -w 60 10.8.1.1 | grep -q 'bytes from' && echo pings again
    """ + BOTH_WAYS

    def attach(self, index):
        dom0(["xl", "network-attach", self.domain, *devices.net_spec().split(","),
              f"mac=00:16:3e:00:{self.number % 256:02x}:{index:02x}"])

    def plug(self):
        dom0(["ip", "addr", "add", "10.8.1.1/24", "dev", "xenbr0"])
        dom0(["ip", "addr", "add", "10.8.2.1/24", "dev", "xenbr0"])
        self.listen()
        self.attach(1)
        self.attach(2)

    @property
    def file(self):
        return f"/tmp/plugged-{self.number}"

    def listen(self):
        """Both connections' other ends; the second never ends by itself."""
        port = self.words["PORT"]
        dom0(f"(nc -l -N 10.8.1.1 {port} </dev/null >{self.file} &) 2>/dev/null; "
             f"(timeout 100 nc -l 10.8.1.1 {port + 1} >/dev/null &) 2>/dev/null")

    def unplug(self):
        dom0(["xl", "network-detach", self.domain, "1"])

    def plug_again(self):
        self.attach(1)

    def check(self, lines):
        super().check(lines)
        expect("pings by eth1" in lines and "pings by eth2" in lines, "not both interfaces bring packets")
        expect("pings again" in lines, "an interface that came again brings no packets")
        expect(f"wrote {dom0(f'sha1sum <{self.file}')}".replace("  -", " -") in lines, "dom0 received something else, or not all")

    def clean(self):
        rig().exec(f"rm -f {self.file}; "
                   "ip addr del 10.8.1.1/24 dev xenbr0; ip addr del 10.8.2.1/24 dev xenbr0")


PIECES = [Hash, Groups, Mtu, Carrier, Netem, Small, Refused, Addresses, Narrow, Rebound, Plugged]


def network_jobs(env):
    to = interface_of(env)
    return [shared_job(env, "network:", turn(PIECES, env, XEN), extra="net_queues=2", vcpus=2, setup=SETUP,
                       before=lambda: build(to), added=[f"{small_program(to)}:/bin/small-writes"], settings=[f'vif=["{devices.net_spec()},untrusted"]'])]
