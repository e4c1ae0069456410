"""The jobs that run hostile programs: C programs that do what none should, here and in a guest.

As with programs.py Linux is the oracle. Each program of tests/hostile is built static with the host's
compiler, runs once on this machine and once in a guest of each environment, all in one boot; what
they print must be equal, and the guest must come to an orderly end.

Those of tests/hostile/guest would do harm here, so they run in guests only, in another boot: exhaust,
whose output stands in exhaust.expected, and random, whose seed and number of rounds come from
HOSTILE_SEED and HOSTILE_ROUNDS (`make fuzz` sets them).
"""

import os
import re
import subprocess
import tempfile
import threading
from pathlib import Path

from .boot import TOP, boot
from .core import Failure, Job, Outcome
from .process import command
from .programs import MARK, difference, outputs

SOURCES = sorted((TOP / "tests" / "hostile").glob("*.c"))
FOLDER = TOP / "build" / "test" / "hostile"
IMAGE = FOLDER / "hostile.cpio"
FLAGS = ["-static", "-O1", "-g", "-std=gnu11", "-Wall", "-Wno-unused", "-fno-pie", "-no-pie", "-pthread"]
GUEST_ONLY = TOP / "tests" / "hostile" / "guest"
MEMORY = 96
SECONDS = 300
SEED = os.environ.get("HOSTILE_SEED", "1")
ROUNDS = int(os.environ.get("HOSTILE_ROUNDS", "40"))

# In the guest: each program in a folder of its own; afterwards other processes still work.
ALL = f"""#!/bin/sh
for p in /hostile/*; do
	name=$(basename $p)
	echo "{MARK} begin $name"
	mkdir -p /tmp/$name && cd /tmp/$name && $p 2>&1 </dev/null | cat
	echo "{MARK} end $name"
	test "$(seq 1 100 | sort -n | tail -n 1)" = 100 || exit 1
done
"""

# In the guest: the two of tests/hostile/guest, one after the other.
ALL_GUEST = f"""#!/bin/sh
echo "{MARK} begin exhaust"
/hostile-guest/exhaust 2>&1 </dev/null | cat
echo "{MARK} end exhaust"
/hostile-guest/random {SEED} {ROUNDS} </dev/null
"""

_lock = threading.Lock()
_expected = {}


def compiled(sources, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for source in sources:
        status, text = command(["gcc", *FLAGS, f"-I{FOLDER}", "-o", str(folder / source.stem), str(source)])
        if status:
            raise Failure(f"{source.name} does not build: {text.strip()}")
    return folder


def build():
    """The programs that run here too, and the image with all of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(TOP / "abi" / "linux" / "syscall.def") as table, open(FOLDER / "calls.h", "w") as calls:
        subprocess.run([TOP / "tests" / "hostile" / "calls.py"], stdin=table, stdout=calls, check=True)
    programs = compiled(SOURCES, FOLDER / "bin")
    guest_only = compiled(sorted(GUEST_ONLY.glob("*.c")), FOLDER / "guest")
    added = [f"{programs}:/hostile", f"{guest_only}:/hostile-guest"]
    with tempfile.TemporaryDirectory() as folder:
        for name, script in (("all-hostile", ALL), ("all-random", ALL_GUEST)):
            runner = Path(folder) / name
            runner.write_text(script)
            runner.chmod(0o755)
            added.append(f"{runner}:/bin/{name}")
        status, text = command(["tools/initramfs", "--out", str(IMAGE),
                                *(word for place in added for word in ("--add", place))])
    if status:
        raise Failure(text.strip())
    return programs


def on_linux():
    """{program: what it prints here}; asked once in a run."""
    with _lock:
        if not _expected:
            programs = build()
            for source in SOURCES:
                with tempfile.TemporaryDirectory() as work:
                    done = subprocess.run([programs / source.stem], cwd=work, stdin=subprocess.DEVNULL,
                                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
                _expected[source.stem] = done.stdout.decode(errors="replace")
        return _expected


def hostile_job(env):
    """All programs in one boot; one test each."""
    def run(wanted):
        expected = on_linux()
        result = boot(f"{env} hostile", env, "init=/bin/all-hostile", ramdisk=IMAGE, memory=MEMORY,
                      timeout=SECONDS)
        printed = outputs(result.console)
        for name, text in expected.items():
            test = f"{env} hostile {name}"
            if test not in wanted:
                continue
            if name not in printed:
                yield Outcome(test, "crash", f"did not end; {result.reason}, verdict {result.verdict}")
                continue
            same = printed[name] == text
            yield Outcome(test, "success" if same else "failure", "" if same else difference(text, printed[name]))
        if f"{env} hostile (the end)" in wanted:
            good = result.reason == "poweroff" and result.verdict == 0
            yield Outcome(f"{env} hostile (the end)", "success" if good else "failure",
                          "" if good else f"{result.reason}, verdict {result.verdict}")
    return Job([f"{env} hostile {source.stem}" for source in SOURCES] + [f"{env} hostile (the end)"], run)


# --- in guests only -------------------------------------------------------------------------------

LOG_LINE = re.compile(r"^\[ *\d+\.\d+\] .*\n", re.MULTILINE)


def guest_job(env):
    """exhaust and random in one boot; the kernel's own words, that memory is out, are no output."""
    def run(wanted):
        on_linux()
        result = boot(f"{env} hostile guest", env, "init=/bin/all-random", ramdisk=IMAGE, memory=MEMORY,
                      timeout=SECONDS + ROUNDS)
        console = LOG_LINE.sub("", result.console.replace("\r\n", "\n"))
        if f"{env} hostile exhaust" in wanted:
            yield exhaust_outcome(f"{env} hostile exhaust", outputs(console).get("exhaust"), result)
        if f"{env} hostile random" in wanted:
            yield random_outcome(f"{env} hostile random", console, result)
    return Job([f"{env} hostile exhaust", f"{env} hostile random"], run)


def exhaust_outcome(test, printed, result):
    if printed is None:
        return Outcome(test, "crash", f"did not end; {result.reason}, verdict {result.verdict}")
    expected = (GUEST_ONLY / "exhaust.expected").read_text()
    same = printed == expected
    return Outcome(test, "success" if same else "failure", "" if same else difference(expected, printed))


def random_outcome(test, console, result):
    said = re.findall(r"^random: (.*)$", console, re.MULTILINE)
    if result.reason == "poweroff" and result.verdict == 0 and said and said[-1] == "done":
        return Outcome(test, "success")
    failures = [line for line in said if line.startswith("FAILED")] or said[-1:]
    return Outcome(test, "failure", f"seed {SEED}: {' '.join(failures)}; {result.reason}, verdict {result.verdict}")
