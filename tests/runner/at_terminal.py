"""The jobs that type `make run` at a terminal, as the first page of the README says: a guest with a root on
a disk and a network. A page is fetched from it, it reboots and has what it had, and what it leaves is in order.
"""

import fcntl
import os
import pty
import re
import select
import socket
import struct
import subprocess
import termios
import time
import urllib.request

from riglib import RigError

from . import core, dom0, interactive
from .boot import ATTEMPTS, TOP, XEN_ENVS, rig
from .core import Failure, Job, Outcome
from .filesystems import content, e2fsck
from .process import end

SECONDS = 300
PROMPT = r"paravane:\S* ?# (?:\x1b\[6n)?$"
PAGE = b"page-42\n"
KEPT = "".join(f"{n}\n" for n in range(1, 20001)).encode()

SERVE = "httpd -h /www; echo up$((1+1))\r"
FIRST = "mkdir -p /www; echo page-$((6*7)) >/www/index.html; seq 1 20000 >/kept; " + SERVE

ADDRESSES = {"pv64": "10.0.0.4", "pvh64": "10.0.0.5", "pv32": "10.0.0.6"}

NAMES = ("bash typed at", "page fetched", "root survives a reboot", "page fetched after the reboot", "e2fsck is clean")


class Lost(Exception):
    """The emulator lost the guest (docs/rig.md)."""


class Terminal:
    """A command with a terminal of its own, within a `with` block."""

    def __init__(self, argv, environment):
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.process = subprocess.Popen(argv, cwd=TOP, stdin=theirs, stdout=theirs, stderr=theirs,
                                        start_new_session=True, env=environment)
        os.close(theirs)
        self.text = ""

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        end(self.process)
        self.process.wait()
        os.close(self.ours)

    def type(self, keys):
        """What it says from here on is what wait_for() looks at."""
        self.text_from = len(self.text)
        os.write(self.ours, keys.encode())

    def wait_for(self, pattern, seconds=SECONDS):
        """Until it has said that, at its end for a pattern that ends in $."""
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.said()):
            if not self._read(deadline - time.monotonic()):
                if re.search(r"(domain|machine) ended: (reboot|crash)", self.text) and "no verdict" in self.text:
                    raise Lost
                last = self.text.strip().splitlines()[-1:]
                raise Failure(f"waited for {pattern}; at last: {last}")

    text_from = 0

    def said(self):
        """Since something was typed. Under the shim a line's end has more carriage returns."""
        return re.sub(r"\r+\n\r*", "\r\n", self.text[self.text_from:])

    def _read(self, seconds):
        if not select.select([self.ours], [], [], max(0, seconds))[0]:
            return False
        try:
            data = os.read(self.ours, 65536)
        except OSError:
            return False
        self.text += data.decode(errors="replace")
        return bool(data)

    def status(self):
        """Of the command, which is about to end."""
        while self._read(SECONDS):
            pass
        return self.process.wait()


def fetch(port):
    """By this machine's port that leads to the guest's."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
        return answer.read()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def pages(env, port):
    """What whoever is there to ask gets from the guest."""
    return [fetch(port)] + ([dom0.fetch(ADDRESSES[env])] if env in XEN_ENVS else [])


# Line editing, history, job control: as in the long session (interactive.py), on every kind of console.
BASH = [(keys, awaited) for name, keys, awaited in interactive.STEPS if name.startswith("bash")]


def session(env, terminal, port):
    """Yields the names of what succeeded."""
    def expect_pages():
        found = pages(env, port)
        if any(text != PAGE for text in found):
            raise Failure(f"fetched {found}")

    terminal.wait_for(PROMPT)
    for keys, awaited in BASH:
        terminal.type(keys)
        terminal.wait_for(awaited)
    yield NAMES[0]
    terminal.type(FIRST)
    terminal.wait_for(r"\nup2\r")
    expect_pages()
    yield NAMES[1]
    terminal.type("reboot\r")
    terminal.wait_for("the guest reboots")
    terminal.type("")
    terminal.wait_for(PROMPT)
    terminal.type("sha1sum </kept; cat /www/index.html; echo seen$((1+1))\r")
    terminal.wait_for(r"\nseen2\r")
    if "\npage-42\r" not in terminal.said():
        raise Failure("the file is another after the reboot")
    yield NAMES[2]
    terminal.type(SERVE)
    terminal.wait_for(r"\nup2\r")
    expect_pages()
    yield NAMES[3]
    terminal.type("poweroff\r")
    terminal.wait_for("verdict: 0")
    if terminal.status():
        raise Failure("make fails")


def run_once(env, prefix, path):
    for old in path.parent.glob(f"{path.name}*"):
        old.unlink()
    port = free_port()
    environment = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "T")}
    bash = "bash-static:i386" if env == "pv32" else "bash-static"
    argv = ["make", "run", f"ENV={env}", f"DISK={path}", f"FORWARD={port}:80", f"ADD=deb:{bash}"]
    if env in XEN_ENVS:
        environment["RIG_NAME"] = rig().name
        argv.append(f"NET={ADDRESSES[env]}")
    with Terminal(argv, environment) as terminal:
        try:
            yield from session(env, terminal, port)
        finally:
            core.write_log(prefix, terminal.text)
    e2fsck(path)
    if content(path, "/kept") != KEPT:
        raise Failure("/kept has another content")
    yield NAMES[4]


def at_terminal_job(env):
    prefix = f"{env} make run at a terminal:"

    def run(wanted):
        path = TOP / "build" / "test" / f"root-{env}.img"
        path.parent.mkdir(parents=True, exist_ok=True)
        for attempt in range(1, ATTEMPTS + 1):
            done = []
            try:
                for name in run_once(env, prefix, path):
                    done.append(name)
            except Lost:
                if env in ("pvh64", "pv32") and attempt < ATTEMPTS:
                    core.log_path(prefix).rename(core.log_path(f"{prefix} lost {attempt}"))
                    continue
                why = "the guest was lost"
            except (Failure, OSError, RigError) as failure:
                why = f"{type(failure).__name__}: {failure}"
            break
        for name in NAMES:
            if name in done:
                yield Outcome(f"{prefix} {name}", "success")
            else:
                yield Outcome(f"{prefix} {name}", "failure", why)
    return Job([f"{prefix} {name}" for name in NAMES], run)
