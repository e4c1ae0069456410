"""Finds tests that rely on somebody's speed: with `tests/run --rough SECONDS` what the host does comes late by up to so
long, and its machines stand still now and then, for up to so long. A test that fails then, and passes without, has a race
that another machine, or a busier one, will lose.
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
# The host looks each time a guest says something; only some of these looks come late.
LOOKS_LATE = 0.2

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
    def looked(console):
        if random.random() < LOOKS_LATE:
            late()
        return look(console)
    return looked if _seconds and callable(look) else look


class LateAgent(Agent):
    def start(self, argv):
        late()
        return super().start(argv)


class LateRig(Rig):
    """One of its own for each caller."""

    def __init__(self, kind):
        super().__init__(kind=kind)
        self.agent = LateAgent(self.machine, is_private=True)


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
