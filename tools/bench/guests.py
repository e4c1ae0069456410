"""The guests that are compared, and how one is booted with the bench program as its process 1."""

import atexit
import dataclasses
import os
import subprocess
import tempfile
from pathlib import Path

import transcript
import xentrace
from riglib import Rig, domain, exact, recipe

TOP = Path(__file__).resolve().parent.parent.parent
BUILD = TOP / 'build' / 'bench'
MEMORY = 256
SECONDS = 600
# The shim, which a guest of 32 bits runs in, speaks at once; some do not begin at all (docs/rig.md).
SHIM_SILENCE = 45
ATTEMPTS = 3
LINUX_EXTRA = 'console=hvc0 quiet loglevel=1 panic=-1 random.trust_cpu=on rdinit=/init'


@dataclasses.dataclass(frozen=True)
class Guest:
    name: str
    is_linux: bool
    is_pvh: bool
    bits: int = 64

    @property
    def mode(self):
        return 'pvh' if self.is_pvh else 'pv'

    @property
    def suffix(self):
        """Of the folder in build/ with programs for it."""
        return '' if self.bits == 64 else str(self.bits)

    @property
    def is_traced(self):
        """A guest of 32 bits calls the shim, whose calls the machine's Xen does not see."""
        return self.bits == 64

    def options(self, image):
        """For riglib: the kernel and all else. The counter is read as the machine has it."""
        kernel = recipe.debian_folder() / 'vmlinuz' if self.is_linux else TOP / 'build' / self.name / 'paravane'
        return {'kernel': kernel, 'ramdisk': image, 'memory': MEMORY, 'vcpus': 1, 'name': self.name,
                'extra': LINUX_EXTRA if self.is_linux else 'init=/init', 'settings': ['tsc_mode="native"']}

    @property
    def cfg(self):
        return TOP / 'tools' / ('bench' if self.is_linux else 'xl') / (
            f'linux-{self.mode}.cfg' if self.is_linux else f'{self.name}.cfg')

    @property
    def events(self):
        return xentrace.EVENTS_PVH if is_hvm(self) else xentrace.EVENTS_PV


GUESTS = [Guest('linux-pv', True, False), Guest('pv64', False, False),
          Guest('linux-pvh', True, True), Guest('pvh64', False, True), Guest('pv32', False, False, 32)]


class Failed(Exception):
    pass


# Of all that has these properties of a Guest; the study has more such.

def is_hvm(guest):
    """A virtual machine to Xen, as the shim's is: its time stamps have an origin of their own."""
    return guest.is_pvh or not guest.is_traced


def silence(guest):
    """Seconds without a word after which it was never begun, or None."""
    return None if guest.is_traced else SHIM_SILENCE


def make_image(words, program='bench/bench', adding=(), suffix=''):
    """The programs' image: the program as /init, with its words, and what it runs; `adding` are more
    FILE:PLACE. One for each of our runs and each width; `program` is in the folder of build/ for that."""
    image = BUILD / f'programs{suffix}.{os.getpid()}.cpio'
    folder, _, name = program.partition('/')
    atexit.register(image.unlink, missing_ok=True)
    with tempfile.NamedTemporaryFile('w') as config:
        config.write(' '.join(words) + '\n')
        config.flush()
        subprocess.run(['tools/initramfs', '--out', str(image), *(['--i386'] if suffix else []),
                        '--add', f'build/{folder}{suffix}/{name}:/init',
                        '--add', f'build/bench{suffix}/nothing:/bin/nothing', '--add', f'{config.name}:/etc/bench',
                        *(word for file in adding for word in ('--add', file))],
                       cwd=TOP, check=True)
    return image


def judge(guest, result):
    try:
        return transcript.parse(result.console)
    except transcript.Incomplete as error:
        path = BUILD / f'{guest.name}.log'
        path.write_text(result.console + result.xl_error + result.registers)
        raise Failed(f'{guest.name}: {error} ({result.reason}; {path})')


def boot(rig, guest, image):
    """One boot on the rig; the Transcript."""
    for _ in range(ATTEMPTS):
        result = rig.run_domain(guest.cfg, timeout=SECONDS, silence=silence(guest),
                                **guest.options(image))
        if result.reason != 'silent':
            break
    return judge(guest, result)


def boot_traced(rig, guest, image):
    """The same under Xen's trace: the Transcript, and the Trace with times as the guest sees them."""
    path = BUILD / f'{guest.name}.trace'
    with rig.tracing(path, guest.events):
        running = rig.start_domain(guest.cfg, **guest.options(image))
        said = judge(guest, domain.run(running, SECONDS))
    return said, trace_of(guest, path, running.domid, said)


def boot_exact(guest, image, is_traced):
    """From a cold boot of everything, time being instructions."""
    path = BUILD / f'{guest.name}.exact.trace' if is_traced else None
    result, _ = exact.run(Rig().machine.folder, guest.cfg, SECONDS * 2, path, guest.events,
                          **guest.options(image))
    said = judge(guest, result)
    return said, trace_of(guest, path, 1, said) if is_traced else None


def trace_of(guest, path, domid, said):
    """What the time stamps of a virtual machine differ by is told by the marks."""
    trace = xentrace.Trace(path.read_bytes(), domid, transcript.MARK_LEAF if is_hvm(guest) else None)
    path.unlink()
    if is_hvm(guest):
        if len(trace.mark_times) != len(said.marks):
            raise Failed(f'{guest.name}: the trace has {len(trace.mark_times)} of {len(said.marks)} marks')
        trace.fit(said.marks)
    return trace
