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
from .programs import X86_64, interface_of

SOURCES = sorted((TOP / "tests" / "linux").glob("*.c"))
BINARIES = TOP / "build" / "test" / "linux"
MARK = "#=#=#"
_lock = threading.Lock()

ALL = f"""#!/bin/sh
for p in /tests/*; do
	echo "{MARK} begin ${{p##*/}}"
	$p 2>&1 </dev/null | cat
	echo "{MARK} end ${{p##*/}}"
done
"""


def binary_of(source, to=X86_64):
    """The compiled program; compiled when its source is newer."""
    binary = BINARIES / to.abi / source.stem
    if not binary.exists() or binary.stat().st_mtime < source.stat().st_mtime:
        status, text = command([*to.gcc, "-O2", "-Wall", "-Wextra", "-Werror", "-static", "-pthread",
                                "-o", str(binary), str(source)])
        if status:
            raise Failure(text.strip())
    return binary


def image(to):
    path = BINARIES / f"{to.abi}.cpio"
    with _lock, tempfile.TemporaryDirectory() as folder:
        (BINARIES / to.abi).mkdir(parents=True, exist_ok=True)
        runner = Path(folder) / "all"
        runner.write_text(ALL)
        runner.chmod(0o755)
        adding = [f"{binary_of(source, to)}:/tests/{source.stem}" for source in SOURCES]
        adding.append(f"{runner}:/bin/all-tests")
        status, text = command(["tools/initramfs", "--out", str(path), *to.image_options,
                                *[word for place in adding for word in ("--add", place)]])
    if status:
        raise Failure(text.strip())
    return path


def on_linux(source, to):
    done = subprocess.run([binary_of(source, to)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
    return done.stdout.splitlines()


def output(console, name):
    """The lines that the program printed in the guest; None if it did not end."""
    # Xen's shim adds a carriage return behind each line's end.
    _, began, rest = console.replace("\n\r", "\n").replace("\r\n", "\n").partition(f"{MARK} begin {name}\n")
    text, ended, _ = rest.partition(f"{MARK} end {name}\n")
    return text.splitlines() if began and ended else None


def static_job(env):
    to = interface_of(env)

    def run(wanted):
        result = boot(f"{env} linux", env, "init=/bin/all-tests", ramdisk=image(to), memory=64, is_tsc_emulated=True)
        for source in SOURCES:
            name = f"{env} linux {source.stem}"
            if name not in wanted:
                continue
            printed, expected = output(result.console, source.stem), on_linux(source, to)
            if printed is None:
                yield Outcome(name, "crash", f"did not end; {result.reason}, verdict {result.verdict}")
            elif printed == expected:
                yield Outcome(name, "success")
            else:
                guests = [line for line in printed if line not in expected]
                hosts = [line for line in expected if line not in printed]
                yield Outcome(name, "failure", f"only in the guest: {guests}, only here: {hosts}")
    return Job([f"{env} linux {source.stem}" for source in SOURCES], run)
