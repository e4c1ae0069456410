"""The processor time that a job takes: of the commands it waits for, and of the QEMUs that run its guests.

Each thread that works off jobs has a meter; the threads of a job have copies of its context, and so the same one.
"""

import contextvars
import threading

_meter = contextvars.ContextVar("the meter of this thread's job", default=None)


class Meter:
    def __init__(self):
        self.seconds = 0.0
        self._lock = threading.Lock()

    def add(self, seconds):
        with self._lock:
            self.seconds += seconds


def start():
    """A meter for the job that begins in this thread."""
    meter = Meter()
    _meter.set(meter)
    return meter


def add(seconds):
    meter = _meter.get()
    if meter:
        meter.add(seconds)
