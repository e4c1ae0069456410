"""The user's end of a console: standard input and output, raw when they are a terminal."""

import contextlib
import os
import select
import sys
import termios
import time
import tty

LEAVE = b'\x1d'     # Ctrl-]
CHUNK = 65536


def is_interactive():
    return sys.stdin.isatty() and sys.stdout.isatty()


@contextlib.contextmanager
def raw_mode():
    """Every key goes to the guest; left in any case, however the block ends."""
    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd)
    tty.setraw(fd)
    try:
        yield
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)


def write(data, fd=1):
    while data:
        data = data[os.write(fd, data):]


def join(other, is_over, take, give, end_input=None, timeout=None):
    """Joins the user with `other` (something with a fileno) until is_over().

    take(timeout) handles what came from there and returns None when there is nothing more;
    give(bytes) sends what the user typed. Returns "over", "left" when the user typed Ctrl-], or
    "timeout".
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    inputs = [other, sys.stdin.fileno()]
    while True:
        # The user is heard between two pieces, too: who never stops talking can be left, or interrupted.
        is_more = not is_over() and take(0) is not None
        if is_over():
            return 'over'
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            return 'timeout'
        ready = select.select(inputs, [], [], 0 if is_more else left)[0]
        if sys.stdin.fileno() in ready:
            data = os.read(sys.stdin.fileno(), CHUNK)
            if not data:
                inputs.remove(sys.stdin.fileno())
                if end_input:
                    end_input()
            elif is_interactive() and LEAVE in data:
                return 'left'
            else:
                give(data)
