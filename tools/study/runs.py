"""Runs: what was measured in one boot, how, and as files.

A run's `unit` says what its samples are: 'instructions', counted by a machine whose clock is their
number; 'ticks' of a time stamp counter, of which `ticks_per_ns` tell the time; or 'trace', where
the samples only delimit what was counted, by Xen's trace too unless the guest runs in the shim; or 'plain', the same by a
kernel that counts besides what needs no call. They are never mixed: see cost().
"""

import dataclasses
import json
from pathlib import Path

# Nanoseconds of the counting machine for one instruction.
NS_PER_INSTRUCTION = 2


@dataclasses.dataclass
class Row:
    count: int              # of operations in each sample
    samples: list           # [from, to] of the time stamp counter
    overhead: list          # the same without what is measured
    own: dict               # {hypercall: [trips, entries]} by the kernel's counters, of all samples
    xen: dict = None        # the same by Xen's trace
    exits: dict = None      # {reason: how many}, of a PVH domain, by Xen's trace
    plain: dict = None      # {kind: [how many, 0]} of what needed no call, where the kernel counts it
    batch: dict = None      # {name: [batches, entries]}: all, why:..., size:..., site:... (docs/batch.md)


@dataclasses.dataclass
class Run:
    guest: str              # pv64, pv64-page, linux-pv ...
    program: str            # what ran there: kernel, operations
    unit: str
    number: int             # of the repetition
    ticks_per_ns: float
    rows: dict

    @property
    def name(self):
        return f'{self.program}.{self.guest}.{self.unit}.{self.number}'

    def costs(self, row):
        """Of one operation, by sample: instructions or nanoseconds."""
        spans = [to - start for start, to in row.samples]
        less = min(to - start for start, to in row.overhead) if row.overhead else 0
        per_unit = NS_PER_INSTRUCTION if self.unit == 'instructions' else self.ticks_per_ns
        return [(span - less) / row.count / per_unit for span in spans]


def from_transcript(subject, unit, number, said):
    """`said` is what tools/bench/transcript.py made of a console."""
    nothing = said.rows.get('nothing')
    rows = {}
    for name, row in said.rows.items():
        if name != 'nothing':
            rows[name] = Row(row.count, row.samples, row.overhead,
                             without(row.own, nothing.own if nothing else {}),
                             plain=more_of(row, nothing, 'plain'), batch=more_of(row, nothing, 'batch'))
    return Run(subject.name, subject.program, unit, number, said.ticks_per_ns, rows)


def more_of(row, nothing, kind):
    """Of the other counters of this kind what belongs to the row."""
    return without(counters_of(row, kind), counters_of(nothing, kind) if nothing else {})


def counters_of(row, kind):
    return {name: (int(first), int(second)) for name, first, second in row.more.get(kind, ())}


def without(counts, reading):
    """What a kernel counted, less what it costs to ask it, which the row "nothing" tells."""
    less = {name: [pair[i] - reading.get(name, (0, 0))[i] for i in (0, 1)] for name, pair in counts.items()}
    return {name: pair for name, pair in less.items() if any(pair)}


def save(run, folder):
    Path(folder).mkdir(parents=True, exist_ok=True)
    (Path(folder) / f'{run.name}.json').write_text(json.dumps(dataclasses.asdict(run), indent=1) + '\n')


def load(folder):
    found = []
    for path in sorted(Path(folder).glob('*.json')):
        fields = json.loads(path.read_text())
        fields['rows'] = {name: Row(**row) for name, row in fields['rows'].items()}
        found.append(Run(**fields))
    return found


class Runs:
    """All runs, asked for by what they measured."""

    def __init__(self, runs):
        self.all = runs

    def guests(self, program, unit):
        return list(dict.fromkeys(run.guest for run in self.all if run.program == program and run.unit == unit))

    def of(self, program, guest, unit):
        return [run for run in self.all if (run.program, run.guest, run.unit) == (program, guest, unit)]

    def cost(self, program, guest, unit, name):
        """The least of all samples of a row, of all repetitions, since whatever else happens meanwhile, on the host or
        in dom0, can only add to it. None if there is none."""
        costs = [cost for run in self.of(program, guest, unit) if name in run.rows for cost in run.costs(run.rows[name])]
        return min(costs, default=None)

    def counts(self, program, guest, name, of='own', unit='trace'):
        """{name: (trips or batches, entries)} of one operation of a row; None if nobody counted."""
        for run in self.of(program, guest, unit):
            row = run.rows.get(name)
            found = row and getattr(row, of)
            if found is not None:
                operations = row.count * len(row.samples)
                return {key: tuple(number / operations for number in pair) for key, pair in found.items()}
        return None

    def curve(self, program, guest, unit, name):
        """[(n, cost of n at once)] of the rows NAME/n."""
        rows = {row for run in self.of(program, guest, unit) for row in run.rows}
        sizes = sorted(int(row.partition('/')[2]) for row in rows if row.startswith(name + '/'))
        return [(n, self.cost(program, guest, unit, f'{name}/{n}')) for n in sizes]
