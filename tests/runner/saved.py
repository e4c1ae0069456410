"""The jobs in which a domain is saved while it writes to a disk and serves the network: it runs on where it is
(`xl save -c`), it is restored from the file (`xl restore`), it moves (`xl migrate`). All in the life of one guest.

One connection of dom0's lasts through all of it: what one says there is said again by the guest.

Its disk is a slow one, so that a request is always under way: what is lost of those, or done in another order, is
found on the disk in the end.
"""

import hashlib
import itertools
import re
import time

from riglib import devices

from . import core
from .boot import Lost, kernel, made_again, rig
from .core import Failure, Job, Outcome
from .disks import WAIT, Disk, expect, image
from .dom0 import LOOK, Connection, dom0, fetch, map_device, push, unmap_device
from .turns import IS_ALL

ADDRESS = "10.0.0.2"
DELAY = 400     # ms
BLOCK = 16384
SECONDS = 400       # for all that is waited for
LOOKS = 16          # for a page, after which to see whether there still is a domain

_number = itertools.count(1)

# One open file; block after block, each when the one before is on the disk. The page "state" says how far it is, and the uptime.
# Fetching "over" ends it.
SCRIPT = f"""
mkdir -p /tmp/www/cgi-bin; cd /tmp/www
printf '#!/bin/sh\\n>/tmp/www/over\\nprintf "Content-type: text/plain\\\\r\\\\n\\\\r\\\\n"\\n' >cgi-bin/over; chmod 755 cgi-bin/over
httpd -p 80 -h /tmp/www
nc -l -p 99 -e cat &
exec 3<>DISK
n=0; last=0
until [ -e over ]; do
	read up rest </proc/uptime; up=${{up%.*}}${{up#*.}}
	[ "$up" -ge "$last" ] || echo failed: time went from $last to $up
	last=$up
	printf "%{BLOCK - 1}d\\n" $n | dd bs={BLOCK} iflag=fullblock conv=fsync,notrunc >&3 2>/dev/null || echo failed: block $n
	n=$((n + 1)); echo $n $up >new; mv new state
done
blockdev --flushbufs DISK
echo blocks $n, all $(sha1sum <DISK)
poweroff -f
"""

MEMORY = 16        # MiB
MEMORY_PV32 = 44   # the shim's too
CONFIG = """name = "{domain}"
type = "{type}"
pvshim = {is_shim}
kernel = "/tmp/{domain}.kernel"
ramdisk = "/tmp/{domain}.image"
extra = 'init=/bin/sh cmd="sh /bin/test-script" ip={address}/24'
memory = {memory}
vcpus = 2
disk = ["{disk}"]
vif = ["{vif}"]
on_poweroff = "destroy"
on_reboot = "destroy"
on_crash = "destroy"
"""

# What is done to it. A PV domain is migrated with shadow page tables only, which this Xen lacks. A PVH one, the shim's too, is dumped
# without knowing anything of it, in minutes: frame by frame up to 4 GiB.
RESTORE = "xl save {domain} {file} && xl restore {file}"
# How much of the time that those take the guest may run before it stops. Its pages are written much longer.
SHARE = 1 / 4
DUMP = "xl dump-core {domain} {file} && [ $(stat -c %s {file}) -gt MEMORY ] && rm {file}".replace("MEMORY", str(MEMORY << 20))
MIGRATE = "xl migrate -s '' {domain} 'xl migrate-receive'"
PVH = {"saved and running on": "xl save -c {domain} {file}", "saved and restored": RESTORE, "migrated": MIGRATE}
ACTIONS = {
    "pvh64": PVH,
    "pv32": PVH if IS_ALL else {"saved and restored": RESTORE},
    "pv64": {"saved and running on": "xl save -c {domain} {file}", "saved and restored": RESTORE, "dumped": DUMP},
}
DISK = "saved, the disk"


def block(number):
    """What is in it."""
    return f"{number:{BLOCK - 1}}\n".encode()


class SlowDisk(Disk):
    """One whose writing takes a while."""

    def __init__(self, env):
        super().__init__(env)
        self.mapped = f"slow-{next(_number)}"

    def __enter__(self):
        super().__enter__()
        map_device(self.mapped, f"0 {self.size // 512} delay {self.device} 0 0 {self.device} 0 {DELAY}")
        return self

    def __exit__(self, *exception):
        unmap_device(self.mapped)
        super().__exit__(*exception)

    def spec(self, vdev="xvda", access="rw"):
        return devices.disk_spec(f"/dev/mapper/{self.mapped}", vdev, access)


class Life:
    """Of the guest."""

    def __init__(self, env, disk):
        self.env, self.disk = env, disk
        self.domain = f"saved-{env}-{next(_number)}"
        self.file = f"/tmp/{self.domain}.saved"
        # One that arrives has another name at first, by which its log goes.
        self.logs = [f"/var/log/xen/console/guest-{self.domain}{more}.log" for more in ("", "--incoming")]
        self.blocks, self.up = 0, 0
        self.connection = None
        self.said_to = []

    def __enter__(self):
        is_shim = self.env == "pv32"
        config = CONFIG.format(memory=MEMORY_PV32 if is_shim else MEMORY, domain=self.domain, type="pv" if self.env == "pv64" else "pvh",
                               is_shim=int(is_shim), address=ADDRESS, disk=self.disk.spec(), vif=devices.net_spec())
        files = [f"/tmp/{self.domain}.{kind}" for kind in ("kernel", "image", "cfg")]
        script = (WAIT + SCRIPT).replace("DISK", self.disk.name)
        push(dict(zip(files, (kernel(self.env), image(script, env=self.env), config.encode()))), kernel=files[0])
        dom0(["xl", "create", "-q", files[2]])
        return self

    def __exit__(self, *exception):
        core.write_log(f"{self.env} saved", self.said())
        if self.connection:
            self.connection.__exit__()
        if self.is_there():
            rig().exec(["xl", "destroy", self.domain])
        rig().exec(f"rm -f /tmp/{self.domain}.*")

    def is_there(self):
        return rig().domid(self.domain) != ""

    def said(self):
        """Without carriage returns, which the shim puts elsewhere."""
        return rig().exec(["cat", *self.logs])[1].replace("\r", "")

    def is_lost(self):
        """Ended out of nowhere, which the emulator does to PVH domains (docs/rig.md)."""
        said = self.said()
        return self.env != "pv64" and not any(word in said for word in ("panic:", "Panic on", "verdict:", "failed")) and not self.is_there()

    def goes_on(self):
        """It serves, writes further blocks, and time goes on."""
        page = "nothing"
        deadline = time.monotonic() + SECONDS
        for look in itertools.count(1):
            page = (fetch(ADDRESS, "/state", seconds=2) or page.encode()).decode()
            if page[0].isdigit() and int(page.split()[0]) > self.blocks + 1:
                break
            expect(time.monotonic() < deadline and (look % LOOKS or self.is_there()), f"the page says {page.strip()}, after {self.blocks} blocks")
            time.sleep(LOOK)
        blocks, up = map(int, page.split())
        expect(up > self.up, f"time went from {self.up} to {up}")
        self.blocks, self.up = blocks, up

    def connect(self):
        self.connection = Connection(ADDRESS, 99)
        self.say("hello")
        self.hears()

    def say(self, word):
        self.said_to.append(word)
        self.connection.say(f"{word}\n".encode())

    def hears(self):
        """All that was ever said to it came back, once and in order."""
        said = "".join(f"{word}\n" for word in self.said_to).encode()
        self.connection.hear(len(said), SECONDS)
        expect(self.connection.heard == said, f"over the connection came {self.connection.heard.split()}, not {self.said_to}")

    def do(self, action):
        self.say(f"before-{len(self.said_to)}")     # perhaps on its way when it stops
        began = time.monotonic()
        dom0(action.format(domain=self.domain, file=self.file))
        seconds = time.monotonic() - began
        self.goes_on()
        if action == RESTORE and self.env != "pv64":    # where it is over soon
            self.stood_still(seconds)
        self.say(f"after-{len(self.said_to)}")
        self.hears()

    def stood_still(self, seconds):
        """There was no time, on any CPU, while there was no domain."""
        stamps = re.findall(r"^\[ *([\d.]+)\] suspend: the domain (?:is being saved|goes on, restored)$", self.said(), re.MULTILINE)
        passed = float(stamps[-1]) - float(stamps[-2])
        expect(passed < seconds * SHARE, f"it was not there for most of {seconds:.1f} s, of which {passed} passed for it")

    def end(self):
        """What it wrote is on the disk, and what it reads of it too."""
        deadline = time.monotonic() + SECONDS
        expect(fetch(ADDRESS, "/cgi-bin/over") is not None, "it cannot be told that it is over")
        while self.is_there():
            expect(time.monotonic() < deadline, "it does not end")
            time.sleep(LOOK)
        said = self.said()
        expect("failed" not in said, said[said.find("failed"):][:200])
        words = said.partition("\nblocks ")[2].replace(",", "").split()
        expect(len(words) > 2, f"no last words: {said[-300:]}")
        written = b"".join(map(block, range(int(words[0]))))
        sums = dom0(f"head -c {len(written)} {self.disk.path} | sha1sum; sha1sum <{self.disk.path}").split()
        expect(sums[0] == hashlib.sha1(written).hexdigest(), f"other blocks than the {words[0]} that it wrote are on the disk")
        expect(sums[2] == words[2], "the guest reads something else than is on the disk")


def live(env):
    """The outcomes of one guest's life."""
    outcomes = []
    with SlowDisk(env) as disk, Life(env, disk) as life:
        steps = {label: lambda action=action: life.do(action) for label, action in ACTIONS[env].items()}
        steps[DISK] = life.end
        try:
            life.goes_on()
            life.connect()
            for label, step in steps.items():
                step()
                outcomes.append(Outcome(f"{env} {label}", "success"))
        except Failure as failure:
            if life.is_lost():
                raise Lost(str(failure)) from None
            outcomes.append(Outcome(f"{env} {list(steps)[len(outcomes)]}", "failure", str(failure)))
    return outcomes


def saved_jobs(env):
    return [Job([f"{env} {label}" for label in (*ACTIONS[env], DISK)], lambda wanted: made_again(lambda: live(env))())]
