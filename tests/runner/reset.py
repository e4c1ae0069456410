"""Where a domain stood that reset itself: a triple fault, of which only Xen's log tells.

Xen dumps the virtual CPU then, and the domain is gone before anybody could ask it. Where it
stood in the hypervisor's own text, the emulator has mixed the two up (docs/rig.md). The last dump
in the log is taken for that of the domain asked about; two that reset at once are too rare to tell apart.
"""

import re

from .process import command

TRIPLE_FAULT = "Triple fault"
DUMP_LINES = 40
RIP_OF_CPU = re.compile(r"^rip: ([0-9a-f]{16})", re.MULTILINE)     # as xenctx tells it
RIP = re.compile(r"RIP: .*<([0-9a-f]+)>")
XEN = range(0xffff800000000000, 0xffff880000000000)     # addresses of Xen's alone
IDLE = {"idle_wait", "idle_halt", "idle_halted"}    # arch/hw-x86/vectors.S


def dump_of(rig):
    """The lines of Xen's log from the last triple fault on; "" when there is none."""
    lines = rig.exec(["xl", "dmesg"])[1].splitlines()
    at = [number for number, line in enumerate(lines) if TRIPLE_FAULT in line]
    return "\n".join(lines[at[-1]:][:DUMP_LINES]) if at else ""


def place_of(dump, image):
    """The function and line of `image`, not stripped, where the dump says it happened, as far as can be told."""
    found = RIP.search(dump)
    if not found:
        return "a place that Xen does not tell"
    if int(found[1], 16) in XEN:
        return f"rip {found[1]}, which is Xen's: the emulator's doing"
    status, words = command(["addr2line", "-f", "-p", "-e", str(image), found[1]])
    return f"rip {found[1]}: {words.strip()}" if status == 0 else f"rip {found[1]}"


def all_idle(registers, image):
    """Whether every virtual CPU of a domain waits for an interrupt, by the registers that were collected."""
    places = RIP_OF_CPU.findall(registers)
    status, words = command(["addr2line", "-f", "-e", str(image), *places]) if places else (1, "")
    functions = set(words.split("\n")[::2]) - {""}
    return status == 0 and bool(functions) and functions <= IDLE
