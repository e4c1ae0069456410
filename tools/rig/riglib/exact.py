"""Exactly repeatable runs: the same kernel gives the same console to the last byte, every time.

QEMU counts instructions and makes time from the count, whatever else the host does. For that to
hold, nothing may come from outside: the machine boots cold, one thread runs all its CPUs, dom0
finds the domain in its initial memory image instead of being told by an agent, and there are no
random numbers from the host. What the run left comes out at the end as a tar archive.

Time in such a machine is a number of instructions: report it as that, never as time. Two of its
nanoseconds are one instruction.
"""

import subprocess
import tarfile
import time

from . import assemble, domain, recipe
from .errors import RigError
from .machine import Machine

FOLDER = '/rig/exact'

# Boot and run together; the machine ends by itself when the domain does.
DEFAULT_SECONDS = 600


def run(folder, cfg, timeout=None, trace=None, events=recipe.TRACE_EVENTS, dom0_files=None, **options):
    """Runs one domain; returns its Result and what Xen logged. `folder` is made for the machine.

    With `trace`, xentrace's records of the run go to the file of that name. `dom0_files`: more files
    of dom0's, programs, {absolute path below /rig: bytes}."""
    assemble.build()
    request = domain.Request(cfg, folder=FOLDER, **options)
    arguments = ''.join(f'{argument}\n' for argument in [request.name, *request.arguments])
    extra = [(f'{FOLDER[1:]}/arguments', arguments.encode(), 0o644)]
    extra += [(path[1:], data, 0o644) for path, data in request.files.items()]
    extra += [(path[1:], data, 0o755) for path, data in (dom0_files or {}).items()]
    if trace:
        extra.append((f'{FOLDER[1:]}/events', events.encode(), 0o644))

    began = time.monotonic()
    machine = Machine(folder)
    try:
        folder.mkdir(parents=True)
        assemble.write_initrd(recipe.debian_folder(), folder / 'initrd', FOLDER[1:], extra)
        machine.boot_exact('initrd', 'out.tar')
        try:
            machine.process.wait(timeout or DEFAULT_SECONDS)
        except subprocess.TimeoutExpired:
            return domain.judge(request.name, b'', b'', 'timeout', time.monotonic() - began), ''
        files = unpack(folder / 'out.tar')
    finally:
        machine.end()
    if trace:
        with open(trace, 'wb') as output:
            output.write(files['trace'])
    result = domain.judge(request.name, files['console'], files['words'],
                          domain.end_reason(files['words']), time.monotonic() - began)
    return result, domain.since_boot(files['dmesg'])


def unpack(path):
    try:
        with tarfile.open(path) as tar:
            return {member.name.removeprefix('./'): tar.extractfile(member).read()
                    for member in tar if member.isfile()}
    except (OSError, tarfile.TarError):
        raise RigError('the run left nothing; did dom0 crash?')
