#!/usr/bin/python3
"""The privileged operations of the native port, and what replaced them: docs/porting.md's table against the code.

    operations.py            what is wrong with the table, if anything
    operations.py --update   write the numbers of lines that the code has now into it

In the table a place is `file:function` with its lines of code behind it, without comments. Invariants:
  O1  Every place exists and has as many lines as it says.
  O2  Every function of the native port that does something privileged stands in the native column:
      one with such an instruction, or one that calls a wrapper around one.
  O3  Each row says something in every column.
"""
import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import count  # noqa: E402 (the path comes first)

TOP = Path(__file__).resolve().parent.parent.parent
PAGE = "docs/porting.md"
COLUMNS = ["operation", "native64", "pv64", "pv32", "pvh64"]
PLACE = re.compile(r"`([\w./-]+):(\w+)` (\d+)")

NATIVE = ["arch/hw-x86/*.[cS]", "arch/hw-x86/include/**/*.h", "arch/hw-x86/native/*.[cS]", "drivers/hw/*.c"]
# One instruction each, with a name for C: who calls them is who does it.
WRAPPERS = ["arch/hw-x86/include/hw/control.h", "arch/hw-x86/include/hw/io.h"]
INSTRUCTION = re.compile(
    r"\b(cli|sti|hlt|lgdtl?|lidt|lldt|ltr|invlpg|rdmsr|wrmsr|xsetbv|swapgs|iretq|sysretl|clac|stac|inb|outb|outsb)\b"
    r"|%%?[cd]r\d|\b(msr_(read|write)|[cd]r\d_(read|write)|tlb_drop_(page|all)|cpu_stop|(in|out)[bwl])\(")


def without_comments(text):
    return re.sub(r"/\*.*?\*/", lambda m: "\n" * m[0].count("\n"), text, flags=re.DOTALL)


def c_functions(lines):
    """{name: (first line, last)}: what has its braces at the margin."""
    found = {}
    for n, line in enumerate(lines):
        if line != "{":
            continue
        start = n - 1
        while start > 0 and lines[start - 1] and not re.match(r"[#}]|.*(;|\*/)$", lines[start - 1]):
            start -= 1
        name = re.search(r"(\w+)\(", " ".join(lines[start:n]))
        end = next((i for i in range(n, len(lines)) if lines[i] == "}"), None)
        if name and end:
            found[name[1]] = (start, end)
    return found


LABEL = re.compile(r"\s*\.macro\s+(\w+)|([A-Za-z_]\w*):")


def assembly_functions(lines):
    """The same of labels, up to the next one, and of macros."""
    starts = [(n, match[1] or match[2]) for n, line in enumerate(lines) if (match := LABEL.match(line))]
    ends = [n for n, _ in starts[1:]] + [len(lines)]
    found = {}
    for (start, name), end in zip(starts, ends):
        stop = next((i for i in range(start, end) if re.match(r"\s*\.(endm|size)\b", lines[i])), end - 1)
        found[name] = (start, stop)
    return found


def functions(path):
    lines = without_comments((TOP / path).read_text()).splitlines()
    lines = [line.rstrip() for line in lines]
    return (assembly_functions if path.endswith(".S") else c_functions)(lines), lines


def privileged():
    """[(file, function)] of the native port that do something privileged."""
    paths = sorted({str(p.relative_to(TOP)) for pattern in NATIVE for p in TOP.glob(pattern)} - set(WRAPPERS))
    found = []
    for path in paths:
        there, lines = functions(path)
        found += [(path, name) for name, (a, b) in there.items() if INSTRUCTION.search("\n".join(lines[a:b + 1]))]
    return found


def sizes(places):
    """{(file, function): lines of code}; without those that are not there."""
    with tempfile.TemporaryDirectory() as folder:
        names, result = {}, {}
        for place in sorted(places):
            path, name = place
            there, lines = functions(path) if (TOP / path).is_file() else ({}, [])
            if name in there:
                a, b = there[name]
                names[place] = f"{len(names)}.c"
                (Path(folder) / names[place]).write_text("\n".join(lines[a:b + 1]) + "\n")
        counted = count.code_lines(folder, list(names.values()), {})
        return {place: counted.get(name, 0) for place, name in names.items()}


def rows(text):
    """The table's rows: lists of cells."""
    head = "| " + " | ".join(COLUMNS) + " |"
    if head not in text:
        return []
    body = text[text.index(head):].splitlines()[2:]
    end = next((n for n, line in enumerate(body) if not line.startswith("|")), len(body))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in body[:end]]


def check(text):
    """What is wrong, a line each."""
    table, wrong = rows(text), []
    if not table:
        return [f"there is no table with the columns {', '.join(COLUMNS)}"]
    said = {(m[1], m[2]): int(m[3]) for row in table for cell in row for m in PLACE.finditer(cell)}
    now = sizes(said)
    for place, lines in said.items():
        if place not in now:
            wrong.append("%s has no function %s" % place)
        elif now[place] != lines:
            wrong.append(f"{place[0]}:{place[1]} has {now[place]} lines, not {lines}")
    native = {(m[1], m[2]) for row in table for m in PLACE.finditer(row[1])}
    wrong += ["%s: %s does something privileged, and the table has it not" % place
              for place in privileged() if place not in native]
    for row in table:
        if len(row) != len(COLUMNS) or not all(row):
            wrong.append(f"{row[0]}: a column says nothing")
    return wrong


def updated(text):
    now = sizes({(m[1], m[2]) for row in rows(text) for cell in row for m in PLACE.finditer(cell)})
    return PLACE.sub(lambda m: f"`{m[1]}:{m[2]}` {now.get((m[1], m[2]), m[3])}", text)


def main():
    page = TOP / PAGE
    if sys.argv[1:] == ["--update"]:
        page.write_text(updated(page.read_text()))
    elif sys.argv[1:]:
        sys.exit(__doc__)
    wrong = check(page.read_text())
    if wrong:
        sys.exit("\n".join(f"{PAGE}: {line}" for line in wrong))


if __name__ == "__main__":
    main()
