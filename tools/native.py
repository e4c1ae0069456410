"""Runs a native64 kernel on a bare machine: QEMU, without Xen.

What the kernel finds there, and may rely on:

  boot       PVH: the ELF note XEN_ELFNOTE_PHYS32_ENTRY, struct hvm_start_info, the command line
  console    a 16550 at port 0x3f8, IRQ 4; input and output
  network    virtio-net on PCI, if one is asked for: eth0
  disks      virtio-blk on PCI, raw images: /dev/vda, /dev/vdb ...
  the end    a 32-bit write to port 0xf4 of enum machine_end: 0 poweroff, 1 reboot, 2 halt, 3 crash
  a reset    (triple fault, keyboard controller) ends the machine too, and counts as a crash

run_domain() has the meaning and the Result of Rig.run_domain() (riglib/domain.py), so whoever runs
tests need not care where a kernel runs. The machine ends with this process, whatever happens.
"""

import itertools
import os
import select
import shutil
import socket
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / 'rig'))

from riglib import RigError, emulator, recipe  # noqa: E402 (the path comes first)
from riglib.domain import VERDICT, Result, run  # noqa: E402
from riglib.machine import Machine  # noqa: E402
from riglib.processor import seconds_of  # noqa: E402

EXIT_PORT = 0xf4
# By QEMU's exit status: isa-debug-exit makes it 2 * value + 1.
REASONS = {1: 'poweroff', 3: 'reboot', 5: 'halt', 7: 'crash', 0: 'crash'}

# The rig's processor, so that the baseline differs from a domain in nothing but Xen.
CPU = recipe.CPU + recipe.CPU_RANDOM

# Every run the same to the last instruction, whose number makes the time (riglib/exact.py): no random
# numbers of the host's either.
EXACT = ['-accel', 'tcg,thread=single', '-icount', 'shift=1,sleep=off',
         '-rtc', 'base=2024-01-01T00:00:00,clock=vm', '-cpu', recipe.CPU]

RUN_DIR = recipe.TOP_DIR / 'build' / 'run'

_count = itertools.count(1)


def own_folder():
    """For one machine, named by our process id; those of processes that were killed go."""
    RUN_DIR.mkdir(parents=True, exist_ok=True)
    for old in RUN_DIR.iterdir():
        owner = old.name.partition('.')[0]
        if owner.isdecimal() and not Path('/proc', owner).exists():
            shutil.rmtree(old, ignore_errors=True)
    return RUN_DIR / f'{os.getpid()}.{next(_count)}'


def disk_args(disks):
    words = []
    for number, disk in enumerate(disks):
        words += ['-drive', f'file={Path(disk).resolve()},format=raw,if=none,id=disk{number}',
                  '-device', f'virtio-blk-pci,drive=disk{number}']
    return words


def net_args(net):
    """QEMU's words for where an interface leads: "user" and its options, say."""
    return ['-netdev', f'{net},id=net0', '-device', 'virtio-net-pci,netdev=net0'] if net else []


def machine_args(kernel, extra, memory, vcpus, ramdisk=None, disks=(), net=None, is_exact=False):
    programs = ['-initrd', str(Path(ramdisk).resolve())] if ramdisk else []
    return [emulator.INSTALLED, '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-S',
            '-machine', 'pc', *(EXACT if is_exact else ['-accel', 'tcg', '-cpu', CPU, '-rtc', 'base=utc']),
            '-m', f'{memory}M', '-smp', str(vcpus),
            '-kernel', str(Path(kernel).resolve()), '-append', extra.replace(',', ',,'),
            '-device', f'isa-debug-exit,iobase={EXIT_PORT:#x},iosize=4',
            '-qmp', 'unix:qmp,server=on,wait=off', *programs, *disk_args(disks), *net_args(net)]


class NativeMachine:
    """One machine being run; the interface is that of riglib.domain.Domain."""

    def __init__(self, kernel, extra='', memory=32, vcpus=1, name='native64', gdb_port=None,
                 ramdisk=None, disks=(), net=None, is_exact=False):
        self.name = name
        self.console = bytearray()
        self.reason = None
        self._began = time.monotonic()
        self._machine = Machine(own_folder())
        self._words = ''
        self._spent = 0.0
        ours, theirs = socket.socketpair()
        # QEMU's UART drops what the reader is too late for.
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        self._serial = ours
        args = machine_args(kernel, extra, memory, vcpus, ramdisk, disks, net, is_exact)
        args += ['-chardev', f'socket,id=serial,fd={theirs.fileno()}', '-serial', 'chardev:serial']
        if gdb_port is not None:
            args += ['-gdb', f'tcp:127.0.0.1:{gdb_port}']
        try:
            with theirs:
                self._machine.start(args, is_ephemeral=True, keep_open=[theirs.fileno()])
            if gdb_port is None:
                self._machine.qmp.command('cont')
        except (RigError, OSError):
            # It ended at once, or a moment later while we were connecting.
            self._words = f'QEMU did not start; it says: {self._machine.last_words()}'
            self._machine.end()
            self.reason = 'create-failed'
        except BaseException:
            self._machine.end()
            raise

    def fileno(self):
        return self._serial.fileno()

    def send(self, data):
        try:
            self._serial.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass        # it has just ended; receive() will notice

    def receive(self, timeout=None):
        """As Domain.receive()."""
        is_over = timeout is not None and timeout < 0
        if is_over or not select.select([self._serial], [], [], timeout)[0]:
            return None
        try:
            data = self._serial.recv(65536)
        except ConnectionResetError:
            data = b''
        self.console += data
        if not data:
            os.waitid(os.P_PID, self._machine.process.pid, os.WEXITED | os.WNOWAIT)
            self._spent = seconds_of(self._machine.process.pid)
            status = self._machine.process.wait()
            self.reason = REASONS.get(status, f'QEMU ended with {status}')
            self._machine.end()
        return data

    def stop(self, reason):
        if self.reason is None:
            self._spent = seconds_of(self._machine.pid())
            self.reason = reason
        self._machine.end()
        self._serial.close()

    def result(self):
        text = bytes(self.console).decode(errors='replace').replace('\r\n', '\n')
        verdicts = VERDICT.findall(text)
        is_sound = self.reason in ('poweroff', 'reboot', 'halt') and verdicts
        return Result(name=self.name, console=text, reason=self.reason,
                      verdict=int(verdicts[-1]) if is_sound else None,
                      seconds=time.monotonic() - self._began, xl_error=self._words, processor_seconds=self._spent)


def run_domain(timeout=None, input=None, on_output=None, **options):
    return run(NativeMachine(**options), timeout, input, on_output)
