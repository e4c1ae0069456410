"""The jobs with disks: Linux's xen-blkback in dom0 behind files on loop devices.

A guest runs a script of shell; dom0 prepares the disk before and looks at it afterwards, so data is
compared both ways, by somebody else's code.
"""

import itertools
import tempfile
from pathlib import Path

from .boot import TOP, boot, rig
from .core import Failure, single
from .process import command

_count = itertools.count(1)

# Read all; write the second half and what is near the end; sync; read again without the cache.
COPY = """
blockdev --getsize64 --getss --getpbsz --getro /dev/xvda
sha1sum </dev/xvda
dd if=/dev/xvda of=/dev/xvda bs=64k count=64 seek=64 conv=fsync,notrunc 2>/dev/null || echo failed: copy
printf 'the very end' | dd of=/dev/xvda bs=1 seek=$((8 * 1024 * 1024 - 12)) conv=fsync 2>/dev/null
blockdev --flushbufs /dev/xvda
echo after $(sha1sum </dev/xvda)
"""

SIZE = 8 << 20


def image(script):
    """The programs' image with the script in it as /bin/test-script."""
    out = TOP / "build" / "test" / f"disk-{next(_count)}.cpio"
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "script"
        path.write_text(script)
        status, text = command(["tools/initramfs", "--out", str(out), "--add", f"{path}:/bin/test-script"])
    if status:
        raise Failure(text.strip())
    return out


def dom0(words):
    status, out, err = rig().exec(words)
    if status:
        raise Failure(f"dom0: {words}: {err.strip()}")
    return out.strip()


def loop_make(size=SIZE):
    """A file of random bytes in dom0, behind a loop device: (file, device)."""
    path = f"/tmp/disk-{next(_count)}"
    device = dom0(f"head -c {size} /dev/urandom >{path} && losetup -f --show {path}")
    return path, device


def loop_end(path, device):
    rig().exec(f"losetup -d {device}; rm -f {path}")


def expect(condition, why):
    if not condition:
        raise Failure(why)


def copy_job(env, label, extra="", settings=(), **options):
    """Data in both directions."""
    name = f"{env} disk {label}"

    def run():
        path, device = loop_make()
        try:
            before = dom0(f"sha1sum <{path}").split()[0]
            result = boot(name, env, f'{extra} init=/bin/sh cmd="sh /bin/test-script"', ramdisk=image(COPY),
                          memory=64, settings=[f'disk=["phy:{device},xvda,w"]', *settings], **options)
            lines = result.console.split("\n")
            after = dom0(f"sync; sha1sum <{path}").split()[0]
            end = dom0(f"tail -c 12 {path}")
        finally:
            loop_end(path, device)
        expect(result.verdict == 0, f"verdict {result.verdict}, {result.reason}")
        expect([str(SIZE), "512", "512", "0"] == [line for line in lines if line.isdigit()][:4], "sizes")
        expect(f"{before}  -" in lines, "the guest read something else than dom0 had written")
        expect(f"after {after} -" in lines, "dom0 found something else than the guest had written")
        expect(before != after and end == "the very end", "nothing was written")
    return single(name, run)


def disk_jobs(env):
    return [
        copy_job(env, "copy"),
        copy_job(env, "copy, plain grants, a large ring", "blk_persistent=off blk_ring_order=3 blk_segments=128"),
        copy_job(env, "copy, two queues, no indirect requests", "blk_indirect=off blk_ring_order=1", vcpus=2),
        copy_job(env, "copy, not trusted", "blk_trusted=off blk_persistent=off"),
    ]
