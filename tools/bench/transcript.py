"""What the bench program prints (tests/bench/main.c), taken apart."""

import dataclasses
import re

MARK_LEAF = 0x5a5a5a5a


@dataclasses.dataclass
class Row:
    name: str
    count: int                                      # operations in each sample
    samples: list = dataclasses.field(default_factory=list)     # (from, to), in ticks
    overhead: list = dataclasses.field(default_factory=list)
    counted: list = dataclasses.field(default_factory=list)     # of each sample, when the kernel began to count and ended
    own: dict = dataclasses.field(default_factory=dict)         # {call: (calls, entries)}, of all samples
    more: dict = dataclasses.field(default_factory=dict)        # {kind: [words]} of other lines


@dataclasses.dataclass
class Transcript:
    start: int
    marks: list                                     # (before, after) each CPUID with MARK_LEAF
    rows: dict
    ticks_per_ns: float


class Incomplete(Exception):
    pass


def parse(console):
    """The Transcript in a console's text; Incomplete if it does not reach its end."""
    console = console.replace('\r', '')  # the shim puts them behind and before the ends of lines
    start = ticks_per_ns = row = None
    marks, rows = [], {}
    for words in (line.split()[1:] for line in console.splitlines() if line.startswith('bench: ')):
        kind, rest = words[0], words[1:]
        if kind == 'failed:':
            raise Incomplete(' '.join(rest))
        if kind == 'start':
            start = int(rest[0])
        elif kind == 'mark':
            marks.append((int(rest[0]), int(rest[1])))
        elif kind == 'row':
            row = rows[rest[0]] = Row(rest[0], int(rest[1]))
        elif kind in ('sample', 'overhead', 'counted'):
            spans = {'sample': row.samples, 'overhead': row.overhead, 'counted': row.counted}[kind]
            spans.append((int(rest[0]), int(rest[1])))
        elif kind == 'own':
            row.own[rest[0]] = int(rest[1]), int(rest[2])
        elif kind == 'clock':
            ticks_per_ns = int(rest[0]) / int(rest[1])
        elif row:
            row.more.setdefault(kind, []).append(rest)
    if ticks_per_ns is None or not re.search(r'^verdict: 0\s*$', console, re.MULTILINE):
        last = console.strip().splitlines()[-1:] or ['nothing']
        raise Incomplete(f'the program did not come to its end; last was: {last[0]}')
    return Transcript(start, marks, rows, ticks_per_ns)
