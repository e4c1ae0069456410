"""The guests of tools/bench/io, each with a disk and an interface behind the back-ends of dom0.

What stands behind the disk, and the peer on the bridge, are set up in dom0 by the disk's hotplug script:
it is there in both kinds of run, and runs before the domain does.
"""

import atexit
import os
import subprocess
import tempfile

import guests
from riglib import Rig, devices, domain, exact, recipe

DISK_MB = 64
SECONDS = 900
EXACT_SECONDS = 3600
SAMPLES = ['samples=3']

PEER = '/rig/bench-peer'
SCRIPT = '/rig/bench-disk'
# {pin}: dom0 keeps to the CPU that the guest is pinned to, where parts of time are to be told.
SCRIPT_TEXT = """#!/bin/sh
[ "$1" = add ] || exit 0
if ! [ -e /run/bench-device ]; then
	dd if=/dev/zero of=/run/bench-disk bs=1M count={size} 2>/dev/null
	losetup -f --show /run/bench-disk >/run/bench-device
	setsid {peer} peer >/dev/null 2>&1 </dev/null &
	{pin}
fi
device=$(cat /run/bench-device)
xenstore-write "$XENBUS_PATH/physical-device" "$(stat -L -c %t:%T "$device")" \\
    "$XENBUS_PATH/physical-device-path" "$device" "$XENBUS_PATH/hotplug-status" connected
"""
PIN = 'xl vcpu-pin 0 all 0'



def program(suffix=''):
    return guests.TOP / 'build' / f'bench{suffix}' / 'io'


def files_of_dom0(pin):
    script = SCRIPT_TEXT.format(size=DISK_MB, peer=PEER, pin=pin)
    return {PEER: program().read_bytes(), SCRIPT: script.encode()}


def linux_modules():
    """The front-ends, which Debian's kernel has as modules: out of the rig's initial memory image."""
    folder = guests.BUILD / 'modules'
    if not folder.exists():
        part = guests.BUILD / 'modules.part'
        part.mkdir(exist_ok=True)
        with open(recipe.debian_folder() / 'initrd', 'rb') as initrd:
            subprocess.run(['cpio', '-id', '--quiet', '*/xen-blkfront.ko', '*/xen-netfront.ko'], stdin=initrd,
                           cwd=part, check=True)
        for path in list(part.rglob('*.ko')):
            path.rename(part / path.name)
        part.rename(folder)
    return [word for path in sorted(folder.glob('*.ko')) for word in ('--add', f'{path}:/modules/{path.name}')]


def make_image(guest, words):
    """The program as /init, with its words; Linux's with its modules."""
    image = guests.BUILD / f'io-{guest.name}.{os.getpid()}.cpio'
    atexit.register(image.unlink, missing_ok=True)
    with tempfile.NamedTemporaryFile('w') as config:
        config.write(' '.join(SAMPLES + words) + '\n')
        config.flush()
        subprocess.run(['tools/initramfs', '--out', str(image), *(['--i386'] if guest.suffix else []),
                        '--add', f'{program(guest.suffix)}:/init',
                        '--add', f'{config.name}:/etc/bench', *(linux_modules() if guest.is_linux else [])],
                       cwd=guests.TOP, check=True)
    return image


def options(guest, words, more):
    given = guest.options(make_image(guest, words))
    given['settings'] += [f'disk=["format=raw,script={SCRIPT},vdev=xvda,access=rw,target=bench"]',
                          *devices.settings(has_net=True), *more]
    return given


def boot(rig, guest, words):
    """(Transcript, Trace, the trace's bytes, the domain's number)"""
    path = guests.BUILD / f'io-{guest.name}.trace'
    rig.agent.push_files(files_of_dom0(''))
    for _ in range(guests.ATTEMPTS):
        with rig.tracing(path, guest.events):
            running = rig.start_domain(guest.cfg, **options(guest, words, []))
            result = domain.run(running, SECONDS, silence=guests.silence(guest))
        if result.reason != 'silent':
            break
    return read(guest, path, running.domid, guests.judge(guest, result))


def boot_exact(guest, words):
    path = guests.BUILD / f'io-{guest.name}.exact.trace'
    result, _ = exact.run(Rig().machine.folder, guest.cfg, EXACT_SECONDS, path, guest.events,
                          dom0_files=files_of_dom0(PIN), **options(guest, words, ['cpus="0"']))
    return read(guest, path, 1, guests.judge(guest, result))


def read(guest, path, domid, said):
    data = path.read_bytes()
    return said, guests.trace_of(guest, path, domid, said), data, domid
