"""The jobs with disks: Linux's xen-blkback in dom0 behind files on loop devices.

A guest runs a script of shell; dom0 prepares the disk before and looks at it afterwards, so data is
compared both ways, by somebody else's code.
"""

import hashlib
import itertools
import subprocess
import tempfile
from pathlib import Path

from riglib import devices

from .boot import TOP, boot, rig
from .core import Failure, single
from .dom0 import content, dom0, random_file, sha1
from .process import command
from .programs import interface_of
from .turns import XEN, turn

_count = itertools.count(1)

# Read all; write the second half and the very end; sync; read again without the cache. What is copied is cached by then: so the
# back-end is told of what is written only.
COPY = r"""
events() { echo $(($(sed -n 's/^event_channel_op \(.*\) /\1 + /p' /proc/paravane/hypercalls))); }
for what in --getsize64 --getss --getro; do echo size $(blockdev $what DISK); done
echo before $(sha1sum <DISK)
[ ! -d /proc/paravane ] || told=$(events)
dd if=DISK of=DISK bs=64k count=64 seek=64 conv=fsync,notrunc 2>/dev/null || echo failed: copy
[ ! -d /proc/paravane ] || echo told $(($(events) - told))
printf 'the very end' | dd of=DISK bs=1 seek=$((8 * 1024 * 1024 - 12)) conv=fsync 2>/dev/null
blockdev --flushbufs DISK
echo after $(sha1sum <DISK)
"""

# On a busy machine the guest is up before its disk is.
WAIT = "n=0; until [ -b DISK ] || [ $n = 600 ]; do sleep 0.1; n=$((n+1)); done\n"

SIZE = 8 << 20
# Of the 4 MiB that are written 1.25 at most are out at once, and then they are flushed: five times, and some more if the
# writing thread wakes between. A piece at a time it would be 17 times.
TOLD_MAX = 10


def image(script, *added, env="pv64"):
    """The image for the programs of `env` with the script in it as /bin/test-script; `added`: more, as FILE:PLACE."""
    out = TOP / "build" / "test" / f"disk-{next(_count)}.cpio"
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "script"
        path.write_text(script)
        status, text = command(["tools/initramfs", "--out", str(out), *interface_of(env).image_options,
                                "--add", f"{path}:/bin/test-script",
                                *(word for one in added for word in ("--add", one))])
    if status:
        raise Failure(text.strip())
    return out


class Disk:
    """A disk of a guest, within a `with` block: a file of the host's, or of dom0's on a loop device."""

    def __init__(self, env, size=SIZE):
        self.env = env
        self.size = size
        self.is_native = env == "native64"
        self.path = f"{TOP}/build/test/disk-{next(_count)}" if self.is_native else f"/tmp/disk-{next(_count)}"
        self.device = None

    def __enter__(self):
        if self.is_native:
            self.shell(f"head -c {self.size} /dev/urandom >{self.path}")
        else:
            random_file(self.path, self.size)
            self.device = dom0(["losetup", "-f", "--show", self.path])
        return self

    def __exit__(self, *exception):
        if self.is_native:
            Path(self.path).unlink(missing_ok=True)
        else:
            rig().exec(["losetup", "-d", self.device])
            rig().exec(["rm", "-f", self.path])

    def shell(self, words):
        """Runs words where the file is; what they print."""
        if self.is_native:
            done = subprocess.run(["sh", "-c", words], text=True, capture_output=True)
            status, out, err = done.returncode, done.stdout, done.stderr
        else:
            status, out, err = rig().exec(words)
        if status:
            raise Failure(f"{words}: {err.strip()}")
        return out.strip()

    def content(self):
        """All of it."""
        return Path(self.path).read_bytes() if self.is_native else content(self.path)

    def sha1(self):
        return hashlib.sha1(self.content()).hexdigest() if self.is_native else sha1(self.path)

    def piece(self, start, length):
        """So many bytes from there on, as text."""
        return self.shell(f"dd if={self.path} bs={length} count=1 skip={start} iflag=skip_bytes status=none")

    @property
    def name(self):
        """In the guest."""
        return "/dev/vda" if self.is_native else "/dev/xvda"

    def spec(self, vdev="xvda", access="rw"):
        """xl's words for it."""
        return devices.disk_spec(self.device, vdev, access)

    def options(self):
        """For boot()."""
        return {"disks": [self.path]} if self.is_native else {"settings": [f'disk=["{self.spec()}"]']}


def expect(condition, why):
    if not condition:
        raise Failure(why)


def run_guest(log_name, env, script, disk, extra="", added=(), settings=(), **options):
    """Boots the guest with the disk and runs the script, in which DISK stands for its name. The Result."""
    script = (WAIT + script).replace("DISK", disk.name)
    disks = disk.options()
    if settings:
        disks["settings"] = [*disks["settings"], *settings]
    return boot(log_name, env, f'{extra} init=/bin/sh cmd="sh /bin/test-script"', ramdisk=image(script, *added, env=env),
                memory=64, **disks, **options)


def run_script(*arguments, **options):
    """As run_guest(), and it has to succeed. What was on the console."""
    result = run_guest(*arguments, **options)
    expect(result.verdict == 0, f"verdict {result.verdict}, {result.reason}")
    return [line.strip() for line in result.console.splitlines()]


def copy_job(env, label, extra="", grants="persistent", **options):
    """Data in both directions; on Xen in the way that is meant."""
    name = f"{env} disk {label}"

    def run():
        with Disk(env) as disk:
            before = disk.sha1()
            lines = run_script(name, env, COPY, disk, f"debug=on {extra}", **options)
            after = disk.sha1()
            end = disk.piece(SIZE - 12, 12)
        expect(disk.is_native or any(f"{grants} grants" in text for text in lines), f"the grants are not {grants}")
        expect([f"size {SIZE}", "size 512", "size 0"] == [text for text in lines if text.startswith("size ")], "sizes")
        expect(f"before {before} -" in lines, "the guest read something else than was on the disk")
        expect(f"after {after} -" in lines, "on the disk is something else than the guest had written")
        expect(before != after and end == "the very end", "nothing was written")
        told = [int(text.split()[1]) for text in lines if text.startswith("told ")]
        expect(disk.is_native or options.get("vcpus", 1) > 1 or told[0] <= TOLD_MAX, f"the back-end was told {told} times")
    return single(name, run)


def disk_jobs(env):
    if env == "native64":
        return [copy_job(env, "copy")]
    return [copy_job(env, "copy"), *turn([
        copy_job(env, "copy, plain grants, a large ring", "blk_persistent=off blk_ring_order=3 blk_segments=128",
                 grants="plain"),
        copy_job(env, "copy, two queues, no indirect requests", "blk_indirect=off blk_ring_order=1", vcpus=2),
        copy_job(env, "copy, not trusted", "blk_trusted=off blk_persistent=off", grants="plain"),
    ], env, XEN)]
