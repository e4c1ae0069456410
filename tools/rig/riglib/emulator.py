"""Which QEMU runs a machine: the installed one, or one made of the same Debian's source that empties its TLB less often.

What is measured is measured under the installed one, so that it can be told and found again by its version. Tests want to be
quick, and what costs most there is that QEMU empties its TLB at every system call of a PV dom0 (docs/rig.md). tools/rig/qemu
has what makes it keep that of another PCID or ASID, and what finds the next piece of code sooner; with it QEMU is built once, for
no more than the rig's machine has. Where that cannot be done the installed one does everything; it is then tried again after a day.
"""

import functools
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from .errors import RigError
from .steps import becoming, digest_of, only_one, step

TOP = Path(__file__).resolve().parent.parent.parent.parent
CHANGES = Path(__file__).resolve().parent.parent / 'qemu'

INSTALLED = 'qemu-system-x86_64'
INSTALLED_PACKAGE = 'qemu-system-x86'
# What it loads into a machine is in these of the installed one's folders.
FIRMWARE = ['/usr/share/qemu', '/usr/share/seabios']

CACHE = TOP / 'build' / 'rig'
SOURCE = TOP / 'build' / 'source' / 'qemu'
# Why it cannot be made, and since when.
MISSING = CACHE / 'qemu.missing'
TRY_AGAIN_SECONDS = 24 * 60 * 60

# File here => its place in QEMU's source.
NEW_FILES = {'tlb-sets.c.inc': 'accel/tcg/tlb-sets.c.inc', 'tb-jmp-cache.h': 'accel/tcg/tb-jmp-cache.h',
             'devices.mak': 'configs/devices/i386-softmmu/default.mak'}
PATCHES = ['tlb-sets.patch', 'jump-cache.patch', 'interrupt-shadow.patch']
# The second line is for speed. (Without position independence one link, of C++, has to be told.)
CONFIGURE = ['--target-list=x86_64-softmmu', '--without-default-features', '--without-default-devices', '--enable-system', '--enable-tcg',
             '--enable-lto', '--disable-pie', '--extra-ldflags=-no-pie', '--disable-stack-protector', '--enable-trace-backends=nop',
             '--enable-strip', '--disable-debug-info', '--disable-docs', '--disable-install-blobs', '--disable-werror', '--audio-drv-list=']


@functools.cache
def version(program=INSTALLED):
    """The first line of what it says of itself."""
    try:
        output = subprocess.run([program, '--version'], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        raise RigError(f'{program} cannot be run; install it: apt-get install {INSTALLED_PACKAGE}')
    return output.stdout.splitlines()[0]


def name_of(words):
    """Of the QEMU whose command begins with these words: of two of one name a saved machine fits both."""
    program = Path(words[0])
    return f'{version(words[0])} {program.parent.name if program.is_absolute() else ""}'


def folder():
    return CACHE / f'qemu-{digest_of([CHANGES / name for name in (*NEW_FILES, *PATCHES)], *CONFIGURE)}'


@functools.cache
def tagged():
    """The one with tagged TLBs as the first words of a command, made if it is not there: the installed one if it cannot be."""
    program = folder() / INSTALLED
    try:
        if not program.exists():
            with only_one(CACHE / 'qemu.lock'):
                if not program.exists():
                    make_or_say()
        version(str(program))
    except RigError:
        return [INSTALLED]
    os.utime(program.parent)
    return [str(program), *(word for place in FIRMWARE for word in ('-L', place))]


def make_or_say():
    try:
        if time.time() - MISSING.stat().st_mtime < TRY_AGAIN_SECONDS:
            raise RigError(MISSING.read_text())
    except FileNotFoundError:
        pass
    try:
        with becoming(folder()) as part:
            make(part)
    except RigError as error:
        MISSING.write_text(f'{error}\n')
        print(f'rig: QEMU could not be built ({MISSING}), the installed one is slower', file=sys.stderr)
        raise
    MISSING.unlink(missing_ok=True)


def make(part):
    """Into the folder `part`, where the program remains."""
    source, build = part / 'source', part / 'build'
    with step('fetching the source of QEMU'):
        environment = dict(os.environ)
        if 'RIG_MIRROR' in environment:
            environment['DEBIAN_MIRROR'] = environment['RIG_MIRROR']
        run([TOP / 'tools/debian-source', 'qemu'], part, env=environment)
        # Linked, for what the changes touch is written anew.
        run(['cp', '-al', SOURCE, source], part)
        for name in PATCHES:
            run(['patch', '-p1', '--no-backup-if-mismatch', '-i', CHANGES / name], source)
        for name, place in NEW_FILES.items():
            (source / place).unlink(missing_ok=True)
            shutil.copyfile(CHANGES / name, source / place)
    with step('building QEMU'):
        build.mkdir()
        run([source / 'configure', *CONFIGURE], build)
        run(['ninja', INSTALLED], build)
    (build / INSTALLED).rename(part / INSTALLED)
    shutil.rmtree(build)
    shutil.rmtree(source)


def run(command, where, env=None):
    try:
        done = subprocess.run(command, cwd=where, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors='replace', env=env)
    except OSError as error:
        raise RigError(f'{command[0]}: {error.strerror}; tools/deps emulator installs what it needs')
    if done.returncode:
        tail = '\n'.join(done.stdout.splitlines()[-12:])
        raise RigError(f'{Path(command[0]).name} failed; tools/deps emulator installs what it needs:\n{tail}')
