"""Commands on the host, each in a process group of its own, so that all of it can be ended."""

import atexit
import os
import signal
import subprocess
import threading

from riglib.processor import seconds_of

from . import processor
from .core import TOP

# Of what builds the same things one does at a time, `make run` among them (Makefile).
MAKE = ("flock", "-o", "build/lock", "make", "-j2")
(TOP / "build").mkdir(exist_ok=True)

_running = set()
_lock = threading.Lock()


def end(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


@atexit.register
def end_all():
    with _lock:
        for process in _running:
            end(process)


def command(argv, timeout=600, **options):
    """(exit status, output with standard error); status 124 after `timeout` seconds."""
    process = subprocess.Popen(argv, cwd=TOP, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, start_new_session=True, **options)
    with _lock:
        _running.add(process)
    is_late = threading.Event()

    def give_up():
        is_late.set()
        end(process)
    timer = threading.Timer(timeout, give_up)
    timer.daemon = True
    timer.start()
    try:
        out = process.stdout.read()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        processor.add(seconds_of(process.pid))
        status = process.wait()
    finally:
        timer.cancel()
        timer.join()
        end(process)    # what it left behind
        process.stdout.close()
        with _lock:
            _running.discard(process)
    return 124 if is_late.is_set() else status, out.decode(errors="replace")
