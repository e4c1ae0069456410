"""Data verification: a guest's processes write extents of chance over all queues of a disk (tests/extents)
while dom0's driver is taken from it and given back; then dom0 verifies every block.

EXTENTS_ROUNDS and EXTENTS_SEED make it longer, and another; EXTENTS_REBINDS is how often the back-end goes.
"""

import contextvars
import os
import threading

from riglib import RigError

from .boot import TOP, made_again, rig
from .core import Failure, single
from .disk_changes import XVDA
from .disks import Disk, expect, run_guest
from .dom0 import push, rebind
from .process import command
from .programs import X86_64, interface_of
from .turns import XEN, turn

SOURCE = TOP / "tests" / "extents" / "extents.c"
PROGRAM = TOP / "build" / "extents"
THERE = "/rig/extents"      # in dom0
ROUNDS = int(os.environ.get("EXTENTS_ROUNDS", "500"))
SEED = int(os.environ.get("EXTENTS_SEED", "1"))
REBINDS = int(os.environ.get("EXTENTS_REBINDS", "4"))
WORKERS = 4
REGION = 1 << 20

# At least so many rounds, and on until a line is typed.
SCRIPT = f"""
/bin/extents write DISK {SEED} {ROUNDS} {WORKERS} /tmp/enough &
read enough
>/tmp/enough
wait $! || exit 1
blockdev --flushbufs DISK
/bin/extents verify DISK
"""

_lock = threading.Lock()


def build(to):
    """The program for an interface; dom0's is X86_64's."""
    program = PROGRAM.with_name(f"extents-{to.abi}")
    with _lock:
        status, text = command([*to.gcc, "-static", "-O2", "-std=gnu17", "-D_FILE_OFFSET_BITS=64", "-Wall", "-Wextra", "-Werror",
                                "-o", str(program), str(SOURCE)])
    if status:
        raise Failure(text)
    return program


class Rebinder:
    """An `input` for boot(): from the first round on the back-end is unbound and bound, again and again; then a line is typed.
    Every other time the guest may not see it; else the time without one grows."""

    def __init__(self, domain):
        self.domain = domain
        self.thread = None
        self.problem = None

    def __call__(self, console):
        if not self.thread and "extents: round 16\r" in console:
            self.thread = threading.Thread(target=contextvars.copy_context().run, args=(self.work,), daemon=True)
            self.thread.start()
        return b"\r" if self.thread and not self.thread.is_alive() else None

    def work(self):
        try:
            domid = rig().domid(self.domain)
            for count in range(REBINDS):
                rebind(domid, XVDA, away=count // 2 * 0.5, is_seen=count % 2)
        except (Failure, RigError) as error:
            self.problem = str(error)


def extents_job(env, label, extra="", **options):
    name = f"{env} disk verified, {label}"

    def run():
        here, there = build(X86_64), build(interface_of(env))
        domain = f"extents-{env}-{label.split()[0]}"
        rebinder = Rebinder(domain)
        with Disk(env, WORKERS * REGION) as disk:
            result = run_guest(name, env, SCRIPT, disk, extra, added=[f"{there}:/bin/extents"], name=domain,
                               input=rebinder, timeout=240 + ROUNDS // 2, raises_lost=True, **options)
            push({THERE: here})
            verified = rig().exec([THERE, "verify", disk.path])[1]
        expect(not rebinder.problem, f"dom0: {rebinder.problem}")
        expect(result.verdict == 0, f"verdict {result.verdict}, {result.reason}")
        again = result.console.count("connected again")
        expect(again >= REBINDS // 2, f"the back-end came again {again} times, not {REBINDS // 2}")
        expect(f"extents: {WORKERS} regions, " in verified, f"dom0 says: {verified}")
        expect(verified.strip() in result.console, "the guest reads something else")
    return single(name, made_again(run))


def extents_jobs(env):
    return turn([extents_job(env, "two queues", vcpus=2),
                 extents_job(env, "plain grants, a large ring", "blk_persistent=off blk_ring_order=2", vcpus=2)], env, XEN)
