"""Wakes domains of the shim's that stand still.

The emulator can lose what would have ended a halt of the shim's, and its timer with it (docs/rig.md); then the domain waits
until something comes from outside. So while a job runs, dom0 looks every few seconds at the domains in PVH ones, and where
one has used no CPU time since it last looked, writes an empty request into a node that its kernel watches. Whoever is idle
for a good reason reads it and goes on waiting.
"""

import contextlib
import contextvars
import threading

from riglib import RigError

from .boot import rig
from .core import Job

SECONDS = 3

def look(over):
    while not over.wait(SECONDS):
        with contextlib.suppress(RigError, OSError):
            rig().exec(["/rig/nudge"], timeout=60)


def nudged(job):
    """The job, with somebody who looks while it runs."""
    def run(wanted):
        over = threading.Event()
        thread = threading.Thread(target=contextvars.copy_context().run, args=(look, over), daemon=True)
        thread.start()
        try:
            yield from job.run(wanted)
        finally:
            over.set()
            thread.join()
    return Job(job.names, run, job.is_open_ended)
