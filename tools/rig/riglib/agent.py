"""Talks to the agents in dom0 (dom0/agent/serve.c has the protocol).

Each virtio-serial port runs one command at a time. Which port is free is settled among all
processes of the host by a lock file per port, agent.N.lock; it is not empty while the port is in
use. Found not empty, its last owner died in the middle: another port is taken if there is one, and
else the agent is given the time to notice that nobody is connected before the port is used again.

Invariant: a port on which nobody is connected, for AFTERMATH seconds or after a clean end, is at
the beginning of a frame in both directions.
"""

import fcntl
import hashlib
import os
import select
import struct
import threading
import time

from . import recipe
from .errors import RigError
from .pieces import pieces

AFTERMATH = 3.0
HEADER = struct.Struct('>cI')
CHUNK = 256 * 1024
# Where dom0 keeps large files, from how many bytes on, and how many in all before it begins anew.
KEPT = '/rig/kept'
KEPT_LEAST = 64 << 10
KEPT_MOST = 64 << 20
HELLO_SECONDS = 30
# The agent's own command that writes files (dom0/agent/files.c).
FILES = '/rig/files'


def read_file(path):
    try:
        with open(path, 'rb') as file:
            return file.read()
    except OSError as error:
        raise RigError(f'cannot read {path}: {error.strerror}')


def _packed(kind, path, content):
    """A file, or what becomes of one, in the stream that FILES reads."""
    name = path.encode()
    return kind + struct.pack('>II', len(name), len(content)) + name + content


class AgentTimeout(RigError):
    pass


class Port:
    """A locked port: frames in and out."""

    def __init__(self, machine):
        self.lock = None
        self.sock = None
        self.buffer = bytearray()
        try:
            number, was_clean = self._acquire(machine)
            if not was_clean:
                time.sleep(AFTERMATH)
            self.sock = machine.connect(f'agent.{number}')
            self._say_hello()
        except BaseException:
            self.close(is_clean=False)
            raise

    def _acquire(self, machine):
        """Locks a port, a clean one if there is one; returns its number and whether it is clean."""
        unclean = None
        for number in range(recipe.AGENT_PORTS):
            lock = open(machine.folder / f'agent.{number}.lock', 'a+')
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                continue
            if os.fstat(lock.fileno()).st_size == 0:
                lock.write('in use\n')
                lock.flush()
                if self.lock:
                    self.lock.close()
                self.lock = lock
                return number, True
            if self.lock:
                lock.close()
            else:
                self.lock, unclean = lock, number
        if unclean is None:
            raise RigError(f'all {recipe.AGENT_PORTS} ports to dom0 are in use; end some of the commands')
        return unclean, False

    def _say_hello(self):
        """Waits for the answer; what comes before it was meant for the port's last user."""
        nonce = os.urandom(8)
        self.send(b'H', nonce)
        answer = HEADER.pack(b'H', len(nonce)) + nonce
        deadline = time.monotonic() + HELLO_SECONDS
        while answer not in self.buffer:
            if time.monotonic() > deadline or not self._read(deadline - time.monotonic()):
                raise AgentTimeout('dom0 does not answer; end this instance with `rig stop` and start it again')
        del self.buffer[:self.buffer.index(answer) + len(answer)]

    def send(self, kind, data=b''):
        try:
            self.sock.sendall(HEADER.pack(kind, len(data)) + data)
        except OSError:
            raise RigError('the machine is gone')

    def receive(self, timeout=None):
        """The next frame as (kind, bytes), or None when `timeout` seconds have passed: with 0 what there is, and with less
        than 0, a deadline that is over, no more is read, so that who never stops talking does not go on for ever."""
        deadline = None if timeout is None else time.monotonic() + timeout
        is_over = timeout is not None and timeout < 0
        while True:
            if len(self.buffer) >= HEADER.size:
                kind, length = HEADER.unpack_from(self.buffer)
                end = HEADER.size + length
                if len(self.buffer) >= end:
                    data = bytes(self.buffer[HEADER.size:end])
                    del self.buffer[:end]
                    return kind, data
            if is_over or not self._read(None if deadline is None else deadline - time.monotonic()):
                return None

    def _read(self, timeout):
        """Reads what there is; False when there was nothing for `timeout` seconds."""
        if timeout is not None:
            timeout = max(0, timeout)
        if not select.select([self.sock], [], [], timeout)[0]:
            return False
        try:
            data = self.sock.recv(CHUNK)
        except OSError:
            data = b''
        if not data:
            raise RigError('the machine is gone')
        self.buffer += data
        return True

    def close(self, is_clean):
        if self.sock:
            self.sock.close()
            self.sock = None
        if self.lock:
            if is_clean:
                self.lock.truncate(0)
            self.lock.close()
            self.lock = None


class Command:
    """A command running in dom0."""

    def __init__(self, machine, argv):
        self.port = Port(machine)
        self.status = None
        self.port.send(b'X', '\0'.join(argv).encode())

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def fileno(self):
        return self.port.sock.fileno()

    def send_input(self, data):
        for start in range(0, len(data), CHUNK):
            self.port.send(b'I', data[start:start + CHUNK])

    def end_input(self):
        self.port.send(b'E')

    def signal(self, number):
        self.port.send(b'K', str(int(number)).encode())

    def receive(self, timeout=None):
        """('O', bytes) or ('R', bytes) from standard output or error; ('Q', b'') at the end, when
        `status` is set; None when `timeout` seconds have passed."""
        frame = self.port.receive(timeout)
        if frame is None:
            return None
        kind, data = frame
        if kind == b'Q':
            self.status = int(data)
        return kind.decode(), data

    def close(self):
        """Ends the command if it still runs."""
        self.port.close(is_clean=self.status is not None)


class Agent:
    def __init__(self, machine, is_private=False):
        """`is_private`: nobody else talks to this machine, and it ends with this process."""
        self.machine = machine
        self.is_private = is_private
        self.patience = None    # seconds that a command may take of which nothing else is said; None: any
        self._kept = {}     # digest: size, of what dom0 has in KEPT
        self._keeping = threading.Lock()

    def wait_until_ready(self, seconds):
        """True when dom0 answers, False when it did not within `seconds`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.machine.is_running():
            try:
                Port(self.machine).close(is_clean=True)
                return True
            except AgentTimeout:
                pass
        return False

    def start(self, argv):
        return Command(self.machine, argv)

    def run(self, argv, timeout=None, input=b''):
        """Runs a command; returns (exit status, standard output, standard error), both bytes."""
        timeout = self.patience if timeout is None else timeout
        out = {'O': bytearray(), 'R': bytearray()}
        deadline = None if timeout is None else time.monotonic() + timeout
        with self.start(argv) as command:
            command.send_input(input)
            command.end_input()
            while command.status is None:
                frame = command.receive(None if deadline is None else deadline - time.monotonic())
                if frame is None:
                    raise AgentTimeout(f'in dom0, not done after {timeout:g} s: {" ".join(argv)}')
                kind, data = frame
                if kind in out:
                    out[kind] += data
            return command.status, bytes(out['O']), bytes(out['R'])

    def check(self, argv, timeout=None, input=b''):
        """Runs a command which must succeed; returns its standard output as text."""
        status, out, err = self.run(argv, timeout, input)
        if status:
            said = (err or out).decode(errors='replace').strip()
            raise RigError(f'in dom0, status {status}: {" ".join(argv)}: {said}')
        return out.decode(errors='replace')

    def push(self, source, destination):
        """Copies a file of the host to dom0."""
        self.push_files({destination: read_file(source)})

    def push_files(self, files):
        """Writes several files in dom0, {absolute path: bytes}, making their folders."""
        self.check([FILES], input=b''.join(_packed(b'+', path, data) for path, data in files.items()))

    def push_lasting_files(self, files):
        """The same with files that nobody changes there. A private machine keeps the large ones, and the large ones in
        archives: what comes again, a kernel or the programs in an image, need not be sent."""
        if not self.is_private:
            self.push_files(files)
            return
        with self._keeping:
            if sum(self._kept.values()) > KEPT_MOST:
                self.check(['rm', '-r', KEPT])
                self._kept.clear()
            packed, added = [], {}
            for path, data in files.items():
                cut = pieces(data, KEPT_LEAST)
                if len(cut) > 1:
                    packed.append(_packed(b'+', path, b''))
                for piece, is_large in cut:
                    if not is_large:
                        packed.append(_packed(b'+' if len(cut) == 1 else b'>', path, piece))
                        continue
                    digest = hashlib.sha256(piece).hexdigest()
                    kept = f'{KEPT}/{digest}'
                    if digest not in self._kept and digest not in added:
                        packed.append(_packed(b'+', kept, piece))
                        added[digest] = len(piece)
                    packed.append(_packed(b'=' if len(cut) == 1 else b'&', path, kept.encode()))
            self.check([FILES], input=b''.join(packed))
            self._kept.update(added)

    def pull(self, source, destination):
        """Copies a file of dom0 to the host."""
        status, data, err = self.run(['cat', source])
        if status:
            raise RigError(f'in dom0: {err.decode(errors="replace").strip()}')
        try:
            with open(destination, 'wb') as output:
                output.write(data)
        except OSError as error:
            raise RigError(f'cannot write {destination}: {error.strerror}')
