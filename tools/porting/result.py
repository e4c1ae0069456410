"""From counted pieces to what a port costs: the rows of the paper's table, and subsystems.

For each ported system, against the baseline:

    code base   what the baseline is made of, but device drivers
    cost        what the ported system has and the baseline has not, by kind (the rows)
    left out    what the baseline has and the ported system has not

The cost is new or changed. A file of the port whose counterpart in the baseline has the same name is
compared with it, without comments: what is there too is kept, what stands in its place is modified,
the rest is added. Lines within the baseline's own files are modified.
"""

import dataclasses
import difflib
from pathlib import PurePosixPath

import count
from description import DRIVER, KINDS


@dataclasses.dataclass
class Lines:
    physical: int = 0
    code: int = 0

    def add(self, physical, code):
        self.physical += physical
        self.code += code


@dataclasses.dataclass
class Subsystem:
    kind: str
    files: set = dataclasses.field(default_factory=set)
    lines: Lines = dataclasses.field(default_factory=Lines)
    added: int = 0
    modified: int = 0
    kept: int = 0


@dataclasses.dataclass
class Port:
    """One system against the baseline."""
    tree: str
    system: str
    baseline: str
    rows: dict              # kind => Lines
    subsystems: dict        # name => Subsystem
    base: Lines
    left_out: Lines

    @property
    def name(self):
        return self.tree if self.system == "xen" else f"{self.tree} {self.system}"

    @property
    def total(self):
        total = Lines()
        for lines in self.rows.values():
            total.add(lines.physical, lines.code)
        return total

    def portion(self, which):
        """Of the code base, in per cent."""
        return 100 * getattr(self.total, which) / getattr(self.base, which)


def ports_of(description, top, counted):
    """A Port for each ported system that the tree has."""
    return [port_of(description, top, counted, system) for system in description.systems(top)]


def port_of(description, top, counted, system):
    base, left_out, parts = Lines(), Lines(), {}
    rows = {kind: Lines() for kind in KINDS}
    pairs = counterparts(description.baseline, system, counted)
    changes = compare(top, pairs, description.languages)
    for piece, physical, code in counted:
        rule = piece.rule
        has, had = system in rule.systems, description.baseline in rule.systems
        if had and rule.kind != DRIVER:
            base.add(physical, code)
            if not has:
                left_out.add(physical, code)
        if not has or had:
            continue
        rows[rule.kind].add(physical, code)
        part = parts.setdefault(rule.subsystem, Subsystem(rule.kind))
        part.files.add(piece.path)
        part.lines.add(physical, code)
        if piece.lines is not None:
            part.modified += code
            continue
        kept, modified = changes.get(piece.path, (0, 0))
        part.kept += kept
        part.modified += modified
        part.added += code - kept - modified
    return Port(description.name, system, description.baseline, rows, parts, base, left_out)


# ---- files against the baseline's files of the same names ----------------------------------------

def counterparts(baseline, system, counted):
    """{the port's file: the baseline's}: of the same name below the folder that the rule replaces,
    of several the one at the likeliest place."""
    old = [piece.path for piece, *_ in counted if piece.lines is None and baseline in piece.rule.systems]
    pairs = {}
    for piece, *_ in counted:
        rule = piece.rule
        if piece.lines is None and rule.replaces and system in rule.systems and baseline not in rule.systems:
            name = PurePosixPath(piece.path).name
            same = [path for path in old if path.startswith(rule.replaces) and PurePosixPath(path).name == name]
            if same:
                pairs[piece.path] = max(same, key=lambda path: (common_end(path, piece.path), -len(path)))
    return pairs


def common_end(one, other):
    """How many parts two paths share at their ends."""
    shared = 0
    for a, b in zip(reversed(PurePosixPath(one).parts), reversed(PurePosixPath(other).parts)):
        if a != b:
            break
        shared += 1
    return shared


def compare(top, pairs, languages):
    """{the port's file: (lines kept, lines modified)}"""
    text = count.stripped(top, sorted({*pairs, *pairs.values()}), languages)
    return {new: kept_and_modified(text[old], text[new]) for new, old in pairs.items()}


def kept_and_modified(old, new):
    kept = modified = 0
    for what, a, a_end, b, b_end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            kept += b_end - b
        elif what == "replace":
            modified += min(a_end - a, b_end - b)
    return kept, modified
