#!/usr/bin/python3
"""Make docs/hypercalls.md from abi/xen/hypercall.def.

    hypercall-doc.py FILE      prints the page

A line that looks like an entry and cannot be understood is an error.
"""
import re
import sys

ENTRY = re.compile(r"^HC(\d)\((\d+), (\w+), (PV|PVH|BOTH)((?:, [^,()]+)*)\)\s*/\* (.+) \*/$")
ENVS = {"PV": "PV", "PVH": "PVH", "BOTH": "PV, PVH"}
HEAD = """\
# The hypercalls of an unprivileged domain

Made from `abi/xen/hypercall.def` by `make docs/hypercalls.md`; `make check` fails when this page is
stale. Each one has a typed stub `xen_NAME()` in `drivers/xen/hypercall.h`, a counter, and a name in
panics and traces. All return `long`: 0 or positive, or a negative errno of Xen's `errno.h`.

| nr | call | domains | what for |
|---:|---|---|---|"""


def parse(text):
    """Yields (number, name, envs, [(type, argument)], sentence)."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("HC"):
            continue
        match = ENTRY.match(line)
        words = match[5].split(", ")[1:] if match else []
        if not match or len(words) != 2 * int(match[1]):
            sys.exit(f"hypercall-doc: line {number} is no entry: {line}")
        yield int(match[2]), match[3], match[4], list(zip(words[::2], words[1::2])), match[6]


def declaration(name, arguments):
    joined = (kind + ("" if kind.endswith("*") else " ") + argument for kind, argument in arguments)
    return f"`{name}({', '.join(joined)})`"


def page(text):
    lines = [HEAD]
    for number, name, envs, arguments, sentence in parse(text):
        lines.append(f"| {number} | {declaration(name, arguments)} | {ENVS[envs]} | {sentence} |")
    return "\n".join(lines) + "\n"


def main():
    with open(sys.argv[1]) as source:
        print(page(source.read()), end="")


if __name__ == "__main__":
    main()
