"""The jobs that run hostile programs: C programs that do what none should, here and in a guest.

As with programs.py Linux is the oracle. Each program of tests/hostile is built static with the host's
compiler, runs once on this machine and once in a guest of each environment, all in one boot; what
they print must be equal, and the guest must come to an orderly end.
"""

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
MEMORY = 96
SECONDS = 300

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

_lock = threading.Lock()
_expected = {}


def build():
    """The programs, and the image with them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    programs = FOLDER / "bin"
    programs.mkdir(exist_ok=True)
    with open(TOP / "abi" / "linux" / "syscall.def") as table, open(FOLDER / "calls.h", "w") as calls:
        subprocess.run([TOP / "tests" / "hostile" / "calls.py"], stdin=table, stdout=calls, check=True)
    for source in SOURCES:
        status, text = command(["gcc", *FLAGS, f"-I{FOLDER}", "-o", str(programs / source.stem), str(source)])
        if status:
            raise Failure(f"{source.name} does not build: {text.strip()}")
    with tempfile.TemporaryDirectory() as folder:
        runner = Path(folder) / "all"
        runner.write_text(ALL)
        runner.chmod(0o755)
        status, text = command(["tools/initramfs", "--out", str(IMAGE), "--add", f"{programs}:/hostile",
                                "--add", f"{runner}:/bin/all-hostile"])
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
