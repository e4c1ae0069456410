"""What jobs have dom0 do.

To start a program there costs the host's processor more than what most programs do (docs/rig.md), and so does a shell that reads or
writes a few bytes at a time: a job does here what can be done here, waits here, and has one program do what one can.
"""

import signal
import time

from riglib.agent import read_file
from riglib.domain import kernel_file

from .boot import rig
from .core import Failure

LOOK = 1    # seconds between looks
CONNECTED, CLOSED = 4, 6    # XenbusState


def dom0(words):
    """Runs a command, a list, or a string for the shell; what it prints."""
    status, out, err = rig().exec(words)
    if status:
        raise Failure(f"{words}: {(out + err).strip()}")
    return out.strip()


def push(files, kernel=None):
    """Files that nobody changes there, {path there: the host's file, or bytes}; `kernel`: the path there of one that is booted."""
    def data(there, here):
        return here if isinstance(here, bytes) else kernel_file(here) if there == kernel else read_file(here)
    rig().agent.push_lasting_files({there: data(there, here) for there, here in files.items()})


def random_file(path, size):
    dom0(["dd", "if=/dev/urandom", f"of={path}", "bs=1M", f"count={size}", "iflag=count_bytes,fullblock", "status=none"])


def sha1(path):
    return dom0(["sha1sum", path]).split()[0]


def content(path):
    status, data, err = rig().agent.run(["cat", path])
    if status:
        raise Failure(f"cat {path}: {err.decode(errors='replace').strip()}")
    return data


def map_device(name, table):
    """Makes /dev/mapper/NAME, as the device mapper's table says."""
    dom0(f"dmsetup create {name} --noudevsync --table '{table}' && dmsetup mknodes {name} && [ -b /dev/mapper/{name} ]")


def unmap_device(name):
    rig().exec(["dmsetup", "remove", "--noudevsync", "--retry", name])


def rebind(domid, vdev, away=0.5, is_seen=True):
    """The driver lets a disk of a guest's go for so many seconds, and takes it again, and both ends are connected. It tells nobody that it goes:
    it is told in its place, and the seconds begin when the guest has seen it; or not: then the driver may connect to the rings that are there
    before the guest sees that it was away."""
    driver, device = "/sys/bus/xen-backend/drivers/vbd", f"vbd-{domid}-{vdev}"
    front, back = f"/local/domain/{domid}/device/vbd/{vdev}/state", f"/local/domain/0/backend/vbd/{domid}/{vdev}/state"
    told = f'xenstore-write {back} {CLOSED} && soon \'[ "$(xenstore-read {front})" != {CONNECTED} ]\' && ' if is_seen else ""
    dom0('soon() { for i in $(seq 300); do eval "$1" && return; sleep 0.1; done; echo in vain: "$1"; false; }; '
         f"echo {device} >{driver}/unbind && {told}sleep {away} && echo {device} >{driver}/bind && "
         f'soon \'[ "$(xenstore-read {front} {back} | xargs)" = "{CONNECTED} {CONNECTED}" ]\'')


def fetch(address, path="/", port=80, seconds=20):
    """The page of a guest's, as bytes; None if there is none. (wget takes three times as much to start.)"""
    status, answer, _ = rig().agent.run(["nc", "-N", "-w", str(seconds), address, str(port)],
                                        input=f"GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n".encode())
    head, ended, page = answer.partition(b"\r\n\r\n")
    return page if not status and ended and head.split()[1:2] == [b"200"] else None


class Program:
    """One that runs on in dom0, within a `with` block."""

    def __init__(self, words):
        self.command = rig().agent.start(["sh", "-c", words] if isinstance(words, str) else words)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.command.signal(signal.SIGTERM)
        while self.command.status is None and self.command.receive(LOOK):
            pass
        self.command.close()


class Connection(Program):
    """To a port of a guest's."""

    def __init__(self, address, port):
        super().__init__(["nc", "-N", address, str(port)])
        self.heard = b""

    def say(self, data):
        self.command.send_input(data)

    def say_no_more(self):
        self.command.end_input()

    def hear(self, length, seconds):
        """Until so many bytes were heard, all in all, or the time is over, or the connection."""
        deadline = time.monotonic() + seconds
        while len(self.heard) < length and self.command.status is None:
            frame = self.command.receive(deadline - time.monotonic())
            if frame is None:
                break
            if frame[0] == "O":
                self.heard += frame[1]
