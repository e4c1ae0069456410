"""From raw samples to figures: of each row the times, and the hypercalls of one operation."""

import dataclasses
import re
import statistics
from pathlib import Path

import xentrace

TOP = Path(__file__).resolve().parent.parent.parent
NAMES = {int(number): name for number, name in
         re.findall(r'^HC\d\((\d+), (\w+)', (TOP / 'abi' / 'xen' / 'hypercall.def').read_text(), re.MULTILINE)}
NUMBERS = {name: number for number, name in NAMES.items()}


def name_of(number):
    return NAMES.get(number, f'call {number}')


@dataclasses.dataclass
class Figures:
    """Of one row on one guest. Times are of one operation; hypercalls are {name: (calls, entries)}."""
    times: list = dataclasses.field(default_factory=list)
    xen: dict = None
    own: dict = None

    @property
    def calls(self):
        """Xen's count, or, where there is no trace, the kernel's own."""
        return self.own if self.xen is None else self.xen

    @property
    def median(self):
        return statistics.median(self.times)

    @property
    def spread(self):
        """Half the distance of the quartiles, as a part of the median."""
        if len(self.times) < 2 or not self.median:
            return 0.0
        low, _, high = statistics.quantiles(self.times, n=4)
        return (high - low) / 2 / self.median


def times_of(row, said, unit):
    """Time of an operation in each sample, without its overhead. `unit`: nanoseconds in one unit."""
    spans = [to - start for start, to in row.samples]
    less = statistics.median(to - start for start, to in row.overhead) if row.overhead else 0
    return [(span - less) / row.count / said.ticks_per_ns / unit for span in spans]


def traced_calls(row, trace):
    """What Xen saw in the samples, by operation."""
    sums = {}
    for start, end in row.samples:
        add_to(sums, trace.between(start, end))
    return by_operation({name_of(number): pair for number, pair in sums.items()}, row)


def own_calls(row, reading):
    """What the kernel counted, by operation; `reading` is what it costs to ask, twice."""
    if not row.own:
        return None
    less = {name: (row.own[name][0] - reading.get(name, (0, 0))[0],
                   row.own[name][1] - reading.get(name, (0, 0))[1]) for name in row.own}
    return by_operation(less, row)


def by_operation(sums, row):
    operations = row.count * len(row.samples)
    return {name: (calls / operations, entries / operations)
            for name, (calls, entries) in sums.items() if calls or entries}


def add_to(sums, more):
    for key, (calls, entries) in more.items():
        have = sums.get(key, (0, 0))
        sums[key] = have[0] + calls, have[1] + entries


def total(calls):
    """(trips, entries in multicalls) of an operation."""
    return sum(pair[0] for pair in calls.values()), sum(pair[1] for pair in calls.values())


def boot_of(said, trace):
    """From the domain's first instruction to process 1: (ticks, {name: (calls, entries)})."""
    calls = trace.between(trace.first_run + trace.shift, said.start)
    return said.start - trace.first_run - trace.shift, {name_of(n): pair for n, pair in calls.items()}


__all__ = ['Figures', 'NUMBERS', 'boot_of', 'own_calls', 'times_of', 'total', 'traced_calls', 'xentrace']
