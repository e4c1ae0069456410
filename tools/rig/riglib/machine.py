"""One QEMU process: started cold or from the saved state, saved, ended.

The saved state is in two files. `ram` is the machine's memory: QEMU writes it in place, being
mapped from that file; `state` is all the rest, a few hundred kilobytes of migration stream (QEMU
leaves shared memory out of that with x-ignore-shared). To restore, QEMU maps `ram` privately: it
need not be read, only the pages which are touched are, and any number of machines share them.

Each machine has a folder of its own. It is QEMU's current directory, so that the names of the
unix sockets are short whatever the path; this side reaches them through /proc/self/fd.

    pid       QEMU's process id, and when it started (a number can be given again)
    qmp       QEMU's control socket
    agent.N   the host's ends of the virtio-serial ports
    xen.log   the machine's serial line: Xen's console, with dom0's
    qemu.log  what QEMU itself had to say

Invariants:
 1. A process is signalled only after its start time was found to be the one in `pid`.
 2. An ephemeral machine does not outlive the process that started it: the kernel kills it.
"""

import atexit
import concurrent.futures
import os
import shutil
import signal
import socket
import subprocess
import time

from . import recipe
from .errors import RigError
from .qmp import Qmp

# The kernel sends the death signal when the *thread* ends which started the process. So all are
# started from this one, which lasts as long as the program.
_starter = concurrent.futures.ThreadPoolExecutor(max_workers=1)


def start_time(pid):
    """When process `pid` started, in the kernel's ticks, or None if there is none."""
    try:
        with open(f'/proc/{pid}/stat') as file:
            fields = file.read().rpartition(')')[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == 'Z' else fields[19]


class Machine:
    def __init__(self, folder, kind=recipe.PLAIN):
        self.folder = folder
        self.kind = kind
        self.process = None
        self.qmp = None

    # --- starting --------------------------------------------------------------------------

    def start(self, args, is_ephemeral, keep_open=()):
        self.folder.mkdir(parents=True, exist_ok=True)
        link = self.folder / recipe.DEBIAN_LINK
        link.unlink(missing_ok=True)
        link.symlink_to(recipe.debian_folder())
        if is_ephemeral:
            args = ['setpriv', '--pdeathsig', 'KILL', *args]
        log = self.folder / 'qemu.log'
        with open(log, 'wb') as output:
            self.process = _starter.submit(
                subprocess.Popen, args, cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, start_new_session=True,
                pass_fds=keep_open).result()
        if is_ephemeral:
            atexit.register(self.end)
        pid = self.process.pid
        (self.folder / 'pid').write_text(f'{pid} {start_time(pid)}\n')
        self.qmp = Qmp(self.connect('qmp'))

    def wiring(self):
        """QEMU's arguments for what differs from one machine to the next."""
        args = ['-qmp', 'unix:qmp,server=on,wait=off',
                '-serial', 'file:xen.log', '-device', 'virtio-serial-pci']
        for number in range(recipe.AGENT_PORTS):
            args += ['-chardev', f'socket,id=agent{number},path=agent.{number},server=on,wait=off',
                     '-device', f'virtserialport,chardev=agent{number},name=rig.{number}']
        return args

    def boot_to_save(self, ram, initrd):
        """Boots cold, with the memory in a file that save() completes."""
        args = recipe.machine_args(self.kind, ram_file=f'mem-path={ram},share=on')
        self.start([*args, *self.wiring(), *recipe.boot_args(self.kind, initrd)], is_ephemeral=True)

    def boot_exact(self, initrd, output):
        """Boots cold for an exactly repeatable run; the guest's port rig.out goes to a file.

        With ioeventfd QEMU would handle the port's notifications in another thread, some time."""
        args = recipe.machine_args(self.kind, is_exact=True)
        self.start([*args, '-qmp', 'unix:qmp,server=on,wait=off', '-serial', 'file:xen.log',
                    '-device', 'virtio-serial-pci,ioeventfd=off', '-chardev', f'file,id=out,path={output}',
                    '-device', 'virtserialport,chardev=out,name=rig.out', *recipe.boot_args(self.kind, initrd)],
                   is_ephemeral=True)

    def boot_direct(self, kernel, extra, serial):
        """Boots Xen with `kernel` as its first domain and the open file `serial` as console."""
        args = [*recipe.machine_args(self.kind), *recipe.direct_args(kernel, extra),
                '-qmp', 'unix:qmp,server=on,wait=off', '-serial', f'file:/proc/self/fd/{serial}']
        self.start(args, is_ephemeral=True, keep_open=[serial])

    def save(self, state):
        self.qmp.command('stop')
        self._ignore_shared_memory()
        self.qmp.migrate('migrate', f'exec:cat >"{state}"')

    def restore(self, ram, state, is_ephemeral):
        args = recipe.machine_args(self.kind, ram_file=f'mem-path={ram},share=off')
        self.start([*args, *self.wiring(), '-incoming', 'defer'], is_ephemeral)
        self._ignore_shared_memory()
        self.qmp.migrate('migrate-incoming', f'exec:cat "{state}"')
        self.qmp.command('cont')

    def _ignore_shared_memory(self):
        self.qmp.command('migrate-set-capabilities',
                         capabilities=[{'capability': 'x-ignore-shared', 'state': True}])

    # --- talking -----------------------------------------------------------------------------

    def connect(self, name, seconds=10):
        """Connects to one of the machine's unix sockets, waiting for QEMU to make it."""
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            deadline = time.monotonic() + seconds
            while True:
                try:
                    sock.connect(f'/proc/self/fd/{folder}/{name}')
                    return sock
                except (FileNotFoundError, ConnectionRefusedError):
                    if not self.is_running() or time.monotonic() > deadline:
                        raise RigError(f'QEMU did not start; it says: {self.last_words()}')
                    time.sleep(0.01)
        except BaseException:
            sock.close()
            raise
        finally:
            os.close(folder)

    def last_words(self):
        try:
            words = (self.folder / 'qemu.log').read_text(errors='replace').strip()
        except FileNotFoundError:
            words = ''
        return words or f'nothing (see {self.folder})'

    # --- ending ------------------------------------------------------------------------------

    def pid(self):
        """The process id if QEMU runs, else None."""
        if self.process:
            return self.process.pid if self.process.poll() is None else None
        try:
            pid, started = (self.folder / 'pid').read_text().split()
        except (FileNotFoundError, ValueError):
            return None
        return int(pid) if start_time(pid) == started else None

    def is_running(self):
        return self.pid() is not None

    def end(self):
        """Ends QEMU and removes the folder; harmless when both are gone already."""
        atexit.unregister(self.end)
        pid = self.pid()
        if pid:
            os.kill(pid, signal.SIGKILL)
        if self.process:
            self.process.wait()
        while self.is_running():
            time.sleep(0.01)
        if self.qmp:
            self.qmp.close()
            self.qmp = None
        shutil.rmtree(self.folder, ignore_errors=True)
