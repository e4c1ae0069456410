"""The jobs that run the programs of tests/linux: C, linked statically with this machine's C library.

Linux is the oracle: each runs here and in a guest of each environment, all in one boot, and must
print the same.
"""

import subprocess
import tempfile
import threading
from pathlib import Path

from .boot import TOP, boot
from .core import Failure, Job, Outcome
from .process import command

SOURCES = sorted((TOP / "tests" / "linux").glob("*.c"))
BINARIES = TOP / "build" / "test" / "linux"
IMAGE = TOP / "build" / "test" / "static.cpio"
MARK = "#=#=#"
_lock = threading.Lock()

ALL = f"""#!/bin/sh
for p in /tests/*; do
	echo "{MARK} begin ${{p##*/}}"
	$p 2>&1 </dev/null | cat
	echo "{MARK} end ${{p##*/}}"
done
"""


def binary_of(source):
    """The compiled program; compiled when its source is newer."""
    binary = BINARIES / source.stem
    if not binary.exists() or binary.stat().st_mtime < source.stat().st_mtime:
        status, text = command(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-static", "-pthread",
                                "-o", str(binary), str(source)])
        if status:
            raise Failure(text.strip())
    return binary


def image():
    with _lock, tempfile.TemporaryDirectory() as folder:
        BINARIES.mkdir(parents=True, exist_ok=True)
        runner = Path(folder) / "all"
        runner.write_text(ALL)
        runner.chmod(0o755)
        adding = [f"{binary_of(source)}:/tests/{source.stem}" for source in SOURCES]
        adding.append(f"{runner}:/bin/all-tests")
        status, text = command(["tools/initramfs", "--out", str(IMAGE),
                                *[word for place in adding for word in ("--add", place)]])
    if status:
        raise Failure(text.strip())
    return IMAGE


def on_linux(source):
    done = subprocess.run([binary_of(source)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
    return done.stdout.splitlines()


def output(console, name):
    """The lines that the program printed in the guest; None if it did not end."""
    _, began, rest = console.replace("\r\n", "\n").partition(f"{MARK} begin {name}\n")
    text, ended, _ = rest.partition(f"{MARK} end {name}\n")
    return text.splitlines() if began and ended else None


def static_job(env):
    def run(wanted):
        result = boot(f"{env} linux", env, "init=/bin/all-tests", ramdisk=image(), memory=64)
        for source in SOURCES:
            name = f"{env} linux {source.stem}"
            if name not in wanted:
                continue
            printed, expected = output(result.console, source.stem), on_linux(source)
            if printed is None:
                yield Outcome(name, "crash", f"did not end; {result.reason}, verdict {result.verdict}")
            elif printed == expected:
                yield Outcome(name, "success")
            else:
                differing = [line for line in printed if line not in expected]
                yield Outcome(name, "failure", f"only in the guest: {differing}")
    return Job([f"{env} linux {source.stem}" for source in SOURCES], run)
