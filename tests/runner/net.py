"""The jobs with a network: Linux's xen-netback and bridge in dom0, and dom0's own programs as peers;
for the baseline QEMU's network, and this process.

A guest runs a script of shell, its peer something beside it; what went through TCP, each way, is
compared by its hash.
"""

import contextlib
import hashlib
import itertools
import os
import re
import socket
import threading
import time
import urllib.request

from riglib import devices

from .boot import boot, made_again, rig
from .core import single
from .disks import expect, image
from .dom0 import LOOK, Program, dom0, fetch, random_file
from .turns import XEN, turn

_number = itertools.count(10)

SIZE = 2 << 20

# Fetch and store by TCP, echo by UDP, serve by httpd; until dom0 says that it has what it wanted.
GUEST = """
mkdir -p /www && dd if=/dev/urandom of=/www/file bs=64k count=$((SIZE / 65536)) iflag=fullblock 2>/dev/null && echo serves $(sha1sum </www/file)
ping -c 3 -w 30 PEER | grep -q ' 0% packet loss' && echo pings
httpd -p 80 -h /www
echo fetched $(nc PEER PORT1 | sha1sum)
nc PEER PORT2 </www/file && echo stored
nc -l -p 99 && echo told
echo errors $(ifconfig eth0 | grep -o 'errors:[0-9]*' | tr '\\n' ' ')
"""

# How long dom0 tries to reach the guest.
SECONDS = 120


class Peer(Program):
    """dom0's side of one guest, within a `with` block: gives at one port, stores from another; an `input` for boot()."""

    def __init__(self):
        number = next(_number)
        self.guest = f"10.0.0.{number}"
        self.given, self.stored = f"/tmp/net-{number}.given", f"/tmp/net-{number}.stored"
        self.words = {"PEER": "10.0.0.1", "GUEST": self.guest, "PORT1": str(7000 + 2 * number), "PORT2": str(7001 + 2 * number), "SIZE": str(SIZE)}
        self.fetched = self.ping = None
        random_file(self.given, SIZE)
        super().__init__(self.filled(f"nc -N -l PEER PORT1 <{self.given} & nc -l PEER PORT2 >{self.stored} & wait"))

    def filled(self, text):
        for word, value in self.words.items():
            text = text.replace(word, value)
        return text

    def __exit__(self, *exception):
        super().__exit__()
        rig().exec(["rm", "-f", self.given, self.stored])

    def __call__(self, console):
        """When the guest has stored all, the rest; and it is told that this was all. (Under the shim a line begins with a carriage return.)"""
        if self.fetched is not None or not re.search(r"^\r*stored\r", console, re.MULTILINE):
            return
        self.fetched = fetch(self.guest, "/file", seconds=SECONDS) or b""
        self.ping = rig().exec(["ping", "-c", "3", "-w", "30", self.guest])[1]
        deadline = time.monotonic() + SECONDS
        while rig().exec(["nc", "-N", "-w", "60", self.guest, "99"], input=b"told\n")[0] and time.monotonic() < deadline:
            time.sleep(LOOK)

    def sums(self):
        """Of what was given, and of what was stored."""
        return [line.split()[0] for line in dom0(["sha1sum", self.given, self.stored]).splitlines()]


def traffic_job(env, label, extra="", **options):
    """Everything both ways, compared."""
    name = f"{env} network {label}"

    def run():
        with Peer() as peer:
            result = boot(name, env, peer.filled(
                f'{extra} ip=GUEST/24 init=/bin/sh cmd="sh /bin/test-script"'),
                ramdisk=image(peer.filled(GUEST), env=env), memory=64, timeout=300,
                settings=devices.settings(has_net=True), raises_lost=True, input=peer, **options)
            lines = [line.strip() for line in result.console.splitlines()]
            expect(result.verdict == 0, f"verdict {result.verdict}, {result.reason}")
            expect("pings" in lines, "the guest's pings were not answered")
            given, stored = peer.sums()
            expect(f"fetched {given} -" in lines, "the guest received something else")
            served = hashlib.sha1(peer.fetched).hexdigest()
            expect(f"serves {served} -" in lines, "dom0 received something else from httpd")
            expect(stored == served, "dom0 received something else")
            expect(" 0% packet loss" in peer.ping, "dom0's pings were not answered")
            expect("errors errors:0 errors:0" in lines, "the interface counted errors")
    return single(name, made_again(run))


# ---- the baseline: QEMU's user network, where 10.0.2.2 is this machine ------------------------------

class HostPeer:
    """This process as a guest's peer: gives to who connects to one port, stores from another."""

    def __init__(self):
        self.given = os.urandom(SIZE)
        self.stored = b""
        self.fetched = b""
        self.listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        # Two more that nobody uses now: QEMU leads them to the guest's.
        with socket.create_server(("127.0.0.1", 0)) as http, socket.create_server(("127.0.0.1", 0)) as told:
            self.http, self.told = (s.getsockname()[1] for s in (http, told))
        self.is_over = False

    def netdev(self):
        return f"user,hostfwd=tcp:127.0.0.1:{self.http}-:80,hostfwd=tcp:127.0.0.1:{self.told}-:99"

    def give(self):
        with self.listeners[0].accept()[0] as connection:
            connection.sendall(self.given)

    def store(self):
        with self.listeners[1].accept()[0] as connection:
            while data := connection.recv(65536):
                self.stored += data

    def fetch(self):
        """When the guest has stored all; then tells it so."""
        while not self.is_over and len(self.stored) < SIZE:
            time.sleep(0.1)
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/file", timeout=60) as answer:
            self.fetched = answer.read()
        while not self.is_over:
            with contextlib.suppress(OSError), \
                    socket.create_connection(("127.0.0.1", self.told), timeout=5) as connection:
                connection.sendall(b"told\n")
            time.sleep(0.3)

    def __enter__(self):
        for act in (self.give, self.store, self.fetch):
            threading.Thread(target=act, daemon=True).start()
        return self

    def __exit__(self, *exception):
        self.is_over = True
        for listener in self.listeners:
            listener.close()


def native_job():
    name = "native64 network traffic"

    def run():
        with HostPeer() as peer:
            script = GUEST.replace("PEER", "10.0.2.2").replace("SIZE", str(SIZE))
            for word, listener in zip(("PORT1", "PORT2"), peer.listeners):
                script = script.replace(word, str(listener.getsockname()[1]))
            result = boot(name, "native64", 'ip=dhcp init=/bin/sh cmd="sh /bin/test-script"',
                          ramdisk=image(script), memory=64, timeout=120, net=peer.netdev())
        lines = [line.strip() for line in result.console.splitlines()]
        expect(result.verdict == 0, f"verdict {result.verdict}, {result.reason}")
        expect("pings" in lines, "the guest's pings were not answered")
        expect(f"fetched {hashlib.sha1(peer.given).hexdigest()} -" in lines, "the guest received something else")
        for what in (peer.stored, peer.fetched):
            expect(f"serves {hashlib.sha1(what).hexdigest()} -" in lines, "the host received something else")
        expect("errors errors:0 errors:0" in lines, "the interface counted errors")
    return single(name, run)


def net_jobs(env):
    if env == "native64":
        return [native_job()]
    return [traffic_job(env, "traffic"), *turn([traffic_job(env, "traffic, two queues", "net_queues=2", vcpus=2)], env, XEN)]
