#!/usr/bin/python3
"""Make docs/syscalls.md from abi/linux/syscall.def.

    syscall-doc.py FILE      prints the page

A line that looks like an entry and cannot be understood is an error.
"""
import re
import sys

ENTRY = re.compile(r"^SC(\d)\((\d+), (\w+)((?:, [^,()]+)*)\)$")
NONE = re.compile(r"^SC_NONE\((\d+), (\w+)\)$")
FAMILY = re.compile(r"^/\* (.+) \*/$")
TYPES = {"fd": "fd", "path": "path", "ptr": "pointer", "len": "bytes", "off": "offset", "flags": "flags",
         "mode": "mode", "int": "int", "uint": "unsigned", "ulong": "unsigned long"}
HEAD = """\
# System calls

Made from `abi/linux/syscall.def` by `make docs/syscalls.md`; `make check` fails when this page is stale.
Linux 6.1 has {all} system calls for x86-64; {done} of them are implemented. Numbers, arguments, results and
errors are Linux's; what differs in meaning stands in [Programs](programs.md#what-is-not-there-yet)."""


class Call:
    def __init__(self, number, name, arguments):
        self.number, self.name, self.arguments = number, name, arguments

    def declaration(self):
        words = (f"{TYPES[kind]} {name}" if kind != name else name for kind, name in self.arguments)
        return f"`{self.name}({', '.join(words)})`"


def parse(text):
    """([(family, [Call])], [Call] of those that are not implemented)."""
    families, missing = [], []
    for number, line in enumerate(text.splitlines(), 1):
        entry, none, family = ENTRY.match(line), NONE.match(line), FAMILY.match(line)
        if family:
            families.append((family[1], []))
        elif none:
            missing.append(Call(int(none[1]), none[2], []))
        elif line.startswith("SC"):
            words = entry[4].split(", ")[1:] if entry else []
            if not entry or len(words) != 2 * int(entry[1]) or any(w not in TYPES for w in words[::2]) \
                    or not families:
                sys.exit(f"syscall-doc: line {number} is no entry: {line}")
            families[-1][1].append(Call(int(entry[2]), entry[3], list(zip(words[::2], words[1::2]))))
    return [(name, calls) for name, calls in families if calls], missing


def page(text):
    families, missing = parse(text)
    done = sum(len(calls) for _, calls in families)
    lines = [HEAD.format(all=done + len(missing), done=done)]
    for family, calls in families:
        lines += ["", f"## {family[0].upper()}{family[1:]}", "", "| nr | call |", "|---:|---|"]
        lines += [f"| {call.number} | {call.declaration()} |"
                  for call in sorted(calls, key=lambda call: call.number)]
    lines += ["", "## Not implemented", "", "They answer ENOSYS, and the log says once who wanted which.", ""]
    names = [f"`{call.name}`" for call in sorted(missing, key=lambda call: call.name)]
    lines += [", ".join(names[i:i + 6]) + ("," if i + 6 < len(names) else ".") for i in range(0, len(names), 6)]
    return "\n".join(lines) + "\n"


def main():
    with open(sys.argv[1]) as source:
        print(page(source.read()), end="")


if __name__ == "__main__":
    main()
