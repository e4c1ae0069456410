"""The jobs that take the guided tour (tour/, user/tour): what the architecture requires of its
evidence, in each environment."""

import re

from . import core, programs
from .boot import boot, kernel
from .core import Failure

EVIDENCE = re.compile(r"^    > (.{24}) (\w+) +(.*)$")
CHAPTER = re.compile(r"^(\d+)\. (.*)$")
CHAPTERS = 9

# Robin and Irvine's list, by the names that the evidence has; one of them stands for two.
SEVENTEEN = ["sgdt", "sidt", "sldt", "smsw", "pushf", "popf", "lar", "lsl", "verr", "pop", "push", "call",
             "jmp", "int", "ret", "str", "mov"]

# (chapter, name) => what outcome and value have to be, as a regular expression.
ALWAYS = {
    (1, "cs in a trap's frame"): r"returned .*: ring 0$",
    (4, "irq_disable()"): r"done masked",
    (4, "timer, masked"): r"ignored it is pending$",
    (4, "timer, unmasked"): r"done delivered: yes$",
    (9, "mov from %cs"): r"returned .*: ring 3$",
    (9, "pushf"): r"returned .*: IF 1, IOPL 0$",
    (9, "popf"): r"ignored IF was 1, asked 0, is 1$",
    (9, "verw (our code)"): r"returned not writable$",
    (9, "pop %gs (0x8)"): r"trapped",
    (9, "mov to %gs (0x8)"): r"trapped",
    # On AMD's and Intel's processors done; QEMU's pushes with 32 bits of a stack pointer that has more.
    (9, "call (our code)"): r"done|trapped",
    (9, "jmp (our code)"): r"done",
    (9, "ret (our code)"): r"done",
    (9, "int 5"): r"trapped",
}
BITS_64 = {
    (5, "read by %fs"): r"returned 0x7061726176616e65$",
}
RING_0 = {
    **BITS_64,
    (1, "mov %cs"): r"returned .*: ring 0$",
    (1, "user bit of our text"): r"returned 0$",
    (2, "pushf"): r"returned .*: IF 0",
    (2, "popf"): r"done IF was 0, asked 1, is 1$",
    (2, "lar (ring 0's data)"): r"returned visible",
    (2, "lsl (ring 0's data)"): r"returned visible",
    (2, "verr (ring 0's data)"): r"returned readable$",
    (2, "verw (ring 0's data)"): r"returned writable$",
    (2, "pop %fs (ring 0's)"): r"done",
    (2, "mov to %fs (ring 0's)"): r"done",
    (2, "ret (ring 0's code)"): r"done",
    (2, "int 5"): r"done .*vector 5$",
    (3, "read ffff800000000000"): r"trapped .*: nothing there$",
    (3, "read ffff82d040200000"): r"trapped .*: nothing there$",
    (3, "read ffff888000000000"): r"returned",
    (4, "cli"): r"done IF is 0, irq_is_enabled\(\) 0$",
    (4, "sti"): r"done IF is 1, irq_is_enabled\(\) 1$",
    (7, "store to the root"): r"done",
    (7, "store below it"): r"done",
}
PV = {
    (2, "pushf"): r"returned .*: IF 1",
    (2, "popf"): r"ignored IF was 1, asked 0, is 1$",
    (2, "lar (ring 0's data)"): r"returned not visible",
    (2, "lsl (ring 0's data)"): r"returned not visible",
    (2, "verr (ring 0's data)"): r"returned not readable$",
    (2, "verw (ring 0's data)"): r"returned not writable$",
    (2, "call (ring 0's code)"): r"trapped vector 13, error code 0xe008$",
    (2, "jmp (ring 0's code)"): r"trapped vector 13, error code 0xe008$",
    (2, "ret (ring 0's code)"): r"trapped vector 13, error code 0xe008$",
    # A gate of ring 0: Xen delivers it, unless the emulator's error code keeps it from knowing which.
    (2, "int 5"): r"done .*vector 5$|trapped vector 13, error code (0x2a|0x52)$",
    (3, "write there"): r"trapped vector 14",
    (4, "irq_disable()"): r"done masked; IF of this CPU is 1$",
    (4, "cli"): r"trapped vector 13",
    (4, "sti"): r"trapped vector 13",
    (6, "the same 1000 times"): r"done 0 hypercalls$",
    (7, "store to the root"): r"trapped vector 14, error code 0x3$",
    (7, "store to a leaf"): r"trapped vector 14, error code 0x3$",
    (7, "store, assisted"): r"done entry",
    (7, "to the root, assisted"): r"trapped vector 14, error code 0x3$",
    (7, "map it writable"): r"refused update_va_mapping: -\d+$",
    (8, "in 0x3fd (COM1)"): r"trapped vector 13",
    (8, "cpuid: hypervisor"): r"returned",
}
REQUIRED = {
    "native64": {
        **RING_0,
        (8, "in 0x3fd (COM1)"): r"returned (?!0xff)",
    },
    "pvh64": {
        **RING_0,
        (8, "in 0x3fd (COM1)"): r"returned 0xff: nobody",
        (8, "cpuid: hypervisor"): r"returned 1$",
    },
    "pv64": {
        **PV, **BITS_64,
        (1, "mov %cs"): r"returned .*: ring 3$",
        (1, "user bit of our text"): r"returned 1$",
        (2, "pop %fs (ring 0's)"): r"trapped vector 13, error code 0xe010$",
        (2, "mov to %fs (ring 0's)"): r"trapped vector 13, error code 0xe010$",
        (3, "read ffff800000000000"): r"returned",
        (3, "read ffff82d040200000"): r"trapped vector 14",
    },
    "pv32": {
        **PV,
        (1, "mov %cs"): r"returned .*: ring 1$",
        (1, "cs in a trap's frame"): r"returned .*: ring 1$",
        (1, "user bit of our text"): r"returned 0$",
        (2, "pop %gs (ring 0's)"): r"trapped vector 13, error code 0xe010$",
        (2, "push %cs"): r"returned .*: ring 1$",
        (2, "mov to %gs (ring 0's)"): r"trapped vector 13, error code 0xe010$",
        (3, "read f5800000"): r"returned",
        (3, "read 80000000"): r"returned",
        (3, "read fe000000"): r"trapped vector 14",
        (5, "read by %gs"): r"returned 0x6265666f$",
        (5, "change the descriptor"): r"done",
        (5, "read by %gs again"): r"returned 0x6265666f$",
        (5, "read by %gs at last"): r"returned 0x61667465$",
        (9, "call (our code)"): r"done",
    },
}
COST = re.compile(r"done (\d+) ns each")


def evidence(console):
    """{chapter: [(name, "outcome value")]}, in order."""
    found, chapter = {}, None
    for line in console.replace("\r", "").splitlines():
        if match := CHAPTER.match(line):
            chapter = found.setdefault(int(match[1]), [])
        elif (match := EVIDENCE.match(line)) and chapter is not None:
            chapter.append((match[1].strip(), f"{match[2]} {match[3].strip()}"))
    return found


def judge(env, found):
    """What is wrong with it, if anything."""
    if sorted(found) != list(range(1, CHAPTERS + 1)):
        return f"chapters {sorted(found)} instead of 1 to {CHAPTERS}"
    for chapter in (2, 9):
        missing = [word for word in SEVENTEEN
                   if not any(name.split()[0] == word for name, _ in found[chapter])]
        if missing:
            return f"chapter {chapter} does not run {', '.join(missing)}"
    for (chapter, name), wanted in {**ALWAYS, **REQUIRED[env]}.items():
        said = [text for other, text in found[chapter] if other == name]
        if not any(re.match(wanted, text) for text in said):
            return f"chapter {chapter}, {name}: {said}, not {wanted}"
    return wrong_costs(env, found[6])


def wrong_costs(env, lines):
    """A trip into Xen is dearer than a flag. Of the real times nothing is asserted."""
    costs = {name: int(match[1]) for name, text in lines if (match := COST.match(text))}
    dearer = {"pv64": ["mov from %cr0", "null hypercall"], "pv32": ["mov from %cr0", "null hypercall"], "pvh64": ["null hypercall"]}.get(env, [])
    for name in dearer:
        if costs.get(name, 0) <= costs.get("mask and unmask", 0):
            return f"chapter 6: {costs}"
    return None


def tour_job(env):
    name = f"{env} tour"

    def run():
        result = boot(name, env, 'run="tour" cmd=/bin/tour', image=kernel(env, "tour", ["TOUR=y"]),
                      ramdisk=programs.image([], to=programs.interface_of(env)), memory=64)
        if result.verdict != 0 or result.reason != "poweroff":
            raise Failure(f"reason {result.reason}, verdict {result.verdict}")
        wrong = judge(env, evidence(result.console))
        if wrong:
            raise Failure(wrong)
    return core.single(name, run)
