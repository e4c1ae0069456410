"""The jobs with a network: Linux's xen-netback and bridge in dom0, and dom0's own programs as peers;
for the baseline QEMU's network, and this process.

A guest runs a script of shell, its peer something beside it; what went through TCP, each way, is
compared by its hash.
"""

import contextlib
import hashlib
import itertools
import os
import shlex
import socket
import threading
import time
import urllib.request

from riglib import devices

from .boot import boot, made_again, rig
from .core import Failure, single
from .disks import image
from .turns import XEN, turn

_number = itertools.count(10)

SIZE = 4 << 20

# Fetch and store by TCP, echo by UDP, serve by httpd; until dom0 says that it has what it wanted.
GUEST = """
mkdir -p /www && head -c SIZE /dev/urandom >/www/file && echo serves $(sha1sum </www/file)
ping -c 3 -w 30 PEER | grep -q ' 0% packet loss' && echo pings
httpd -p 80 -h /www
echo fetched $(nc PEER PORT1 | sha1sum)
nc PEER PORT2 </www/file && echo stored
nc -l -p 99 && echo told
echo errors $(ifconfig eth0 | grep -o 'errors:[0-9]*' | tr '\\n' ' ')
"""

DOM0 = """
nc -N -l PEER PORT1 <HERE/given &
nc -l PEER PORT2 >HERE/stored &
wait
for i in $(seq 200); do
	wget -q -T 20 -t 1 -O HERE/fetched http://GUEST/file && break
	sleep 0.3
done
ping -c 3 -w 30 GUEST >HERE/ping
for i in $(seq 200); do
	echo told | nc -N -w 60 GUEST 99 && break
	sleep 0.3
done
touch HERE/done
"""


def expect(condition, why):
    if not condition:
        raise Failure(why)


class Peer:
    """dom0's side of one guest, within a `with` block: an address, ports and a folder."""

    def __init__(self):
        number = next(_number)
        self.words = {"PEER": "10.0.0.1", "GUEST": f"10.0.0.{number}", "HERE": f"/tmp/net-{number}",
                      "PORT1": str(7000 + 2 * number), "PORT2": str(7001 + 2 * number), "SIZE": str(SIZE)}
        self.here = self.words["HERE"]

    def filled(self, text):
        for word, value in self.words.items():
            text = text.replace(word, value)
        return text

    def shell(self, words):
        status, out, err = rig().exec(self.filled(words))
        if status:
            raise Failure(f"{words}: {err.strip()}")
        return out.strip()

    def __enter__(self):
        self.shell("mkdir -p HERE && head -c SIZE /dev/urandom >HERE/given")
        script = self.filled(DOM0)
        self.shell(f"printf %s {shlex.quote(script)} >HERE/script; "
                   "nohup setsid sh HERE/script >HERE/log 2>&1 </dev/null &")
        return self

    def __exit__(self, *exception):
        rig().exec(f"pkill -f {self.here}/script; rm -rf {self.here}")

    def hash_of(self, name):
        return self.shell(f"sha1sum <HERE/{name}").split()[0]


def traffic_job(env, label, extra="", **options):
    """Everything both ways, compared."""
    name = f"{env} network {label}"

    def run():
        with Peer() as peer:
            result = boot(name, env, peer.filled(
                f'{extra} ip=GUEST/24 init=/bin/sh cmd="sh /bin/test-script"'),
                ramdisk=image(peer.filled(GUEST), env=env), memory=64, timeout=300,
                settings=devices.settings(has_net=True), raises_lost=True, **options)
            lines = [line.strip() for line in result.console.splitlines()]
            expect(result.verdict == 0, f"verdict {result.verdict}, {result.reason}")
            expect("pings" in lines, "the guest's pings were not answered")
            expect(f"fetched {peer.hash_of('given')} -" in lines, "the guest received something else")
            served = peer.hash_of("fetched")
            expect(f"serves {served} -" in lines, "dom0 received something else from httpd")
            expect(peer.hash_of("stored") == served, "dom0 received something else")
            expect(" 0% packet loss" in peer.shell("cat HERE/ping"), "dom0's pings were not answered")
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
