"""Finds tests that rely on somebody's speed: with `tests/run --rough SECONDS` what the host does comes late by up to so
long, its machines stand still now and then, for up to so long, and some domains have little of the processor. A test that
fails then, and passes without, has a race that another machine, or a busier one, will lose.
"""

import contextlib
import os
import random
import signal
import threading
import time
from pathlib import Path

from riglib import Rig
from riglib.agent import Agent

EVERY = 5       # seconds between two stops of some machine, on average
# The host looks each time a guest says something; only some of these looks come late, or it would fall behind one that says much:
# most of its time it is in time.
LOOKS_LATE, IN_TIME = 0.3, 4
# Of the domains so many, and of the rigs so many dom0s, get no more than so many percent of a processor.
SLOW, SHARE = 0.3, 25

_seconds = 0.0


def begin(seconds):
    """From now on, until this process ends."""
    global _seconds
    _seconds = seconds
    if seconds:
        threading.Thread(target=_stop_machines, daemon=True).start()


def late():
    if _seconds:
        time.sleep(random.uniform(0, _seconds))


def looks_late(look):
    """An `input` for boot(), some of whose looks at the console come late."""
    in_time_until = 0

    def looked(console):
        nonlocal in_time_until
        began = time.monotonic()
        if began > in_time_until and random.random() < LOOKS_LATE:
            late()
            in_time_until = time.monotonic() + IN_TIME * (time.monotonic() - began)
        return look(console)
    return looked if _seconds and callable(look) else look


def settings():
    """xl's for a domain."""
    return [f"cap={SHARE}"] if _is_slow() else []


def _is_slow():
    return _seconds and random.random() < SLOW


class LateAgent(Agent):
    def start(self, argv):
        late()
        return super().start(argv)


class LateRig(Rig):
    """One of its own for each caller."""

    def __init__(self, kind):
        super().__init__(kind=kind)
        self.agent = LateAgent(self.machine, is_private=True)

    def __enter__(self):
        super().__enter__()
        if _is_slow():
            self.agent.check(["xl", "sched-credit2", "-d", "0", "-c", str(SHARE)])
        return self


def machines():
    """The process ids of the QEMUs that this process started."""
    found = []
    for children in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for pid in children.read_text().split():
                with contextlib.suppress(OSError):
                    if Path("/proc", pid, "comm").read_text().startswith("qemu"):
                        found.append(int(pid))
    return found


def stop(pid, meanwhile):
    """A child stands still. If it has ended, nothing happens."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
        meanwhile()
        os.kill(pid, signal.SIGCONT)


def _stop_machines():
    while True:
        time.sleep(random.uniform(0, 2 * EVERY))
        running = machines()
        if running:
            stop(random.choice(running), late)
