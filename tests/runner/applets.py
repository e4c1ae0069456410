"""The jobs with busybox's own programs for the network, unmodified: each does its work once.

One boot, of named checks; a check prints a line if it found what it wanted. Peers are those of net.py:
dom0, or QEMU's user network, which has a DHCP server; dom0 gets one, busybox's.
"""

from riglib import devices

from .boot import TOP, boot, rig
from .core import Job, Outcome
from .disks import image
from .dom0 import push

SERVER = "/tmp/dhcp-server"
LEASE = "10.0.0.240"
ADDRESSES = {"pv64": "10.0.0.6", "pvh64": "10.0.0.8", "pv32": "10.0.0.9"}

# (check, a command of the shell that succeeds). What one sets up the next ones use.
CHECKS = [
    ("udhcpc", "udhcpc -i eth0 -n -q -t 20 -T 2 && ifconfig eth0 | grep 'inet addr:LEASE '"),
    ("ifconfig", "ifconfig eth0 ADDRESS netmask 255.255.255.0 && ifconfig eth0 | grep 'inet addr:ADDRESS '"
     " && ifconfig lo | grep 'UP LOOPBACK RUNNING'"),
    ("ifconfig down and up", "ifconfig eth0 down && ! ifconfig eth0 | grep -q ' UP ' && ifconfig eth0 up"
     " && ifconfig eth0 | grep ' UP '"),
    ("ip addr", "ip addr flush dev eth0 && ! ip addr show dev eth0 | grep -w inet"
     " && ip addr add ADDRESS/24 dev eth0 && ip addr show dev eth0 | grep 'inet ADDRESS/24'"),
    ("ip link", "ip link show eth0 | grep 'link/ether' && ip link set eth0 mtu 1400"
     " && ip link show eth0 | grep 'mtu 1400' && ip link set eth0 mtu 1500"),
    ("ip route", "{ ip route del default 2>/dev/null; ip route add default via PEER; }"
     " && ip route | grep 'default via PEER dev eth0' && route -n | grep '^0.0.0.0 *PEER'"),
    ("ping", "ping -c 3 -w 60 PEER | grep ' 0% packet loss'"),
    ("ping of itself", "ping -c 1 -w 60 ADDRESS && ping -6 -c 1 -w 60 ::1"),
    ("httpd and wget", "mkdir -p /www && seq 30000 >/www/file && httpd -p 80 -h /www"
     " && wget -q -O /tmp/file http://ADDRESS/file && cmp /tmp/file /www/file"
     " && ! wget -q -O /dev/null http://ADDRESS/none"),
    ("wget and IPv6", "wget -q -O - 'http://[::1]/file' | cmp - /www/file"),
    ("nc", "{ nc -l -p 99 -e /bin/cat & } && listens 99 && echo through | nc -w 90 127.0.0.1 99 | grep through"),
    ("telnetd and telnet", "printf '#!/bin/sh\\ntty; read line; echo got $line\\n' >/bin/greet"
     " && chmod 755 /bin/greet && telnetd -l /bin/greet -p 2323 && listens 2323 && : >/tmp/said"
     " && { says /dev/pts/; echo hello; says 'got hello'; } | telnet 127.0.0.1 2323 >/tmp/said; "
     "grep 'got hello' /tmp/said && grep /dev/pts/ /tmp/said"),
    ("netstat", "netstat -tln | grep ':80 .*LISTEN'"),
]


# Until somebody listens at a port, and until telnet has said something.
WAITS = """
listens() { for i in $(seq 300); do netstat -tln | grep -q ":$1 .*LISTEN" && return; sleep 0.2; done; false; }
says() { for i in $(seq 300); do grep -q "$1" /tmp/said && return; sleep 0.2; done; false; }
"""


def script(words):
    lines = [f"if {{ {command}; }} >/tmp/out 2>&1; then echo 'applet {name}: good'; "
             f"else echo 'applet {name}: failed'; cat /tmp/out; fi" for name, command in CHECKS]
    text = "mkdir -p /tmp\n" + WAITS + "\n".join(lines) + "\n"
    for word, value in words.items():
        text = text.replace(word, value)
    return text


def serve_dhcp():
    """busybox's udhcpd on dom0's bridge, with one address to give. Ends with the rig."""
    config = (f"start {LEASE}\nend {LEASE}\ninterface {devices.BRIDGE}\nlease_file {SERVER}/leases\n"
              f"pidfile {SERVER}/pid\noffer_time 5\nmin_lease 5\noption lease 5\noption subnet 255.255.255.0\n")
    push({f"{SERVER}/busybox": TOP / "build/packages/busybox-static/bin/busybox", f"{SERVER}/conf": config.encode(), f"{SERVER}/leases": b""})
    rig().exec(f"cd {SERVER}; [ ! -e pid ] || {{ read pid <pid; kill $pid; }}; exec ./busybox udhcpd conf </dev/null >/dev/null 2>&1")


def applets_job(env):
    prefix = f"{env} applet"

    def run(wanted):
        if env == "native64":
            words = {"LEASE": "10.0.2.15", "ADDRESS": "10.0.2.17", "PEER": "10.0.2.2"}
            options = {"net": "user"}
        else:
            words = {"LEASE": LEASE, "ADDRESS": ADDRESSES[env], "PEER": "10.0.0.1"}
            options = {"settings": devices.settings(has_net=True)}
        built = image(script(words), env=env)
        if env != "native64":
            serve_dhcp()
        result = boot(f"{prefix}s", env, 'init=/bin/sh cmd="sh /bin/test-script"', ramdisk=built, memory=64,
                      timeout=400, **options)
        for name, _ in CHECKS:
            if f"{prefix} {name}" not in wanted:
                continue
            if f"applet {name}: good" in result.console:
                yield Outcome(f"{prefix} {name}", "success")
            else:
                said = result.console.partition(f"applet {name}: failed")[2].partition("applet ")[0].split("\n")
                last = " | ".join(line.strip() for line in said if line.strip()) or f"not reached, {result.reason}"
                yield Outcome(f"{prefix} {name}", "failure", last)
    return Job([f"{prefix} {name}" for name, _ in CHECKS], run)
