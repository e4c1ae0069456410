"""The jobs in which a disk changes while the guest uses it: plugged and unplugged, a back-end that goes away and comes back. The guest says how far it is; dom0 then does something."""

import hashlib

from .boot import rig
from .core import Failure, single
from .disks import Disk, expect, run_script
from .dom0 import rebind

XVDA = 51712
WAIT = "n=0; while {}; do n=$((n+1)); [ $n -gt 600 ] && exit 9; sleep 0.1; done"


def steps(actions):
    """An `input` for boot(): when the guest has printed "step N", actions[N - 1] is run, once; it may return what is typed then."""
    done = []

    def look(console):
        typed = b""
        while len(done) < len(actions) and f"step {len(done) + 1}\r" in console:
            done.append(True)
            typed += actions[len(done) - 1]() or b""
        return typed
    return look


def xl(*words):
    status, _, err = rig().exec(["xl", *words])
    if status:
        raise Failure(f"xl {' '.join(words)}: {err.strip()}")


SIZE = 2 << 20
PLUG = f"""

echo step 1
{WAIT.format("[ ! -b /dev/xvdb ]")}
echo second $(sha1sum </dev/xvdb)
echo step 2
{WAIT.format("[ -b /dev/xvdb ]")}
echo first $(sha1sum </dev/xvda)
echo step 3
{WAIT.format("[ ! -b /dev/xvdb ]")}
echo third $(sha1sum </dev/xvdb)
"""


def plug_job(env):
    """A second disk comes, goes, and comes again."""
    name = f"{env} disk plugged and unplugged"
    domain = f"plug-{env}"

    def run():
        with Disk(env, SIZE) as first, Disk(env, SIZE) as second:
            def attach():
                xl("block-attach", domain, second.spec("xvdb"))

            look = steps([attach, lambda: xl("block-detach", domain, "xvdb"), attach])
            lines = run_script(name, env, PLUG, first, name=domain, input=look)
            sums = [disk.sha1() for disk in (first, second)]
        expect(f"first {sums[0]} -" in lines, "the first disk reads otherwise")
        expect(f"second {sums[1]} -" in lines and f"third {sums[1]} -" in lines, "the second disk reads otherwise")
    return single(name, run)


# Writing goes on over both ends of the gap, however late dom0 makes it: the same blocks again and again until a line is typed; a
# flush at the end. A block is numbers of seven digits, a line each.
BLOCKS, BLOCK = 24, 128 << 10
LINES = BLOCK // 8
REPLAY = f"""
i=0; until [ $i -ge {BLOCKS} ] && [ -e /tmp/enough ]; do
	block=$((i % {BLOCKS})); from=$((1000000 + block * 100000))
	seq $from $((from + {LINES - 1})) | dd of=DISK bs=128k seek=$block iflag=fullblock conv=notrunc,fsync 2>/dev/null || echo failed $block
	i=$((i+1))
done &
echo step 1
read enough
>/tmp/enough
wait
blockdev --flushbufs DISK
echo after $(sha1sum <DISK)
"""


def replayed():
    """What it writes."""
    numbers = (1000000 + block * 100000 + line for block in range(BLOCKS) for line in range(LINES))
    return "".join(f"{number}\n" for number in numbers).encode()


def replay_job(env, extra=""):
    """dom0's driver lets the disk go under writes, and takes it again: nothing is lost, nothing fails."""
    name = f"{env} disk whose back-end goes away and comes back"
    domain = f"replay-{env}"

    def away():
        rebind(rig().domid(domain), XVDA)
        return b"\r"

    def run():
        with Disk(env, BLOCKS * BLOCK) as disk:
            lines = run_script(name, env, REPLAY, disk, extra, name=domain, input=steps([away]), timeout=400)
            after = disk.sha1()
        expected = hashlib.sha1(replayed()).hexdigest()
        expect(not [text for text in lines if text.startswith("failed")], "a write failed")
        expect(any("connected again" in text for text in lines), "the back-end was never away")
        expect(after == expected and f"after {after} -" in lines, "another content")
    return single(name, run)


def disk_change_jobs(env):
    return [plug_job(env), replay_job(env)]
