"""What a tree's files are, by a description: a TOML file.

    name = "Paravane"           of the study's column
    baseline = "native64"       the system that was ported
    skip = ["build/"]           no part of the tree: made things, version control
    [tree]                      where it is: `path`, relative to the description, or
    package = "linux-source"    ... the Debian package that has it
    [systems]                   what there is beside the baseline; the value is a path that the tree must
    pv64 = "arch/pv-x86/64"     have, or else the system is left out: it is not there yet
    [languages]                 endings that the counter does not know, and what they are like
    def = "C"

    [[rule]]                    the first rule that fits a file decides
    files = ["arch/pv-x86/"]    a folder ("/" at its end), or a name in which * is anything within a folder
                                and ** anything; [ch] is one of these
    in = ["pv64"]               the systems that contain them; "all"; [] is no part of any
    as = "specific"             what it is for those that have it and whose baseline has not: KINDS; for
                                what the baseline has, "driver" takes it out of the code base
    subsystem = "memory"
    replaces = "arch/hw-x86/"   the baseline's files of the same names do the same job there
    why = "..."

    [[region]]                  the same for lines within the baseline's files, in this order
    files = [...]
    mention = "REGEX"           lines that have it; or
    guard = "REGEX"             what only an #if, or the #else of an #if, that has it lets through, and
                                such an #if's own lines; or
    from = "REGEX"              from a line that has it
    to = "REGEX"                to the next that has this

Invariants:
  D1  Every file of the tree fits a rule: what nobody thought of is not counted as something.
  D2  Every rule and region fits something, unless all its systems are missing: a description of
      another tree is refused.
"""

import dataclasses
import os
import re
import tomllib
from pathlib import Path

# What lines can be, in the order of the paper's table.
KINDS = {
    "independent": "Architecture-independent",
    "net": "Virtual network driver",
    "block": "Virtual block-device driver",
    "specific": "Xen-specific (non-driver)",
}
DRIVER = "driver"
RULE_KEYS = {"files", "in", "as", "subsystem", "replaces", "why"}
REGION_KEYS = RULE_KEYS - {"replaces"} | {"mention", "guard", "from", "to"}


class Refused(Exception):
    """The description is wrong, or does not fit the tree; the text is for the user."""


@dataclasses.dataclass(frozen=True)
class Rule:
    files: tuple            # regular expressions
    systems: frozenset      # names; those that are missing too
    kind: str
    subsystem: str
    why: str
    replaces: str = ""
    find: tuple = ()        # of a region: ("mention", regex), ("guard", regex), ("from", regex, regex)

    def fits(self, path):
        return any(pattern.fullmatch(path) for pattern in self.files)


@dataclasses.dataclass(frozen=True)
class Piece:
    """A file, or lines of one, and the rule that says what it is. `lines` are numbers from 0, None:
    all that regions left."""
    path: str
    lines: tuple
    rule: Rule


class Description:
    def __init__(self, path):
        self.path = Path(path)
        try:
            said = tomllib.loads(self.path.read_text())
            self.name, self.baseline = said["name"], said["baseline"]
            self.skip = [glob(pattern) for pattern in said.get("skip", [])]
            self.tree, self.languages = said["tree"], said.get("languages", {})
            self.needs = {self.baseline: ".", **said.get("systems", {})}
            self.regions = [self._rule(part, REGION_KEYS) for part in said.get("region", [])]
            self.rules = [self._rule(part, RULE_KEYS) for part in said.get("rule", [])]
        except (OSError, tomllib.TOMLDecodeError, re.error) as error:
            raise Refused(f"{path}: {error}") from error
        except KeyError as error:
            raise Refused(f"{path}: there is no {error}") from error

    def _rule(self, part, keys):
        """A rule or a region, checked by itself."""
        where = f"{self.path.name}: {part.get('files')}"
        if set(part) - keys:
            raise Refused(f"{where}: nobody knows {', '.join(sorted(set(part) - keys))}")
        systems = frozenset(self.needs if part["in"] == "all" else part["in"])
        kind = part.get("as", "")
        if systems - set(self.needs):
            raise Refused(f"{where}: no system {', '.join(sorted(systems - set(self.needs)))}")
        if kind not in ("", DRIVER, *KINDS):
            raise Refused(f"{where}: {kind} is none of {', '.join([*KINDS, DRIVER])}")
        if systems and self.baseline not in systems and kind in ("", DRIVER):
            raise Refused(f"{where}: the baseline has it not, so it has to say what it is")
        if not part["why"].strip():
            raise Refused(f"{where}: there is no reason")
        return Rule(tuple(glob(pattern) for pattern in part["files"]), systems, kind, part["subsystem"],
                    part["why"], part.get("replaces", ""), region_find(part))

    def systems(self, top):
        """The ported systems that the tree has."""
        return [name for name, need in self.needs.items()
                if name != self.baseline and (Path(top) / need).exists()]

    def files(self, top):
        """All files of the tree, relative to it."""
        found = []
        for folder, folders, names in os.walk(top):
            inside = os.path.relpath(folder, top)
            place = "" if inside == "." else inside + "/"
            folders[:] = sorted(f for f in folders if not self._is_skipped(place + f + "/"))
            found += [place + n for n in sorted(names)
                      if not self._is_skipped(place + n) and not os.path.islink(os.path.join(folder, n))]
        return found

    def _is_skipped(self, path):
        return any(pattern.fullmatch(path) for pattern in self.skip)

    def classify(self, top):
        """The pieces of the tree at `top`; Refused where D1 or D2 does not hold."""
        pieces, unknown, used = [], [], set()
        for path in self.files(top):
            rule = next((rule for rule in self.rules if rule.fits(path)), None)
            if rule is None:
                unknown.append(path)
                continue
            used.add(rule)
            taken = set()
            for region in self.regions:
                if self.baseline in rule.systems and region.fits(path):
                    lines = tuple(n for n in region_lines(region, Path(top) / path) if n not in taken)
                    taken.update(lines)
                    if lines:
                        used.add(region)
                        pieces.append(Piece(path, lines, region))
            pieces.append(Piece(path, None, rule))
        if unknown:
            more = f"\nand {len(unknown) - 20} more" if len(unknown) > 20 else ""
            raise Refused(f"{self.path.name} says nothing of {len(unknown)} file(s):\n"
                          + "\n".join(unknown[:20]) + more)
        self._expect_all_used(used, self.systems(top))
        return pieces

    def _expect_all_used(self, used, systems):
        for rule in [*self.regions, *self.rules]:
            is_there = not rule.systems or rule.systems & {self.baseline, *systems}
            if rule not in used and is_there:
                raise Refused(f"{self.path.name}: nothing fits the rule: {rule.subsystem}: {rule.why}")


def glob(pattern):
    """A folder or a name as a regular expression for whole paths."""
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}
    text = "".join(parts.get(part) or (part if part[:1] == "[" else re.escape(part))
                   for part in re.split(r"(\*\*/|\*\*|\*|\[\w+\])", pattern))
    return re.compile(text + (".*" if pattern.endswith("/") else ""))


# ---- lines within files ------------------------------------------------------------------------

def region_find(part):
    ways = [way for way in ("mention", "guard", "from") if way in part]
    if len(ways) > 1 or ("from" in part) != ("to" in part):
        raise Refused(f"{part.get('files')}: a region is found in one way: mention, guard, or from and to")
    if not ways:
        return ()
    return (ways[0], *(re.compile(part[key], re.MULTILINE) for key in (ways[0], "to") if key in part))


def region_lines(region, path):
    """Numbers of the region's lines, from 0, ascending."""
    text = path.read_text(errors="replace")
    way, first = region.find[:2]
    if not first.search(text):
        return []
    lines = text.splitlines()
    if way == "mention":
        return [n for n, line in enumerate(lines) if first.search(line) and not cuts_comment(line)]
    if way == "guard":
        return guarded(lines, first)
    return stretches(lines, first, region.find[2])


def cuts_comment(line):
    """Whether it begins or ends a comment of several lines: it cannot be taken out by itself."""
    return line.count("/*") != line.count("*/")


def stretches(lines, first, last):
    found, inside = [], False
    for n, line in enumerate(lines):
        inside = inside or bool(first.search(line))
        if inside:
            found.append(n)
            inside = not last.search(line)
    if inside:
        raise Refused(f"a region that begins with {first.pattern} has no end {last.pattern}")
    return found


IF = re.compile(r"\s*#\s*(if|ifdef|ifndef|elif|else|endif)\b(.*)")


def guarded(lines, symbol):
    """Lines that are there for the symbol's sake: what the preprocessor takes only where it is defined,
    and the directives that say so."""
    found, stack = [], []       # of each #if: does it name the symbol, is the branch its, is the next
    for n, line in enumerate(lines):
        match = IF.match(line)
        word = match[1] if match else ""
        if word in ("if", "ifdef", "ifndef"):
            named = bool(symbol.search(match[2]))
            negated = word == "ifndef" or bool(re.search(r"!\s*defined", match[2]))
            stack.append((named, named and not negated, named and negated))
        elif stack and word in ("elif", "else"):
            named, _, then = stack[-1]
            stack[-1] = (named, then or (word == "elif" and bool(symbol.search(match[2]))), False)
        if any(its for _, its, _ in stack) or (word and stack and stack[-1][0]):
            found.append(n)
        if stack and word == "endif":
            stack.pop()
    return found
