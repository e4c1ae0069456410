"""Which QEMU runs a machine: the installed one, or a newer one of Debian's that nobody has to install.

What is measured is measured under the installed one, so that it can be told and found again by its version. All else wants
to be quick: QEMU 10 takes a third less of the processor for the same domains than Debian 12's 7.2. It is in
bookworm-backports, whose packages tools/debian-source unpacks under build/packages; the libraries it needs are those of the
installed one. Where it cannot be had the installed one does everything; it is then asked for again after a day.
"""

import functools
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from .errors import RigError

TOP = Path(__file__).resolve().parent.parent.parent.parent

INSTALLED = 'qemu-system-x86_64'
INSTALLED_PACKAGE = 'qemu-system-x86'

# From this version on the installed one is as quick.
QUICK_VERSION = 10

# The program, and what it loads into a machine; the rest of that is the installed one's.
PACKAGES = ['qemu-system-x86', 'qemu-system-data', 'seabios']
FOLDERS = ['qemu-system-data:backports/usr/share/qemu', 'seabios:backports/usr/share/seabios']
INSTALLED_FOLDER = '/usr/lib/ipxe/qemu'

UNPACKED = TOP / 'build' / 'packages'
# Why it cannot be had, and since when.
MISSING = TOP / 'build' / 'packages' / 'qemu.missing'
ASK_AGAIN_SECONDS = 24 * 60 * 60


@functools.cache
def version(program=INSTALLED):
    """The first line of what it says of itself."""
    try:
        output = subprocess.run([program, '--version'], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        raise RigError(f'{program} cannot be run; install it: apt-get install {INSTALLED_PACKAGE}')
    return output.stdout.splitlines()[0]


def is_quick(words):
    number = re.search(r'version (\d+)', words)
    return bool(number) and int(number[1]) >= QUICK_VERSION


@functools.cache
def quick():
    """The quick one as the first words of a command: the installed one if that is or if there is no other."""
    if is_quick(version()):
        return [INSTALLED]
    program = UNPACKED / f'{PACKAGES[0]}:backports' / 'usr/bin' / INSTALLED
    try:
        if is_fetched() and is_quick(version(program)):
            folders = [*(UNPACKED / folder for folder in FOLDERS), INSTALLED_FOLDER]
            return [str(program), *(word for folder in folders for word in ('-L', str(folder)))]
    except RigError:
        pass        # libraries that are not there
    return [INSTALLED]


def is_fetched():
    """Fetches it if it is not there."""
    if all((UNPACKED / f'{name}:backports').is_dir() for name in PACKAGES):
        return True
    try:
        if time.time() - MISSING.stat().st_mtime < ASK_AGAIN_SECONDS:
            return False
    except FileNotFoundError:
        pass
    environment = dict(os.environ)
    if 'RIG_MIRROR' in environment:
        environment['DEBIAN_MIRROR'] = environment['RIG_MIRROR']
    done = subprocess.run([TOP / 'tools/debian-source', '--backports', *PACKAGES], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, env=environment)
    if done.returncode:
        UNPACKED.mkdir(parents=True, exist_ok=True)
        MISSING.write_text(done.stderr)
        print(f'rig: no newer QEMU can be had ({MISSING}), the installed one is slower', file=sys.stderr)
    return not done.returncode
