"""Boots a PV kernel as Xen's first domain, without Linux: seconds per try, no back-ends.

For bringing up a kernel's entry code. The first domain has no console ring; what it writes with
HYPERVISOR_console_io comes out on the serial line, between Xen's own lines. It is over when Xen
says that its first domain is, which is also all that tells how it ended.
"""

import os
import re
import select
import sys
import tempfile
import time
from pathlib import Path

from . import assemble, terminal
from .domain import STATUS_NO_VERDICT, STATUS_TIMEOUT, VERDICT
from .errors import RigError
from .machine import Machine

END = re.compile(r'Hardware Dom0 (.*?): |(Panic) on CPU')


def boot(kernel, extra, timeout):
    kernel = Path(kernel).resolve()
    if not kernel.exists():
        raise RigError(f'there is no {kernel}')
    assemble.build()
    machine = Machine(Path(tempfile.mkdtemp(prefix='rig-direct-')))
    text = ''
    deadline = time.monotonic() + timeout
    try:
        serial, qemu_end = os.pipe()
        machine.boot_direct(kernel, extra, qemu_end)
        os.close(qemu_end)
        while not END.search(text):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([serial], [], [], left)[0]:
                print(f'rig: no end within {timeout:g} s', file=sys.stderr)
                return STATUS_TIMEOUT
            data = os.read(serial, terminal.CHUNK)
            if not data:
                break
            terminal.write(data)
            text += data.decode(errors='replace').replace('\r', '')
    finally:
        machine.end()
    ended = END.search(text)
    reason = (ended[1] or 'Xen panic') if ended else 'QEMU ended'
    print(f'\nrig: first domain ended: {reason}', file=sys.stderr)
    verdicts = VERDICT.findall(text)
    return int(verdicts[-1]) if verdicts and reason in ('halted', 'shutdown') else STATUS_NO_VERDICT
