"""Boots guests and brings back Runs. The machinery is that of `make bench` (tools/bench)."""

import collections
import dataclasses
import sys
import types
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / 'bench'), str(HERE.parent / 'rig')]

import figures  # noqa: E402 (the path comes first)
import guests  # noqa: E402
import native  # noqa: E402
import runs  # noqa: E402
import transcript  # noqa: E402
from riglib import RigError  # noqa: E402

BUILD = TOP / 'build' / 'study'
SECONDS = 900
MEMORY = 64
# Where instructions are counted few samples say all.
FEW = ['samples=3']


@dataclasses.dataclass(frozen=True)
class Kernel:
    """A kernel of ours that takes the measurements linked into it (tests/study); what tools/bench wants
    to know of a guest."""
    env: str
    words: str = ''             # for the command `study`
    program: str = 'kernel'

    @property
    def name(self):
        return self.env

    @property
    def is_pvh(self):
        return self.env == 'pvh64'

    @property
    def is_xen(self):
        return self.env != 'native64'

    @property
    def is_traced(self):
        """What calls the shim calls a Xen whose trace nobody has."""
        return self.is_xen and self.env != 'pv32'

    @property
    def cfg(self):
        return TOP / 'tools' / 'xl' / f'{self.env}.cfg'

    @property
    def events(self):
        return figures.xentrace.EVENTS_PVH if self.is_pvh else figures.xentrace.EVENTS_PV

    @property
    def extra(self):
        limit = 'batch=1024 ' if self.is_xen else ''
        return f'{limit}run="study {self.words}; poweroff"'

    def image(self, is_exact):
        """None: it has no programs."""

    def options(self, image):
        """For riglib. The counter is read as the machine has it."""
        return {'kernel': TOP / 'build' / self.env / 'study', 'memory': MEMORY, 'vcpus': 1, 'name': self.name,
                'extra': self.extra, 'settings': ['tsc_mode="native"']}


@dataclasses.dataclass(frozen=True)
class Operations:
    """A guest of tools/bench's, or native64, whose process 1 is tests/study/operations."""
    guest: guests.Guest = None
    rows: tuple = ()
    program: str = 'operations'

    @property
    def name(self):
        return self.guest.name if self.guest else 'native64'

    @property
    def is_pvh(self):
        return self.is_xen and self.guest.is_pvh

    @property
    def is_xen(self):
        return self.guest is not None

    @property
    def is_traced(self):
        return self.is_xen and self.guest.is_traced

    @property
    def cfg(self):
        return self.guest.cfg

    @property
    def events(self):
        return self.guest.events

    def image(self, is_exact):
        return guests.make_image([*FEW, *self.rows], 'study/operations', ['tests/study/operations/study.sh:/etc/study.sh'],
                                 self.guest.suffix if self.guest else '')

    def options(self, image):
        if self.guest:
            options = self.guest.options(image)
        else:
            options = {'ramdisk': image, 'memory': guests.MEMORY, 'extra': 'init=/init'}
        if not self.name.startswith('linux'):
            options['kernel'] = TOP / 'build' / self.name / 'study'
        return options


KERNELS = [Kernel('native64'), Kernel('pv64'), Kernel('pvh64'), Kernel('pv32')]
OPERATIONS = [Operations(), *(Operations(guest) for guest in guests.GUESTS)]


def native_said(subject, is_exact):
    known = ('kernel', 'memory', 'extra', 'ramdisk')
    options = {key: value for key, value in subject.options(subject.image(is_exact)).items() if key in known}
    return guests.judge(subject, native.run_domain(timeout=SECONDS, is_exact=is_exact, **options))


def timed(rig, subject, number):
    said = guests.boot(rig, subject, subject.image(False)) if subject.is_xen else native_said(subject, False)
    return runs.from_transcript(subject, 'ticks', number, said)


def counted(subject, number):
    """From a cold boot of everything, time being instructions."""
    if subject.is_xen:
        said, _ = guests.boot_exact(subject, subject.image(True), False)
    else:
        said = native_said(subject, True)
    return runs.from_transcript(subject, 'instructions', number, said)


def traced(rig, subject):
    """Beside what the kernel counted, what Xen's trace has; without one, a boot for the kernel's counters."""
    if not subject.is_traced:
        return dataclasses.replace(timed(rig, subject, 1), unit='trace')
    said, trace = guests.boot_traced(rig, subject, subject.image(False))
    run = runs.from_transcript(subject, 'trace', 1, said)
    reading = seen(trace, said.rows['nothing']) if 'nothing' in said.rows else ({}, {})
    for name, row in run.rows.items():
        calls, exits = seen(trace, said.rows[name])
        row.xen = runs.without(calls, reading[0])
        row.exits = {reason: count - reading[1].get(reason, 0) for reason, count in exits.items()}
    return run


def plain(rig, subject):
    """By a kernel that counts what needs no call, which slows it."""
    image = TOP / 'build' / 'plain' / subject.name / 'paravane'
    options = {**subject.options(subject.image(False)), 'kernel': image}
    counting = types.SimpleNamespace(name=subject.name, program=subject.program, cfg=subject.cfg, is_traced=subject.is_traced,
                                     options=lambda _: options)
    return runs.from_transcript(subject, 'plain', 1, guests.boot(rig, counting, None))


def seen(trace, row):
    """({call: (trips, entries)}, {reason of an exit: how many}) of a transcript's row, by Xen's trace: between the
    moments at which the kernel counted, if it says them."""
    calls, exits = {}, collections.Counter()
    for start, end in row.counted or row.samples:
        figures.add_to(calls, trace.between(start, end))
        exits.update(trace.exits_between(start, end))
    return ({figures.name_of(number): pair for number, pair in calls.items()},
            {f'{reason:#x}': count for reason, count in exits.items()})


def elsewhere(word, number):
    """From a log of a guest's console: [PROGRAM/]GUEST=LOG."""
    subject, _, path = word.partition('=')
    program, _, name = subject.rpartition('/')
    said = transcript.parse(Path(path).read_text(errors='replace'))
    return runs.from_transcript(types.SimpleNamespace(name=name, program=program or 'kernel'), 'ticks', number, said)


__all__ = ['BUILD', 'KERNELS', 'OPERATIONS', 'RigError', 'counted', 'elsewhere', 'timed', 'traced']
