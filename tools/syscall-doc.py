#!/usr/bin/python3
"""Make docs/syscalls.md from abi/linux/syscall.def and the tables for x86-64 and i386 alone beside it.

    syscall-doc.py FILE      prints the page

A line that looks like an entry and cannot be understood is an error.
"""
import re
import sys
from pathlib import Path

ENTRY = re.compile(r"^SC(\d)\((\d+|-), (\d+|-), (\w+)((?:, [^,()]+)*)\)$")
NONE = re.compile(r"^SC_NONE\((\d+|-), (\d+|-), (\w+)\)$")
FAMILY = re.compile(r"^/\* (.+) \*/$")
TYPES = {"fd": "fd", "path": "path", "ptr": "pointer", "len": "bytes", "off": "offset", "flags": "flags",
         "mode": "mode", "int": "int", "uint": "unsigned", "long": "long", "ulong": "unsigned long"}
ONLY = ("x86_64/abi/syscall.def", "i386/abi/syscall.def")
HEAD = """\
# System calls

Made from `abi/linux/syscall.def` and what is beside it for one interface alone, by `make docs/syscalls.md`;
`make check` fails when this page is stale. Linux 6.1 has {all[0]} system calls for x86-64, of which {done[0]} are
implemented, and {all[1]} for i386 (`pv32`), {done[1]} implemented. Numbers, arguments, results and errors are Linux's; what
differs in meaning stands in [Programs](programs.md#what-is-not-there-yet).

Of i386's calls for the same thing the one without an ending is the widest (`stat` is number 195, `stat64`
in Linux's list), and `NAME_old` is the one that has the name there (number 106)."""


class Call:
    def __init__(self, numbers, name, arguments):
        self.numbers = [None if n == "-" else int(n) for n in numbers]
        self.name, self.arguments = name, arguments

    def declaration(self):
        words = (f"{TYPES[kind]} {name}" if kind != name else name for kind, name in self.arguments)
        return f"`{self.name}({', '.join(words)})`"

    def row(self):
        numbers = " | ".join("" if n is None else str(n) for n in self.numbers)
        return f"| {numbers} | {self.declaration()} |"

    def place(self):
        return [10000 if n is None else n for n in self.numbers]


def parse(text):
    """([(family, [Call])], [Call] of those that are not implemented)."""
    families, missing = [], []
    for number, line in enumerate(text.splitlines(), 1):
        entry, none, family = ENTRY.match(line), NONE.match(line), FAMILY.match(line)
        if family:
            families.append((family[1], []))
        elif none:
            missing.append(Call(none.groups()[:2], none[3], []))
        elif line.startswith("SC"):
            words = entry[5].split(", ")[1:] if entry else []
            if not entry or len(words) != 2 * int(entry[1]) or any(w not in TYPES for w in words[::2]) \
                    or not families:
                sys.exit(f"syscall-doc: line {number} is no entry: {line}")
            families[-1][1].append(Call(entry.groups()[1:3], entry[4], list(zip(words[::2], words[1::2]))))
    return [(name, calls) for name, calls in families if calls], missing


def page(text):
    families, missing = parse(text)
    done = [call for _, calls in families for call in calls]
    counts = {"done": [sum(call.numbers[i] is not None for call in done) for i in (0, 1)],
              "all": [sum(call.numbers[i] is not None for call in done + missing) for i in (0, 1)]}
    lines = [HEAD.format(**counts)]
    for family, calls in families:
        lines += ["", f"## {family[0].upper()}{family[1:]}", "", "| x86-64 | i386 | call |", "|---:|---:|---|"]
        lines += [call.row() for call in sorted(calls, key=Call.place)]
    lines += ["", "## Not implemented", "", "They answer ENOSYS, and the log says once who wanted which.", ""]
    names = [f"`{name}`" for name in sorted({call.name for call in missing})]
    lines += [", ".join(names[i:i + 6]) + ("," if i + 6 < len(names) else ".") for i in range(0, len(names), 6)]
    return "\n".join(lines) + "\n"


def main():
    table = Path(sys.argv[1])
    print(page("\n".join(path.read_text() for path in (table, *(table.parent / only for only in ONLY)))), end="")


if __name__ == "__main__":
    main()
